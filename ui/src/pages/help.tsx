// What everything is and does: topics that the pages link to, and the tables of fields and reasons as the program has
// them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Condition, Reason } from "../api/types";
import { Card, Heading, Icon, Note, Scroll, Shown, Table } from "../parts/basics";
import { sentence, words } from "../parts/format";
import { titleOf } from "./mapping";

type Pairs = [string, ComponentChildren][];

const vocabulary: Pairs = [
  ["Profile", "One person, as your systems know them: a key and fields."],
  ["Audience", "People who belong together. They enter and leave it, row by row or by file."],
  ["Job", "Keeps one audience flowing to one place at Pinterest: an Audience Export to a customer list, a Conversions Export to conversions."],
  ["Authorization", "What lets jobs act at Pinterest: a sign-in or a conversion token."],
  ["Queue", "People who wait for the next flush of an Audience Export."],
  ["Flush", "The queue is sent: five minutes after the first of them came, or with 10,000 people."],
  ["Resync", "Everybody is compared with the list, and only the difference is sent."],
  ["Brake", "Unusually many removals are held until a person has looked at them."],
  ["Omitted", "Left out on purpose, for instance without consent."],
  ["Invalid", "Not valid by our checks: the data needs to be better."],
  ["Rejected", "Refused by Pinterest."],
  ["Uncertain", "Pinterest gave no answer, and a repeat could count twice: it is not sent again."],
];

const states: Pairs = [
  ["Draft", "It does nothing yet. It may be incomplete; start it when it is not."],
  ["Up to date", "Everything that could be sent is at Pinterest. Changes go out as they come."],
  ["Sending", "It goes through the whole audience, once at the start and at each resync."],
  ["Waiting", "Something waits: for the next flush, for Pinterest's limits, or for Pinterest to answer again. It goes on by itself."],
  ["Needs attention", "It has stopped, in whole or in part, until somebody acts. The page of the job says what to do."],
  ["Paused", "Nothing is sent. Changes are kept, and the difference goes out when it is resumed."],
  ["Stopped", "It is over. Its list stays as it is at Pinterest."],
];

const actions: Pairs = [
  ["Start job", "Checks everything once more, sends who is to be sent, and follows the audience from then on."],
  ["Pause, Resume", "Holds everything back, and goes on with the difference."],
  ["Flush now", "Sends what is queued without waiting for the five minutes."],
  ["Resync", "Compares everybody with the list. Use it when you doubt that they are equal."],
  ["Restart", "Reads settings and credentials again."],
  ["Look at what is held", "Shows how many removals the brake holds, and lets them go after you have typed the number."],
  ["Duplicate", "A new draft with the same settings, and a list of its own."],
  ["Stop for good", "Ends the job. People who are on its list stay there."],
  ["Delete", "Removes the job and its history. You choose whether people stay on the list or leave it first."],
];

const keys: Pairs = [
  ["/", "Find a person or a job"],
  ["g then h, j, p, s, a", "Home, Jobs, Profiles, Sources, Authorizations"],
  ["n", "New job"],
  ["?", "This list"],
  ["↑ ↓ on a row's handle", "Move a mapping row"],
  ["Esc", "Close a dialog or a list of choices"],
];

const List = ({ pairs }: { pairs: Pairs }) => (
  <dl class="kv">{pairs.flatMap(([word, says]) => [<dt>{word}</dt>, <dd>{says}</dd>])}</dl>
);

const topics: [string, string, () => ComponentChildren][] = [
  ["", "Words", () => <Card title="Words"><List pairs={vocabulary} /></Card>],
  ["authorizations", "Authorizations", AboutAuthorizations],
  ["jobs", "Jobs", AboutJobs],
  ["destinations", "Destinations", AboutDestinations],
  ["reasons", "Reasons", AboutReasons],
  ["fields", "Fields", AboutFields],
  ["keys", "Keys", () => <Card title="Keys"><List pairs={keys} /></Card>],
];

export function Help({ topic }: { topic: string }) {
  const found = topics.find(([id]) => id === topic);
  const [, title, Content] = found ?? topics[0]!;
  return (
    <>
      <Heading title={topic && found ? title : "Help"} trail={topic ? <a href="/help">Help</a> : undefined} lead="All of it is part of the program and needs no network." />
      <nav class="tabs" aria-label="Topics">
        {topics.map(([id, name]) => (
          <a href={id ? `/help/${id}` : "/help"} {...(id === (found ? topic : "") && { "aria-current": "page" as const })}>
            {name}
          </a>
        ))}
      </nav>
      <Content />
    </>
  );
}

function AboutAuthorizations() {
  return (
    <>
      <Card title="Two methods">
        <List
          pairs={[
            ["Pinterest Sign-In", "Somebody signs in at Pinterest in a window of its own. It serves Audience Export, and Conversions Export with an ad account that you choose. It renews itself."],
            ["Pinterest Conversion Token", "A token from Ads Manager, for one ad account. It serves Conversions Export alone and does not end by itself."],
          ]}
        />
        <p>Both need a Pinterest Business account. Whoever signs in needs the role Owner, Admin or Audience on the ad account; with another role the account is shown, and cannot be chosen.</p>
      </Card>
      <Card title="States">
        <List
          pairs={[
            ["Healthy", "Pinterest accepted it when it was last checked: once a day, and whenever a request is refused."],
            ["Ends soon", "It stops working on the day that is shown. Sign in again or replace the token before."],
            ["Refused", "Pinterest does not accept it any more. Its jobs wait and lose nothing; they go on once it is renewed."],
            ["Not checked yet", "It was made a moment ago, or comes from a file that was not used yet."],
          ]}
        />
      </Card>
      <Card title="What can be done">
        <List
          pairs={[
            ["Check now", "Asks Pinterest whether it still works, and what it may do."],
            ["Edit", "Changes label and description. The credentials stay."],
            ["Sign in again, Replace the token", "New credentials under the same name; jobs go on without a change."],
            ["Remove", "Only while no job uses it."],
          ]}
        />
        <p class="muted">Only administrators make and change authorizations. Operators choose among them in jobs.</p>
      </Card>
    </>
  );
}

function AboutJobs() {
  return (
    <>
      <Card title="Two types">
        <List
          pairs={[
            ["Audience Export", "Keeps a customer list at Pinterest equal to an audience. Everybody is sent at the start; from then on people are added as they enter and removed as they leave."],
            ["Conversions Export", "Makes a conversion of everybody who enters or leaves an audience. With Existing Users, the present members are sent once at the start."],
          ]}
        />
        <p>Both work from this server alone: no tag, no browser. They run until you stop them, also after a restart or a power cut.</p>
      </Card>
      <Card title="States"><List pairs={states} /></Card>
      <Card title="What can be done"><List pairs={actions} /></Card>
    </>
  );
}

function AboutDestinations() {
  return (
    <>
      <Card title="Customer lists">
        <List
          pairs={[
            ["One type each", "A list holds e-mail addresses (EMAIL) or mobile ad ids (MAID), never both. Email and SHA256 Email go together."],
            ["A new list", "It is made with the first people and named with the audience and the time. Without a choice, each job has one of its own."],
            ["An existing list", "People who are on it stay. Pinterest does not tell what it holds, so you say it once."],
            ["Processing", "Pinterest matches the list with its accounts, which takes up to 48 hours. Changes can be sent meanwhile."],
            ["Too small", "Fewer than 100 accounts match. Ads Manager hides the list until there are more."],
            ["Ready", "It can be targeted."],
          ]}
        />
      </Card>
      <Card title="Conversions">
        <List
          pairs={[
            ["Matching", "Pinterest needs an e-mail address, a mobile ad id, or IP address and user agent together. Other fields help, and are not enough alone."],
            ["Event ID", "Tells two conversions apart. A conversion with a known name and ID is not sent again."],
            ["Event time", "When it happened. An empty one means: now. Pinterest takes events older than an hour as offline: they count for reporting, not for targeting."],
            ["Test mode", "Pinterest checks the events and records none."],
          ]}
        />
      </Card>
      <Note>
        <p>E-mail addresses, phone numbers and names are normalised and hashed with SHA-256 before they leave this server. What is hashed already is not hashed twice.</p>
      </Note>
    </>
  );
}

function AboutReasons() {
  const catalogue = useLoaded(at("/api/v1/reasons"));
  return (
    <Shown of={catalogue}>
      {({ reasons, conditions }) => (
        <>
          <Reasons title="Why somebody was not sent" rows={reasons} />
          <Reasons title="Why a job waits or has failed" rows={conditions} />
        </>
      )}
    </Shown>
  );
}

function AboutFields() {
  const targets = useLoaded(at("/api/v1/pinterest-fields"));
  const [find, set] = useState("");
  return (
    <Shown of={targets}>
      {({ fields }) => {
        const found = fields.filter((each) => `${each.target} ${titleOf(each.target)} ${each.help}`.toLowerCase().includes(find.toLowerCase()));
        return (
          <Card title="Fields of conversions" flush aside={<div class="search"><Icon name="search" /><label class="sr" for="hf">Find a field</label><input id="hf" type="search" placeholder="Find a field" value={find} onInput={(event) => set(event.currentTarget.value)} /></div>}>
            {found.length === 0 ? (
              <p class="pad muted">No field holds this.</p>
            ) : (
              <Table name="Table of fields" heads={["Field", "Mapped under", "Takes", "Help"]}>
                {found.map((each) => (
                  <tr>
                    <th scope="row">{titleOf(each.target)}<br /><code>{each.target}</code></th>
                    <td data-l="Mapped under">{words(each.mapping)}</td>
                    <td data-l="Takes">{each.takes}{each.hashed && <> <span class="tag">SHA-256</span></>}<br /><span class="small muted">{each.limits}</span></td>
                    <td class="all muted">{each.help.replace(/`/g, "")}</td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
        );
      }}
    </Shown>
  );
}

function Reasons({ title, rows }: { title: string; rows: (Condition | Reason)[] }) {
  return (
    <Card title={title} flush>
      <Scroll name={`Table: ${title}`}>
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col">What it means</th>
              <th scope="col">What to do</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <tr key={each.code}>
                <th scope="row">
                  {words(each.code)}
                  <br />
                  <code>{each.code}</code> {"outcome" in each && <span class="small muted">{each.outcome}</span>}
                </th>
                <td class="all">{sentence(each.meaning)}</td>
                <td data-l="What to do">{sentence(each.fix) || <span class="muted">Nothing</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}

// One person: what is known, masked, and the story with each job.
import { useState } from "preact/hooks";

import { at, call } from "../api/client";
import { useFields, useLoaded } from "../api/loaded";
import type { ConversionWay, ListWay, PeopleFound, Way } from "../api/types";
import { Badge, Card, Heading, Icon, type IconName, Note, Shown, Stat, Time, type Tone } from "../parts/basics";
import { count, people, sentence, several, words } from "../parts/format";
import { Form, SelectField, TextField } from "../parts/forms";
import { go, jobPath } from "../router";
import { may } from "../session";
import { askToDelete, receiptPath } from "./deletion";
import { typeWord } from "./mapping";
import { ValuesTable } from "./try-values";

// Of a conversions export, unlike that of an audience export.
const isOfConversions = (way: Way): way is ConversionWay => "today" in way;
const isOfList = (way: Way): way is ListWay => !isOfConversions(way);

export function People() {
  const [key, set] = useState("");
  return (
    <>
      <Heading title="Find a person" lead="By the key your systems give them, by the profile's number from a record, or, once a job has put them on a list, by e-mail address or mobile id. Values are shown masked." />
      <section class="card">
        <Form does="Find" act={async () => go(`/profiles/${encodeURIComponent(key.trim())}`)} disabled={!key.trim()}>
          <TextField label="Key or profile number" value={key} onValue={set} />
        </Form>
      </section>
      {may("operator") && <Search />}
    </>
  );
}

// By a value that no index knows: the service goes through all profiles, which takes a while when there are millions.
function Search() {
  const fields = useFields();
  const [value, setValue] = useState("");
  const [field, setField] = useState("");
  const [found, setFound] = useState<PeopleFound | null>(null);
  const search = async () => {
    setFound(null);
    setFound(await call("POST", at("/api/v1/profiles/search"), { value, ...(field && { field }) }));
  };
  return (
    <Card title="Search by a value">
      <p class="muted">A phone number, a postcode, anything that a field holds. All profiles are searched, and whoever you find is recorded as viewed by you.</p>
      <Form does="Search" act={search} disabled={!value.trim()}>
        <TextField label="Value" value={value} onValue={setValue} hint="Exactly as it is, except for upper and lower case. Phone numbers are found however they are written." />
        <SelectField label="Field" value={field} onValue={setField} none="Any field" options={(fields.data?.fields ?? []).map(({ name }) => ({ value: name, text: name }))} />
      </Form>
      <div aria-live="polite">{found && <Found found={found} />}</div>
    </Card>
  );
}

function Found({ found }: { found: PeopleFound }) {
  if (found.people.length === 0) return <Note><p>None of {people(found.looked_at)} has this value.</p></Note>;
  return (
    <>
      <table class="cards dense">
        <caption class="sr">People with this value</caption>
        <thead><tr><th scope="col">Person</th><th scope="col">Found in</th></tr></thead>
        <tbody>
          {found.people.map((each) => (
            <tr key={each.profile_id}>
              <th scope="row"><a class="name mono" href={`/profiles/${encodeURIComponent(each.profile_id)}`}>{each.person}</a></th>
              <td data-l="Found in" class="mono">{each.fields.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.more && <p class="small muted">There are more. Search for something that fewer people have, or in one field.</p>}
    </>
  );
}

export function PersonPage({ id }: { id: string }) {
  const profile = useLoaded(at("/api/v1/profiles/{key}", id), 5000);
  const why = useLoaded(at("/api/v1/profiles/{key}/why", id), 5000);
  return (
    <>
      <Heading title={profile.data ? `Person ${profile.data.person}` : "Person"} trail={<a href="/profiles">Profiles</a>} lead={profile.data && <code>{profile.data.profile_id}</code>} />
      <Shown of={profile}>
        {({ fields, audiences, ...person }) =>
          !person.exists ? (
            <Note tone={person.deleted_at ? "ok" : "warn"}>
              <p>
                {person.deleted_at ? (
                  <>
                    <b>This person was deleted</b> <Time at={person.deleted_at} />. What we had added is removed from every list.
                    {person.receipts[0] !== undefined && (
                      <>
                        {" "}
                        <a href={receiptPath(person.receipts[0])}>See the receipt</a>
                      </>
                    )}
                  </>
                ) : (
                  <>
                    <b>Nobody has this key.</b> Keys are taken exactly as they were sent. You can <a href="/profiles">search by a value</a>.
                  </>
                )}
              </p>
            </Note>
          ) : (
            <>
            {why.data && why.data.jobs.length > 0 && <Numbers stories={why.data.jobs} fields={fields.length} />}
            <div class="split">
              <div class="stack">
                <h2>What each job did, and why</h2>
                <Shown of={why}>{({ jobs }) => (jobs.length === 0 ? <Card title="No job concerns this person"><p class="muted">No job uses an audience they are or were in.</p></Card> : <>{[...jobs].sort((a, b) => Number(b.member) - Number(a.member)).map((story) => <StoryCard story={story} id={person.profile_id} key={story.job} />)}</>)}</Shown>
              </div>
              <div class="stack">
                <Card title="Audiences" flush>
                  <ul class="items plain">
                    {audiences.map((each) => (
                      <li class="row apart">
                        <a class="name" href={`/audiences/${encodeURIComponent(each.name)}`}>{each.name}</a>
                        <span class="small muted">{each.member ? "member since " : "left "}<Time at={each.since} /></span>
                      </li>
                    ))}
                    {audiences.length === 0 && <li class="muted">In none</li>}
                  </ul>
                </Card>
                <Card title="Fields" aside={<span class="small muted">masked</span>} flush>
                  {fields.length === 0 ? (
                    <p class="pad muted">No field is known of this person.</p>
                  ) : (
                    <table class="cards dense">
                      <thead><tr><th scope="col">Field</th><th scope="col">Value</th><th scope="col">Since</th></tr></thead>
                      <tbody>
                        {fields.map((field) => (
                          <tr key={field.name}>
                            <th scope="row" class="mono">{field.name}<br /><span class="muted">{typeWord(field.type)}</span></th>
                            <td data-l="Value" class="mono">{field.value}</td>
                            <td data-l="Since" class="muted"><Time at={field.at} /></td>
                          </tr>
                        ))}
                      </tbody>
                    </table>
                  )}
                </Card>
                <Note>
                  <p>
                    <b>If this person asks to be forgotten:</b> delete them here, or send a row <code>{'{"type":"delete","key":…}'}</code>. Their fields go at once, and what we had added leaves every list with the next flush.
                  </p>
                  {may("admin") ? (
                    <p>
                      <button type="button" class="btn" onClick={() => askToDelete(person.profile_id, person.person)}>
                        Delete this person
                      </button>
                    </p>
                  ) : (
                    <p class="muted">Administrators can delete a person.</p>
                  )}
                </Note>
              </div>
            </div>
            </>
          )
        }
      </Shown>
    </>
  );
}

function Numbers({ stories, fields }: { stories: Way[]; fields: number }) {
  const lists = stories.filter(isOfList);
  const sent = stories.reduce((sum, each) => sum + (isOfConversions(each) ? each.attempts.length : 0), 0);
  const left = stories.reduce((sum, each) => sum + (isOfConversions(each) ? each.not_sent.length : each.member && each.reason ? 1 : 0), 0);
  return (
    <section class="card cols five" aria-label="In numbers">
      {lists.length > 0 && <Stat name="On lists" says="that jobs keep">{lists.filter(isOnList).length} of {lists.length}</Stat>}
      {lists.length < stories.length && <Stat name="Conversions" says="that requests have carried">{count(sent)}</Stat>}
      <Stat name="Not sent" says={left ? "each with its reason below" : "nothing was left out"}>{count(left)}</Stat>
      <Stat name="Fields" says="known of this person">{count(fields)}</Stat>
    </section>
  );
}

function Step({ tone, icon, title, says }: { tone: string; icon: Parameters<typeof Icon>[0]["name"]; title: string; says: preact.ComponentChildren }) {
  return (
    <li class={tone}>
      <Icon name={icon} />
      <b>{title}</b>
      <span class="small muted">{says}</span>
    </li>
  );
}

const isOnList = (story: ListWay): boolean => story.identifiers.some((each) => each.acknowledged === "on_list");
const isWaiting = (story: ListWay): boolean => story.identifiers.some((each) => each.queue || each.in_flight);

// The answer of a story in one badge.
function answerOf(story: Way): [Tone, IconName, string] {
  if (isOfConversions(story)) {
    const last = story.attempts[0];
    if (story.waiting.length) return ["send", "clock", "Waiting"];
    if (last?.result === "sent") return ["ok", "check", "In Pinterest"];
    if (story.not_sent.length) return ["warn", "warning", "Not sent"];
    if (!story.member) return ["", "cross", "Nothing to send"];
    return story.today.reason ? ["warn", "warning", "Would not be sent"] : ["", "clock", "Nothing has happened yet"];
  }
  if (isOnList(story)) return isWaiting(story) && !story.member ? ["out", "clock", "Waiting to leave"] : ["ok", "check", "On the list"];
  if (isWaiting(story)) return ["send", "clock", "Waiting to be added"];
  if (!story.member) return ["", "cross", "Not on the list"];
  return story.reason ? ["warn", "warning", "Not on the list"] : ["send", "clock", "Not on the list yet"];
}

function StoryCard({ story, id }: { story: Way; id: string }) {
  const [tone, icon, answer] = answerOf(story);
  return (
    <Card title={story.job} aside={<Badge tone={tone} icon={icon}>{answer}</Badge>}>
      <p class="small muted">
        {isOfConversions(story) ? "Conversions Export" : "Audience Export"}, <a href={jobPath(story.job)}>{story.state.toLowerCase()}</a> · <a href={`${jobPath(story.job, "records")}?key=${encodeURIComponent(id)}`}>records of this person</a>
      </p>
      <ol class="path">{isOfConversions(story) ? <EventSteps story={story} /> : <ListSteps story={story} />}</ol>
      <Next story={story} />
      {isOfConversions(story) && story.today.values.length > 0 && (
        <details>
          <summary>What would be sent today</summary>
          <ValuesTable values={story.today.values} />
        </details>
      )}
    </Card>
  );
}

const Membership = ({ story }: { story: Way }) => (
  <Step
    tone={story.member ? "ok" : "off"}
    icon={story.member ? "check" : "cross"}
    title={story.member ? `In ${story.audience}` : `Not in ${story.audience}`}
    says={story.member ? <>since <Time at={story.member_since} /></> : story.member_since ? <>left <Time at={story.member_since} /></> : "never entered"}
  />
);

function Consent({ given }: { given: boolean | null }) {
  if (given === null) return null;
  return <Step tone={given ? "ok" : "warn end"} icon={given ? "check" : "warning"} title="Consent" says={given ? "given" : "not given"} />;
}

function ListSteps({ story }: { story: ListWay }) {
  const { identifiers } = story;
  const last = identifiers[0]?.last_request;
  const queued = identifiers.find((each) => each.queue)?.queue;
  const on = isOnList(story);
  return (
    <>
      <Membership story={story} />
      <Consent given={story.consent} />
      <Step
        tone={identifiers.length ? "ok" : story.member ? "warn end" : "off"}
        icon={identifiers.length ? "check" : story.member ? "warning" : "cross"}
        title={identifiers.length ? several(identifiers.length, "identifier") : story.reason ? words(story.reason) : "No identifier"}
        says={identifiers.length ? identifiers.map((each) => each.identifier).join(", ") : sentence(story.meaning)}
      />
      {queued && <Step tone="now" icon="clock" title="Queued" says={queued.next_flush ? <>next flush <Time at={queued.next_flush} /></> : "for the next flush"} />}
      <Step tone={last ? "ok" : "off"} icon={last ? "arrow" : "clock"} title={last ? `Request ${count(last.number)}` : "No request yet"} says={last ? <><Time at={last.at} />, {last.verdict === "open" ? "not answered yet" : words(last.verdict).toLowerCase()}</> : ""} />
      <Step tone={on ? "ok" : "off"} icon={on ? "check" : "arrow"} title="Pinterest" says={on ? "has them on the list" : "does not have them"} />
    </>
  );
}

function EventSteps({ story }: { story: ConversionWay }) {
  const last = story.attempts[0], reason = story.today.reason;
  const waiting = story.waiting.length;
  const has = last?.result === "sent";
  return (
    <>
      <Membership story={story} />
      <Step tone={!story.member ? "off" : reason ? "warn end" : "ok"} icon={reason ? "warning" : "check"} title={reason ? words(reason) : "Valid event"} says={story.member ? "by today's mapping and data" : "by today's data, were they a member"} />
      {waiting > 0 && <Step tone="now" icon="clock" title={several(waiting, "event")} says="waiting to be sent" />}
      <Step tone={last ? "ok" : "off"} icon={last ? "arrow" : "clock"} title={last ? `Request ${count(last.request)}` : "No request yet"} says={last ? <><Time at={last.at} />{last.as_offline && ", as offline"}</> : ""} />
      <Step tone={has ? "ok" : last ? "warn" : "off"} icon={has ? "check" : last ? "warning" : "arrow"} title="Pinterest" says={last ? words(last.result).toLowerCase() : "knows nothing of it"} />
    </>
  );
}

// What happens with this person from here, in a sentence.
function Next({ story }: { story: Way }) {
  const text = isOfConversions(story) ? nextOfEvents(story) : (story.next ?? story.identifiers[0]?.next);
  if (!text) return null;
  return (
    <Note>
      <p>{sentence(text.replace(/^nothing: /, "nothing to do: "))}</p>
    </Note>
  );
}

function nextOfEvents({ waiting, not_sent }: ConversionWay): string | undefined {
  const kept = not_sent[0];
  return waiting[0]?.next ?? (kept && `${kept.meaning}. ${kept.fix}`);
}

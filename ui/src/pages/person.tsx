// One person: what is known, masked, and the story with each job.
import { useState } from "preact/hooks";

import { useLoaded } from "../api/loaded";

import { Badge, Card, Heading, Icon, Note, Scroll, Shown, Time, type Tone } from "../parts/basics";
import { count, sentence, several, words } from "../parts/format";
import { Form, TextField } from "../parts/forms";
import { go } from "../router";

interface Profile {
  person: string;
  profile_id: string;
  exists: boolean;
  deleted_at: string | null;
  fields: { name: string; value: string; type: string; at: string }[];
  audiences: { name: string; member: boolean; since: string }[];
}

interface Identifier {
  identifier: string;
  desired: boolean;
  acknowledged: string;
  queue: string | null;
  in_flight: boolean;
  next: string;
  last_request: { number: number; at: string; what: string; verdict: string } | null;
}

interface Value {
  field: string;
  target: string;
  raw: string[];
  normalised: string[] | null;
  left_out: unknown[];
  sent: unknown;
}

interface Story {
  job: string;
  state: string;
  audience: string;
  member: boolean;
  member_since: string | null;
  type?: string;
  consent: unknown;
  fields?: { field: string; values: { value: string; identifier: string | null; reason: string | null }[] }[];
  reason?: string | null;
  meaning?: string;
  next?: string | null;
  identifiers?: Identifier[];
  today?: { values: Value[]; reason: string | null };
  waiting?: Record<string, unknown>[];
  attempts?: Record<string, unknown>[];
  not_sent?: Record<string, unknown>[];
}

export function People() {
  const [key, set] = useState("");
  return (
    <>
      <Heading title="Find a person" lead="By the key your systems give them, or by the profile's number from a record. Values are shown masked." />
      <section class="card">
        <Form does="Find" act={async () => go(`/profiles/${encodeURIComponent(key.trim())}`)} disabled={!key.trim()}>
          <TextField label="Key or profile number" value={key} onValue={set} />
        </Form>
      </section>
    </>
  );
}

export function PersonPage({ id }: { id: string }) {
  const path = `/api/v1/profiles/${encodeURIComponent(id)}`;
  const profile = useLoaded<Profile>(path, 5000);
  const why = useLoaded<{ jobs: Story[] }>(path + "/why", 5000);
  return (
    <>
      <Heading title={profile.data ? `Person ${profile.data.person}` : "Person"} trail={<a href="/profiles">Profiles</a>} lead={profile.data && <code>{profile.data.profile_id}</code>} />
      <Shown of={profile}>
        {(person) =>
          !person.exists ? (
            <Note tone={person.deleted_at ? "ok" : "warn"}>
              <p>
                {person.deleted_at ? (
                  <>
                    <b>This person was deleted</b> <Time at={person.deleted_at} />. What we had added is removed from every list.
                  </>
                ) : (
                  <>
                    <b>Nobody has this key.</b> Keys are taken exactly as they were sent.
                  </>
                )}
              </p>
            </Note>
          ) : (
            <div class="split">
              <div class="stack">
                <Shown of={why}>{({ jobs }) => (jobs.length === 0 ? <Card title="No job concerns this person"><p class="muted">No job uses an audience they are or were in.</p></Card> : <>{jobs.map((story) => <StoryCard story={story} key={story.job} />)}</>)}</Shown>
              </div>
              <div class="stack">
                <Card title="Audiences" flush>
                  <ul class="items plain">
                    {person.audiences.map((each) => (
                      <li class="row apart">
                        <a class="name" href={`/audiences/${encodeURIComponent(each.name)}`}>{each.name}</a>
                        <span class="small muted">{each.member ? "member since " : "left "}<Time at={each.since} /></span>
                      </li>
                    ))}
                    {person.audiences.length === 0 && <li class="muted">In none</li>}
                  </ul>
                </Card>
                <Card title="Fields">
                  <dl class="kv">
                    {person.fields.flatMap((field) => [<dt>{field.name}</dt>, <dd class="mono">{field.value}</dd>])}
                  </dl>
                </Card>
              </div>
            </div>
          )
        }
      </Shown>
    </>
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

function StoryCard({ story }: { story: Story }) {
  const conversions = story.type === "conversions_export";
  const onList = story.identifiers?.some((each) => each.acknowledged === "on_list");
  const answer = conversions
    ? story.today?.reason
      ? "Would not be sent today"
      : "Would be sent today"
    : onList
      ? "On the list"
      : story.reason || !story.member
        ? "Not on the list"
        : "Not on the list yet";
  const tone: Tone = conversions ? (story.today?.reason ? "warn" : "ok") : onList ? "ok" : !story.member ? "" : story.reason ? "warn" : "send";
  const last = story.identifiers?.[0]?.last_request;
  return (
    <Card title={story.job} aside={<Badge tone={tone} icon={tone === "ok" ? "check" : tone === "warn" ? "warning" : tone === "" ? "cross" : "clock"}>{answer}</Badge>}>
      <ol class="path">
        <Step tone={story.member ? "ok" : "off"} icon={story.member ? "check" : "cross"} title={story.audience} says={story.member ? <>member since <Time at={story.member_since} /></> : "not a member"} />
        {conversions ? (
          <Step tone={story.today?.reason ? "warn end" : "ok"} icon={story.today?.reason ? "warning" : "check"} title={story.today?.reason ? words(story.today.reason) : "Valid event"} says="by today's mapping and data" />
        ) : (
          <Step
            tone={story.identifiers?.length ? "ok" : story.member ? "warn end" : "off"}
            icon={story.identifiers?.length ? "check" : story.member ? "warning" : "cross"}
            title={story.identifiers?.length ? several(story.identifiers.length, "identifier") : story.reason ? words(story.reason) : "No identifier"}
            says={story.meaning ? sentence(story.meaning) : (story.identifiers ?? []).map((each) => each.identifier).join(", ")}
          />
        )}
        {!conversions && <Step tone={last ? "ok" : "off"} icon={last ? "check" : "clock"} title={last ? `Request ${count(last.number)}` : "No request yet"} says={last ? <><Time at={last.at} />: {last.what}, {last.verdict}</> : story.member ? "waits for the next flush" : ""} />}
        <Step tone={conversions ? (story.waiting?.length ? "now" : "off") : onList ? "ok" : "off"} icon={onList ? "check" : "arrow"} title="Pinterest" says={conversions ? `${several(story.waiting?.length ?? 0, "event")} waiting` : (story.identifiers?.[0]?.next ?? "")} />
      </ol>
      {story.next && <p>{sentence(story.next)}</p>}
      {story.today && (
        <Scroll name="Values">
          <table class="cards">
            <thead><tr><th scope="col">Field</th><th scope="col">Raw</th><th scope="col">Sent as</th></tr></thead>
            <tbody>
              {story.today.values.map((value) => (
                <tr>
                  <th scope="row"><code>{value.field}</code> → <code>{value.target}</code></th>
                  <td data-l="Raw" class="mono">{value.raw.join(", ") || <span class="muted">empty</span>}</td>
                  <td data-l="Sent as" class="mono">{(value.normalised ?? []).join(", ") || (value.sent ? String(value.sent) : <span class="muted">left out</span>)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Card>
  );
}

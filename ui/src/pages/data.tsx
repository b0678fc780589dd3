// Audiences, one audience, a person's story, and how people come in.
import { useState } from "preact/hooks";

import { call, get, sendFile } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Audience, Field, Import } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Meter, Note, ProblemNote, Scroll, Shown, Time, type Tone } from "../parts/basics";
import { ask, Dialog, say } from "../parts/dialogs";
import { Form, SelectField, TextField } from "../parts/forms";
import { bytes, count, people, percent, sentence, several, words } from "../parts/format";
import { go, jobPath } from "../router";
import { may } from "../session";
import { usePages } from "./job";

export function Audiences() {
  const all = useLoaded<{ audiences: Audience[] }>("/api/v1/audiences", 5000);
  const fields = useLoaded<{ people: number; fields: Field[] }>("/api/v1/fields");
  return (
    <>
      <Heading title="Audiences" lead="An audience exists from the first person who enters it." />
      <Shown of={all}>
        {({ audiences }) => (
          <section class="card flush" aria-label="Audiences">
            {audiences.length === 0 ? (
              <Empty title="No audience yet">
                <p class="muted">Send rows that say who enters one, or upload a file.</p>
                <div class="row">
                  <a class="btn main" href="/sources">
                    Send people in
                  </a>
                </div>
              </Empty>
            ) : (
              <Scroll name="Table of audiences">
                <table class="cards">
                  <thead>
                    <tr>
                      <th scope="col">Audience</th>
                      <th scope="col" class="num">
                        People
                      </th>
                      <th scope="col">Jobs</th>
                    </tr>
                  </thead>
                  <tbody>
                    {audiences.map((each) => (
                      <tr key={each.name}>
                        <th scope="row">
                          <a class="name" href={`/audiences/${encodeURIComponent(each.name)}`}>
                            {each.name}
                          </a>
                        </th>
                        <td class="num" data-l="People">
                          {count(each.members)}
                        </td>
                        <td data-l="Jobs">
                          {each.jobs.length === 0 ? (
                            <span class="muted">none</span>
                          ) : (
                            each.jobs.map((job, i) => (
                              <>
                                {i > 0 && ", "}
                                <a href={jobPath(job.name)}>{job.name}</a>
                              </>
                            ))
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </section>
        )}
      </Shown>
      <Shown of={fields}>
        {(data) => (
          <Card title="Fields of people" flush aside={<span class="small muted">{people(data.people)}</span>}>
            {data.fields.length === 0 ? (
              <Empty title="No field yet" />
            ) : (
              <Scroll name="Table of fields">
                <table class="cards">
                  <thead>
                    <tr>
                      <th scope="col">Field</th>
                      <th scope="col">Type</th>
                      <th scope="col">Coverage</th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.fields.map((field) => (
                      <tr key={field.name}>
                        <th scope="row" class="mono">
                          {field.name}
                        </th>
                        <td data-l="Type">{field.type}</td>
                        <td data-l="Coverage">
                          {percent(field.people, data.people)} <span class="muted">{people(field.people)}</span>
                          <Meter name={percent(field.people, data.people)} of={data.people} parts={[{ tone: "green", value: field.people }]} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </Card>
        )}
      </Shown>
    </>
  );
}

export function AudiencePage({ name }: { name: string }) {
  const one = useLoaded<Audience>(`/api/v1/audiences/${encodeURIComponent(name)}`, 3000);
  return (
    <>
      <Heading title={name} trail={<a href="/audiences">Audiences</a>} lead={one.data ? `${people(one.data.members)} now` : undefined}>
        {may("operator") && (
          <a class="btn" href="/sources/upload">
            Upload a file
          </a>
        )}
      </Heading>
      <Shown of={one}>
        {(audience) => (
          <Card title="Jobs that use it" flush>
            {audience.jobs.length === 0 ? (
              <Empty title="No job uses this audience">
                <div class="row">
                  <a class="btn main" href="/new-job">
                    New job
                  </a>
                </div>
              </Empty>
            ) : (
              <ul class="items plain">
                {audience.jobs.map((job) => (
                  <li class="row apart">
                    <a class="name" href={jobPath(job.name)}>
                      {job.name}
                    </a>
                    <span class="muted">{job.state}</span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </Shown>
    </>
  );
}

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

interface WriteKey {
  name: string;
  kept_in?: string;
  created_at?: string;
  used_at?: string | null;
  expires_at?: string | null;
  ended?: boolean;
}

export function Sources() {
  const keys = useLoaded<{ write_keys: WriteKey[] }>(may("admin") ? "/api/v1/write-keys" : null, 10000);
  const imports = usePages<Import>("/api/v1/imports", "imports");
  const [made, setMade] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  return (
    <>
      <Heading title="Sources" lead="How people come in: rows over HTTP as things happen, or files.">
        {may("operator") && (
          <a class="btn" href="/sources/upload">
            Upload a file
          </a>
        )}
        {may("admin") && (
          <button type="button" class="btn main" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New write key
          </button>
        )}
      </Heading>
      {making && (
        <NewKey
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
            keys.reload();
          }}
        />
      )}
      {made && <Once secret={made} />}
      {may("admin") && (
        <Shown of={keys}>
          {({ write_keys: rows }) => (
            <Card title="Write keys" flush>
              {rows.length === 0 ? (
                <Empty title="No write key yet">
                  <p class="muted">Whoever sends rows shows one. Each sender gets a key of its own, so that one can be ended alone.</p>
                </Empty>
              ) : (
                <ul class="items plain">
                  {rows.map((key) => (
                    <li class="row apart">
                      <div>
                        <b>{key.name}</b>
                        <p class="small muted">
                          {key.kept_in === "file" ? "in the configuration file" : <>made <Time at={key.created_at} />, last used <Time at={key.used_at} /></>}
                          {key.ended && ", ended"}
                        </p>
                      </div>
                      {key.kept_in !== "file" && (
                        <button
                          type="button"
                          class="btn bare"
                          onClick={() =>
                            ask({
                              title: `End the write key ${key.name}?`,
                              says: "Rows sent with it are refused from now on. Rows that were accepted stay.",
                              does: "End it",
                              danger: true,
                              type: key.name,
                              act: async () => {
                                await call("DELETE", `/api/v1/write-keys/${encodeURIComponent(key.name)}`);
                                keys.reload();
                              },
                            })
                          }
                        >
                          End it
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Shown>
      )}
      <Card title="Files" flush>
        {imports.problem && <ProblemNote problem={imports.problem} />}
        {imports.rows?.length === 0 && <Empty title="No file yet" />}
        {imports.rows && imports.rows.length > 0 && (
          <Scroll name="Table of imports">
            <table class="cards">
              <thead>
                <tr><th scope="col">Import</th><th scope="col">State</th><th scope="col">Audience</th><th scope="col" class="num">Rows</th><th scope="col" class="num">Bad rows</th><td /></tr>
              </thead>
              <tbody>
                {[...imports.rows].reverse().map((each) => (
                  <ImportRow each={each} reload={imports.reload} key={each.number} />
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Card>
    </>
  );
}

// The server's folders are nobody's business here: only the name of the file.
const baseName = (path: string): string => path.split("/").pop() ?? path;

function ImportRow({ each, reload }: { each: Import; reload: () => void }) {
  const tone: Tone = each.state === "done" ? "ok" : each.state === "held" ? "warn" : each.state === "failed" ? "bad" : "send";
  const decide = (verb: "release" | "discard") =>
    ask({
      title: verb === "release" ? `Let ${people(each.exits)} leave ${each.audience}?` : "Drop the exits of this file?",
      says: verb === "release" ? "They leave the audience, and every job follows." : "Everybody stays. Who entered by the file stays, too.",
      does: verb === "release" ? `Let ${people(each.exits)} leave` : "Drop the exits",
      danger: verb === "release",
      act: async () => {
        await call("POST", `/api/v1/imports/${each.number}/${verb}`);
        reload();
      },
    });
  return (
    <tr>
      <th scope="row">{each.number}<br /><span class="small muted mono">{baseName(each.path)}</span></th>
      <td class="all" data-l="State">
        <Badge tone={tone} icon={tone === "ok" ? "check" : tone === "send" ? "arrow" : "warning"}>{words(each.state)}{each.state === "running" && ` ${percent(each.bytes_done, each.bytes)}`}</Badge>
        {each.error && <><br /><span class="small muted">{sentence(each.error)}</span></>}
        {each.unreadable_keys > 0 && <><br /><span class="small t-amber">{several(each.unreadable_keys, "row")} with a key that cannot be read</span></>}
      </td>
      <td data-l="Audience">{each.audience || <span class="muted">none</span>}{each.mode === "snapshot" && <><br /><span class="small muted">snapshot: the whole audience</span></>}</td>
      <td class="num" data-l="Rows">{count(each.rows)}</td>
      <td class="num" data-l="Bad rows">{count(each.bad_rows)}</td>
      <td class="num">
        {each.state === "held" && may("operator") && (
          <div class="row">
            <button type="button" class="btn" onClick={() => decide("discard")}>Discard</button>
            <button type="button" class="btn" onClick={() => decide("release")}>Release</button>
          </div>
        )}
      </td>
    </tr>
  );
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (key: string) => void }) {
  const [name, set] = useState("");
  return (
    <Dialog title="New write key" onClose={onClose}>
      <Form
        does="Make the key"
        act={async () => {
          const made = await call<{ key: string }>("POST", "/api/v1/write-keys", { name: name.trim() });
          onMade(made.key);
        }}
      >
        <TextField label="Name" hint="Who or what sends by it: website, crm. Small letters, digits, - and _." value={name} onValue={set} required />
      </Form>
    </Dialog>
  );
}

function Once({ secret }: { secret: string }) {
  const curl = `curl ${location.origin}/v1/changes \\
  -H "Authorization: Bearer ${secret}" \\
  --data-binary '{"type":"profile","key":"u1","fields":{"email":"ada@example.org"}}
{"type":"enter","key":"u1","audience":"Readers"}'`;
  return (
    <Card title="The new key, shown this once" aside={<Copy text={secret} what="the key" />}>
      <code>{secret}</code>
      <p class="muted">Ready to try: this puts one person into the audience Readers.</p>
      <pre aria-label="Example" tabIndex={0}>{curl}</pre>
      <div class="row"><Copy text={curl} what="the command" /></div>
    </Card>
  );
}

interface Upload {
  upload: string;
}
interface Look {
  columns?: { name: string; type?: string; samples?: string[] }[];
  rows?: number;
  mistakes?: unknown[];
  [key: string]: unknown;
}

export function UploadPage() {
  const [file, setFile] = useState<File | null>(null);
  const [upload, setUpload] = useState<string | null>(null);
  const [look, setLook] = useState<Look | null>(null);
  const [key, setKey] = useState("");
  const [audience, setAudience] = useState("");
  const [mode, setMode] = useState("upsert");
  const columns = look?.columns ?? [];
  const send = async () => {
    if (!file) return;
    const sent = await sendFile<Upload>("/api/v1/uploads", file);
    const seen = await get<Look>(`/api/v1/uploads/${encodeURIComponent(sent.upload)}`);
    setUpload(sent.upload);
    setLook(seen);
    const guess = (seen.columns ?? []).map((each) => each.name).find((name) => ["key", "id", "user_id", "customer_id"].includes(name.toLowerCase()));
    setKey(String(seen["key"] ?? guess ?? ""));
  };
  const start = async () => {
    await call("POST", "/api/v1/imports", { upload, ...(columns.length > 0 && key && { key }), ...(audience.trim() && { audience: audience.trim() }), mode });
    say("The import has begun");
    go("/sources");
  };
  return (
    <>
      <Heading title="Upload a file" trail={<a href="/sources">Sources</a>} lead="CSV with a header, or NDJSON. Nothing is imported before you have seen what is in it." />
      <div class="split">
        <div class="stack">
          <section class="card">
            <Form does={upload ? "Send it again" : "Send the file"} act={send} disabled={!file}>
              <div class="field">
                <label for="file">1. File</label>
                <input id="file" type="file" accept=".csv,.tsv,.txt,.ndjson,.jsonl" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
                {file && <p class="small muted">{file.name}, {bytes(file.size)}</p>}
              </div>
            </Form>
          </section>
          {upload && (
            <section class="card">
              <Form does="Import it" act={start} disabled={mode === "snapshot" && !audience.trim()}>
                {columns.length > 0 && (
                  <SelectField label="2. Key" hint="The column by which people are recognised, in every file and row alike." value={key} onValue={setKey} none="Choose a column" options={columns.map((each) => ({ value: each.name, text: each.name }))} />
                )}
                <TextField label="3. Audience" optional hint="Everybody in the file enters it." value={audience} onValue={setAudience} />
                <SelectField
                  label="4. Mode"
                  hint={mode === "snapshot" ? "Who is in the audience and not in the file leaves it. Unusually many are held until you release them." : "Nobody leaves by this file."}
                  value={mode}
                  onValue={setMode}
                  options={[{ value: "upsert", text: "Add and update" }, { value: "snapshot", text: "Snapshot: the file is the whole audience" }]}
                />
              </Form>
            </section>
          )}
        </div>
        {look ? (
          <Card title="What is in it" flush>
            <Scroll name="Columns">
              <table class="cards">
                <thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Samples, masked</th></tr></thead>
                <tbody>
                  {columns.map((each) => (
                    <tr>
                      <th scope="row" class="mono">{each.name}</th>
                      <td data-l="Type">{each.type}</td>
                      <td data-l="Samples" class="mono">{(each.samples ?? []).join(", ")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          </Card>
        ) : (
          <Card title="What a file may hold">
            <p class="muted">One row a person. A column becomes a field; the key says who it is.</p>
            <pre aria-label="Example">{"key,email,city\nu1,ada@example.org,Ulm\nu2,bo@example.org,Bonn"}</pre>
          </Card>
        )}
      </div>
    </>
  );
}

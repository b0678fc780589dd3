// One job: its state in words and numbers that add up, and everything it did.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, problemOf, type Problem } from "../api/client";
import { useLive, useLoaded } from "../api/loaded";
import type { AuditEntry, Counters, Job, Plan, Request, Row, Run } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Key, Meter, Note, now, ProblemNote, Scroll, Shown, Stat, Time, type Tone } from "../parts/basics";
import { ask, say } from "../parts/dialogs";
import { count, percent, sentence, several, span, words } from "../parts/format";
import { StateBadge, typeName } from "../parts/states";
import { goQuery, jobPath, place } from "../router";
import { may } from "../session";
import { call } from "../api/client";
import { actionsOf, run } from "./job-actions";
import { PlanView } from "./plan-view";

const tabs = [
  ["", "Overview"],
  ["runs", "Runs"],
  ["records", "Records"],
  ["requests", "Requests"],
  ["log", "Log"],
  ["plan", "Plan"],
  ["configuration", "Configuration"],
  ["activity", "Activity"],
] as const;

export function JobPage({ name, tab }: { name: string; tab: string }) {
  const path = encodeURIComponent(name);
  const job = useLive<Job>(`/api/v1/live/jobs/${path}`, `/api/v1/jobs/${path}`);
  if (!job.data) return <FirstLook name={name} tab={tab} />;
  return <Loaded job={job.data} tab={tab} reload={job.reload} />;
}

// Until the live view has sent something, which it never does for a job that is not there: asked once.
function FirstLook({ name, tab }: { name: string; tab: string }) {
  const once = useLoaded<Job>(`/api/v1/jobs/${encodeURIComponent(name)}`);
  if (once.data) return <Loaded job={once.data} tab={tab} reload={once.reload} />;
  return (
    <>
      <Heading title={name} trail={<a href="/jobs">Jobs</a>} />
      <Shown of={once}>{() => null}</Shown>
    </>
  );
}

function Loaded({ job, tab, reload }: { job: Job; tab: string; reload: () => void }) {
  const [more, setMore] = useState(false);
  useEffect(() => setMore(false), [tab]);
  const allowed = may("operator") ? actionsOf(job) : [];
  const first = allowed.filter((action) => action.primary || action.name === "flush" || action.name === "pause").slice(0, 2);
  const rest = allowed.filter((action) => !first.includes(action));
  return (
    <>
      <Heading
        title={job.label || job.name}
        trail={
          <>
            <a href="/jobs">Jobs</a> / {typeName(job.type)}
          </>
        }
        badge={
          <>
            <StateBadge job={job} />
            {job.events?.test_mode && <span class="tag test">Test mode</span>}
          </>
        }
        lead={
          <>
            {job.description && <>{sentence(job.description)} </>}
            <Purpose job={job} /> {job.managed_by === "file" && <span class="tag">managed by file</span>}
          </>
        }
      >
        {first.map((action) => (
          <button type="button" class={"btn" + (action.primary ? " main" : "")} onClick={() => run(action, job, reload)}>
            <Icon name={action.icon} />
            {action.text}
          </button>
        ))}
        {job.state === "Draft" && may("operator") && (
          <a class="btn" href={`/edit-job/${encodeURIComponent(job.name)}`}>
            <Icon name="draft" />
            Edit
          </a>
        )}
        {rest.length > 0 && (
          <div class="menu-of">
            <button type="button" class="btn icon" aria-label="More actions" aria-expanded={more} onClick={() => setMore(!more)}>
              <Icon name="more" />
            </button>
            {more && (
              <ul class="card list">
                <li>
                  <a class="btn bare" href={`/copy-job/${encodeURIComponent(job.name)}`}>
                    <Icon name="copy" />
                    Duplicate
                  </a>
                </li>
                {rest.map((action) => (
                  <li>
                    <button
                      type="button"
                      class="btn bare"
                      onClick={() => {
                        setMore(false);
                        run(action, job, reload);
                      }}
                    >
                      <Icon name={action.icon} />
                      {action.text}
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )}
      </Heading>
      {job.reason && job.fix && (
        <Note tone={job.state === "Failed" ? "bad" : "warn"}>
          <p>
            <b>{sentence(job.reason)}</b> {sentence(job.fix)} <code>{job.reason_code}</code>
          </p>
        </Note>
      )}
      {job.warning && typeof job.warning === "object" && (
        <Note tone="warn">
          <p>
            {sentence(job.warning.reason ?? "")} {sentence(job.warning.fix ?? "")}
          </p>
        </Note>
      )}
      <Now job={job} />
      <nav class="tabs" aria-label="Parts of this job">
        {tabs
          .filter(([id]) => may("operator") || ["", "runs"].includes(id))
          .map(([id, text]) => (
            <a href={jobPath(job.name, id)} {...(tab === id && { "aria-current": "page" as const })}>
              {text}
            </a>
          ))}
      </nav>
      <Tab job={job} tab={tab} />
    </>
  );
}

function Purpose({ job }: { job: Job }) {
  const audience = <a href={`/audiences/${encodeURIComponent(job.audience.name)}`}>{job.audience.name}</a>;
  const by = (
    <>
      Authorization <a href="/authorizations">{job.authorization.name}</a>
      {(job.list?.ad_account || job.ad_account) && <>, ad account {job.list?.ad_account || job.ad_account}</>}.
    </>
  );
  if (job.type === "audience_export")
    return (
      <>
        Keeps {job.list?.name ? `“${job.list.name}”` : "a new customer list"} equal to the audience {audience}. {by}
      </>
    );
  return (
    <>
      Turns people who enter or leave {audience} into conversions. {by}
    </>
  );
}

function Now({ job }: { job: Job }) {
  const scanning = job.phase.name !== "live" && job.phase.total > 0;
  const state = (
    <Stat name="State" says={sentence(job.reason) || (job.state === "Running" ? "Changes go out as they come." : "")}>
      {job.state === "Sleeping" ? "Waiting" : job.state}
    </Stat>
  );
  const scan = scanning && (
    <div>
      <Stat name={words(job.phase.name)} says={`${count(job.phase.scanned)} of ${count(job.phase.total)} people`}>
        {percent(job.phase.scanned, job.phase.total)}
      </Stat>
      <Meter name="progress" of={job.phase.total} parts={[{ tone: "blue", value: job.phase.scanned }]} />
    </div>
  );
  const { queue, events, list, flush } = job;
  return (
    <section class="card" aria-label="Now">
      <div class="cols five">
        {state}
        {scan}
        {queue && (
          <Stat
            name="Queue"
            says={`+${count(queue.adds.users)} −${count(queue.removes.users)}${queue.braked.users ? `; ${count(queue.braked.users)} held` : ""}${queue.settling.users ? `; ${count(queue.settling.users)} settling` : ""}`}
          >
            {several(queue.queued_users, "person", "people")}
          </Stat>
        )}
        {queue && flush && (
          <Stat name="Next flush" says={`every ${span(flush.after_seconds)}, or as soon as ${count(flush.users)} people wait`}>
            {queue.next_flush ? `in ${span((Date.parse(queue.next_flush) - now.value) / 1000)}` : "nothing is queued"}
          </Stat>
        )}
        {list && (
          <Stat
            name="On the list"
            says={
              <>
                identifiers; last success <Time at={job.last_success_at} />
              </>
            }
          >
            {count(list.identifiers)}
          </Stat>
        )}
        {events && (
          <Stat name="Waiting" says={events.oldest_event_time ? <>oldest <Time at={events.oldest_event_time} /></> : "nothing waits"}>
            {several(events.live + events.backfill + events.in_flight, "event")}
          </Stat>
        )}
        {events && (
          <Stat name="Last success" says="Pinterest accepted conversions">
            <Time at={job.last_success_at} />
          </Stat>
        )}
        {events && (
          <Stat name="In Pinterest" says="conversions accepted since the start">
            {count(job.total.added)}
          </Stat>
        )}
      </div>
    </section>
  );
}

function Tab({ job, tab }: { job: Job; tab: string }) {
  switch (tab) {
    case "runs":
      return <Runs runs={job.runs} />;
    case "records":
      return <Records job={job} />;
    case "requests":
      return <Requests name={job.name} />;
    case "log":
      return <Log name={job.name} />;
    case "plan":
      return <PlanTab name={job.name} />;
    case "configuration":
      return <Configuration job={job} />;
    case "activity":
      return <Activity name={job.name} />;
    default:
      return <Overview job={job} />;
  }
}

function Overview({ job }: { job: Job }) {
  return (
    <>
      {job.list && <ListPath job={job} />}
      <Sums name={job.name} counters={job.total} conversions={job.type === "conversions_export"} />
      <Reasons job={job} />
      <Runs runs={job.runs.slice(0, 5)} />
    </>
  );
}

function ListPath({ job }: { job: Job }) {
  const list = job.list;
  if (!list || !list.id)
    return (
      <Card title="The list at Pinterest">
        <p class="muted">A new list is made with the first people to send.</p>
      </Card>
    );
  const ready = list.status === "READY";
  return (
    <Card title="The list at Pinterest" aside={<span class="small muted">Checked <Time at={list.status_at} /></span>}>
      <ol class="path">
        <li class="ok">
          <Icon name="check" />
          <b>{list.created_by_us ? "Created" : "Chosen"}</b>
          <span class="small muted">{list.name}</span>
        </li>
        <li class={ready ? "ok" : list.status_alert ? "warn" : "now"}>
          <Icon name={ready ? "check" : list.status_alert ? "warning" : "clock"} />
          <b>{words(list.status.toLowerCase() || "not checked yet")}</b>
          <span class="small muted">{list.status_meaning}</span>
        </li>
        <li class={ready ? "ok" : "off"}>
          <Icon name={ready ? "check" : "arrow"} />
          <b>Ready to target</b>
          <span class="small muted">{list.audience_id ? "The audience for it is made already." : "As soon as at least 100 accounts match."}</span>
        </li>
      </ol>
    </Card>
  );
}

const outcomes = [
  ["added", "Added", "green", "on the list"],
  ["removed", "Removed", "violet", "left the list"],
  ["pending", "Waiting", "blue", "with the next requests"],
  ["omitted", "Omitted", "grey", "on purpose"],
  ["invalid", "Invalid", "amber", "need better data"],
  ["rejected", "Rejected", "red", "refused by Pinterest"],
  ["uncertain", "Uncertain", "violet", "no answer came"],
] as const;

function Sums({ name, counters, conversions }: { name: string; counters: Counters; conversions: boolean }) {
  const parts = outcomes.filter(([key]) => counters[key] > 0 || ["added", "pending", "invalid"].includes(key));
  const text = (key: string, says: string) => (conversions && key === "added" ? "accepted" : says);
  return (
    <Card title="What became of everybody" aside={<span class="small muted">since the start</span>}>
      <Meter
        name={parts.map(([key, word]) => `${word} ${counters[key]}`).join(", ")}
        of={counters.considered}
        parts={parts.map(([key, , tone]) => ({ tone, value: counters[key] }))}
      />
      <div class="sum">
        <div>
          <span>Considered</span>
          <b>{count(counters.considered)}</b>
          <span class="small">the sum of all these</span>
        </div>
        {parts.map(([key, word, tone, says]) => (
          <a href={`${jobPath(name, "records")}`}>
            <span>
              <Key tone={tone} />
              {conversions && key === "added" ? "In Pinterest" : word}
            </span>
            <b>{count(counters[key])}</b>
            <span class="small">{text(key, says)}</span>
          </a>
        ))}
      </div>
    </Card>
  );
}

function Reasons({ job }: { job: Job }) {
  const reasons = Object.entries(job.total.reasons).sort((a, b) => b[1] - a[1]);
  if (reasons.length === 0) return null;
  return (
    <Card title="Why people were not sent" flush aside={<a class="small" href={jobPath(job.name, "records")}>All records</a>}>
      <ul class="items plain">
        {reasons.map(([reason, number]) => (
          <li class="row apart">
            <a href={`${jobPath(job.name, "records")}?reason=${encodeURIComponent(reason)}`}>{words(reason)}</a>
            <span class="muted">{count(number)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Runs({ runs }: { runs: Run[] }) {
  return (
    <Card title="Runs" flush aside={<span class="small muted">Every row adds up to what was considered</span>}>
      {runs.length === 0 ? (
        <Empty title="No run yet">
          <p class="muted">The first one begins when the job is started.</p>
        </Empty>
      ) : (
        <Scroll name="Table of runs">
          <table class="cards dense">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">What</th>
                {["Considered", "Added", "Removed", "Omitted", "Invalid", "Rejected", "Uncertain", "Waiting", "Requests"].map((text) => (
                  <th scope="col" class="num">
                    {text}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs.map((each) => (
                <tr key={each.number}>
                  <th scope="row">{each.number}</th>
                  <td class="all">
                    {words(each.kind)} {each.ended_at === null && <Badge tone="send" icon="arrow">Going on</Badge>}
                    <br />
                    <span class="small muted">
                      <Time at={each.started_at} />
                      {each.ended_at && `, took ${span((Date.parse(each.ended_at) - Date.parse(each.started_at)) / 1000)}`}
                    </span>
                  </td>
                  {(
                    [
                      ["Considered", each.considered],
                      ["Added", each.added],
                      ["Removed", each.removed],
                      ["Omitted", each.omitted],
                      ["Invalid", each.invalid],
                      ["Rejected", each.rejected],
                      ["Uncertain", each.uncertain],
                      ["Waiting", each.pending],
                      ["Requests", each.requests],
                    ] as const
                  ).map(([label, n]) => (
                    <td class="num" data-l={label}>
                      {count(n)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </Card>
  );
}

const tones: Record<string, [Tone, "check" | "cross" | "warning" | "failed" | "help" | "clock"]> = {
  added: ["ok", "check"],
  omitted: ["", "cross"],
  invalid: ["warn", "warning"],
  rejected: ["bad", "failed"],
  uncertain: ["out", "help"],
};

// Pages of a list that has a cursor: what is there so far, and a way to more.
export function usePages<T>(path: string, key: string): { rows: T[] | null; problem: Problem | null; more: (() => void) | null; reload: () => void } {
  const [state, set] = useState<{ path: string; rows: T[]; next: string | null }>({ path: "", rows: [], next: null });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, askAgain] = useState(0);
  const read = async (cursor: string | null, before: T[]) => {
    try {
      const page = await get<Record<string, unknown>>(path + (path.includes("?") ? "&" : "?") + "limit=50" + (cursor ? "&cursor=" + encodeURIComponent(cursor) : ""));
      set({ path, rows: [...before, ...(page[key] as T[])], next: (page["next_cursor"] as string | null) ?? null });
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void read(null, []), [path, asked]);
  const mine = state.path === path;
  return {
    rows: mine ? state.rows : null,
    problem,
    more: mine && state.next ? () => void read(state.next, state.rows) : null,
    reload: () => askAgain((n) => n + 1),
  };
}

function Records({ job }: { job: Job }) {
  const reason = place.value.query.get("reason") ?? "";
  const path = `/api/v1/jobs/${encodeURIComponent(job.name)}/records${reason ? `?reason=${encodeURIComponent(reason)}` : ""}`;
  const pages = usePages<Row>(path, "records");
  const reasons = Object.entries(job.total.reasons).sort((a, b) => b[1] - a[1]);
  const retry = () =>
    ask({
      title: "Send these again?",
      says: "Each record is sent once more, from today's data. Who still has no valid value stays where they are.",
      does: "Retry",
      act: async () => {
        const answer = await call<{ result: string }>("POST", `/api/v1/jobs/${encodeURIComponent(job.name)}/retry`, reason ? { reason } : {});
        say(sentence(answer.result));
        pages.reload();
      },
    });
  return (
    <div class="facets">
      <nav class="card stack" aria-label="Reason">
        <h2>Reason</h2>
        <ul class="facet">
          <li>
            <a class="row apart" href={jobPath(job.name, "records")} {...(!reason && { "aria-current": "true" as const })}>
              <span>All</span>
            </a>
          </li>
          {reasons.map(([code, number]) => (
            <li>
              <a
                class="row apart"
                href={`${jobPath(job.name, "records")}?reason=${encodeURIComponent(code)}`}
                {...(reason === code && { "aria-current": "true" as const })}
              >
                <span>{words(code)}</span>
                <span class="muted">{count(number)}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Card
        title="Who was not sent, and why"
        flush
        aside={
          may("operator") && (
            <button type="button" class="btn" onClick={retry}>
              <Icon name="again" />
              Retry
            </button>
          )
        }
      >
        {pages.problem && <ProblemNote problem={pages.problem} />}
        {pages.rows?.length === 0 && (
          <Empty title={reason ? "Nobody, for this reason" : "Everybody was sent"}>
            {reason && (
              <div class="row">
                <button type="button" class="btn" onClick={() => goQuery({ reason: null })}>
                  Clear filters
                </button>
              </div>
            )}
          </Empty>
        )}
        {pages.rows && pages.rows.length > 0 && (
          <Scroll name="Table of records">
            <table class="cards">
              <thead>
                <tr>
                  <th scope="col">Person</th>
                  <th scope="col">Outcome</th>
                  <th scope="col">Why</th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {pages.rows.map((row, i) => {
                  const [tone, icon] = tones[row.outcome] ?? ["", "help"];
                  return (
                    <tr key={i}>
                      <th scope="row">
                        <a class="name mono" href={`/profiles/${encodeURIComponent(row.profile_id)}`}>
                          {row.person}
                        </a>
                        <br />
                        <span class="mono muted">{row.profile_id.slice(0, 14)}…</span>
                      </th>
                      <td data-l="Outcome">
                        <Badge tone={tone} icon={icon}>
                          {words(row.outcome)}
                        </Badge>
                      </td>
                      <td class="all">
                        {sentence(row.meaning)} {sentence(row.fix)}
                        <br />
                        <span class="small muted">
                          <code>{row.reason}</code> {row.detail}
                        </span>
                      </td>
                      <td data-l="When">{row.at ? <Time at={row.at} /> : <span class="muted">now</span>}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </Scroll>
        )}
        {pages.more && (
          <div class="pad">
            <button type="button" class="btn" onClick={pages.more}>
              Show more
            </button>
          </div>
        )}
      </Card>
    </div>
  );
}

function Requests({ name }: { name: string }) {
  const pages = usePages<Request>(`/api/v1/jobs/${encodeURIComponent(name)}/requests`, "requests");
  return (
    <Card title="Requests to Pinterest, newest first" flush aside={<button type="button" class="btn" onClick={pages.reload}><Icon name="again" />Refresh</button>}>
      {pages.problem && <ProblemNote problem={pages.problem} />}
      {pages.rows?.length === 0 && <Empty title="No request yet" />}
      {pages.rows && pages.rows.length > 0 && (
        <Scroll name="Table of requests">
          <table class="cards">
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">What</th>
                <th scope="col" class="num">Records</th>
                <th scope="col">Answer</th>
                <th scope="col" class="num">Took</th>
                <th scope="col">Pinterest's id</th>
              </tr>
            </thead>
            <tbody>
              {pages.rows.map((each) => (
                <tr key={each.number}>
                  <th scope="row">
                    {count(each.number)}
                    <br />
                    <span class="small muted"><Time at={each.at} /></span>
                  </th>
                  <td class="all">
                    {words(each.what)}
                    <br />
                    <span class="small muted mono">{each.method} {each.path}</span>
                  </td>
                  <td class="num" data-l="Records">{count(each.records)}</td>
                  <td data-l="Answer">
                    <Badge tone={each.verdict === "done" ? "ok" : each.verdict === "unknown" ? "out" : "warn"} icon={each.verdict === "done" ? "check" : "warning"}>
                      {each.status || "none"} {each.verdict}
                    </Badge>
                    {each.message && <><br /><span class="small muted">{each.message}</span></>}
                  </td>
                  <td class="num" data-l="Took">{each.duration_ms} ms</td>
                  <td class="mono small" data-l="Pinterest's id">{each.pinterest_request_id || "—"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {pages.more && (
        <div class="pad">
          <button type="button" class="btn" onClick={pages.more}>Show older ones</button>
        </div>
      )}
    </Card>
  );
}

function Log({ name }: { name: string }) {
  const [lines, set] = useState<{ id: string; text: string }[]>([]);
  const [find, setFind] = useState("");
  useEffect(() => {
    set([]);
    const events = new EventSource(`/api/v1/live/log?job=${encodeURIComponent(name)}`);
    events.addEventListener("log", (event) => {
      const { data, lastEventId } = event as MessageEvent<string>;
      set((old) => [...old.slice(-499), { id: lastEventId, text: data }]);
    });
    return () => events.close();
  }, [name]);
  const shown = lines.filter((line) => line.text.toLowerCase().includes(find.toLowerCase()));
  return (
    <Card title="Log, live">
      <div class="search">
        <Icon name="search" />
        <label class="sr" for="lf">Filter lines</label>
        <input id="lf" type="search" placeholder="Filter lines" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
      </div>
      {shown.length === 0 ? (
        <p class="muted">{find ? "No line holds this." : "Nothing has happened since the service started."}</p>
      ) : (
        <pre class="log" tabIndex={0} aria-label="Log">{shown.map((line) => plain(line.text)).reverse().join("\n")}</pre>
      )}
    </Card>
  );
}

// A log line is JSON; people read when, what happened, and its details.
function plain(text: string): string {
  try {
    const { at, level, event, fields } = JSON.parse(text) as { at: string; level: string; event: string; fields?: Record<string, unknown> };
    const { job: _, ...rest } = fields ?? {};
    const details = Object.entries(rest).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    return [new Date(at).toLocaleString(), level === "info" ? "" : level.toUpperCase(), event, details.join(", ")].filter(Boolean).join("  ");
  } catch {
    return text;
  }
}

function PlanTab({ name }: { name: string }) {
  const plan = useLoaded<Plan>(`/api/v1/jobs/${encodeURIComponent(name)}/plan`);
  return <Shown of={plan}>{(data) => <PlanView plan={data} />}</Shown>;
}

function Configuration({ job }: { job: Job }) {
  const yaml = useLoaded<{ yaml: string }>(`/api/v1/jobs/${encodeURIComponent(job.name)}/export`);
  return (
    <Shown of={yaml}>
      {({ yaml: text }) => (
        <Card
          title="As the configuration file has it"
          aside={
            <div class="row">
              <Copy text={text} what="YAML" />
              {job.managed_by !== "file" && may("operator") && (
                <a class="btn" href={`/edit-job/${encodeURIComponent(job.name)}`}>
                  <Icon name="draft" />
                  Edit
                </a>
              )}
            </div>
          }
        >
          {job.managed_by === "file" && (
            <Note>
              <p>This job comes from the configuration file, so it is changed there: edit the file, look at <code>pinrelay plan</code>, then <code>pinrelay apply</code>.</p>
            </Note>
          )}
          <pre tabIndex={0} aria-label="YAML">{text}</pre>
        </Card>
      )}
    </Shown>
  );
}

function Activity({ name }: { name: string }) {
  if (!may("admin")) return <Card title="Activity"><p class="muted">Administrators see who changed what.</p></Card>;
  const pages = usePages<AuditEntry>("/api/v1/audit", "entries");
  const mine = (pages.rows ?? []).filter((entry) => entry.object === name);
  return (
    <Card title="Who changed what" flush>
      {pages.problem && <ProblemNote problem={pages.problem} />}
      <AuditRows entries={mine} empty="Nothing among the last entries of the audit log is about this job." />
      {pages.more && <div class="pad"><button type="button" class="btn" onClick={pages.more}>Look further back</button></div>}
    </Card>
  );
}

export function AuditRows({ entries, empty }: { entries: AuditEntry[]; empty: ComponentChildren }) {
  if (entries.length === 0) return <Empty title="Nothing yet"><p class="muted">{empty}</p></Empty>;
  return (
    <Scroll name="Table of changes">
      <table class="cards">
        <thead>
          <tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Outcome</th></tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.number}>
              <td data-l="When"><Time at={entry.at} /></td>
              <td data-l="Who">{entry.who}<br /><span class="small muted">{entry.origin}</span></td>
              <td class="all"><b>{entry.action}</b> {entry.object}<br /><span class="small muted">{entry.detail}</span></td>
              <td data-l="Outcome">{entry.outcome === "done" ? <Badge tone="ok" icon="check">Done</Badge> : <Badge tone="warn" icon="warning">{words(entry.outcome)}</Badge>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

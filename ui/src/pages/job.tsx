// One job: its state in words and numbers that add up, and everything it did.
import { useEffect, useState } from "preact/hooks";

import { at } from "../api/client";
import { useLive, useLoaded } from "../api/loaded";
import type { Job } from "../api/types";
import { Card, Copy, Heading, Icon, Meter, Note, now, Shown, Stat, Time } from "../parts/basics";
import { count, percent, sentence, several, span, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { remedyOf } from "../parts/remedies";
import { StateBadge, typeName } from "../parts/states";
import { jobPath } from "../router";
import { may } from "../session";
import { AuditRows } from "./audit-rows";
import { actionsOf, run } from "./job-actions";
import { Overview, Runs } from "./job-overview";
import { Records } from "./job-records";
import { Log, Requests } from "./job-requests";
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
  const job = useLive(at("/api/v1/live/jobs/{name}", path), at("/api/v1/jobs/{name}", path));
  if (!job.data) return <FirstLook name={name} tab={tab} />;
  return <Loaded job={job.data} tab={tab} reload={job.reload} />;
}

// Until the live view has sent something, which it never does for a job that is not there: asked once.
function FirstLook({ name, tab }: { name: string; tab: string }) {
  const once = useLoaded(at("/api/v1/jobs/{name}", name));
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
  const first = allowed.filter((action) => action.primary || action.verb === "flush" || action.verb === "pause").slice(0, 2);
  const remedy = remedyOf(job, sentence);
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
            <b>{sentence(job.reason)}</b> {remedy.says} <code>{job.reason_code}</code>
          </p>
          {remedy.to !== jobPath(job.name) && (
            <p>
              <a class="btn" href={remedy.to}>
                {remedy.does}
              </a>
            </p>
          )}
        </Note>
      )}
      {job.warning && (
        <Note tone="warn">
          <p>{sentence(job.warning)}</p>
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
            says={queue.queued_users === 0 && !queue.braked.users && !queue.settling.users ? "everything that can go out is out" : `+${count(queue.adds.users)} −${count(queue.removes.users)}${queue.braked.users ? `; ${count(queue.braked.users)} held` : ""}${queue.settling.users ? `; ${count(queue.settling.users)} settling` : ""}`}
          >
            {several(queue.queued_users, "person", "people")}
          </Stat>
        )}
        {queue && flush && (
          <Stat name="Next flush" says={`every ${span(flush.after_seconds)}, or as soon as ${count(flush.users)} people wait`}>
            {queue.next_flush ? `in ${span((Date.parse(queue.next_flush) - now.value) / 1000)}` : "Nothing is queued"}
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
      return <Runs key={job.name} job={job} />;
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

function PlanTab({ name }: { name: string }) {
  const plan = useLoaded(at("/api/v1/jobs/{name}/plan", name));
  return <Shown of={plan}>{(data) => <PlanView plan={data} />}</Shown>;
}

function Configuration({ job }: { job: Job }) {
  const yaml = useLoaded(at("/api/v1/jobs/{name}/export", job.name));
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
  const pages = usePages(at("/api/v1/audit"), "entries");
  const none = "Nothing among the last entries of the audit log is about this job.";
  return (
    <Card title="Who changed what" flush>
      <Paged of={pages} more="Look further back" empty={<AuditRows entries={[]} empty={none} />}>
        {(rows) => <AuditRows entries={rows.filter((entry) => entry.object === name)} empty={none} />}
      </Paged>
    </Card>
  );
}

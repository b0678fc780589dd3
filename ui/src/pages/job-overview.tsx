// What became of everybody, where the list is at Pinterest, and the runs.
import { at } from "../api/client";
import type { Counters, Job, Run } from "../api/types";
import { JobCharts } from "../parts/chart";
import { Badge, Card, Empty, Icon, Key, Meter, Scroll, Time } from "../parts/basics";
import { count, span, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { jobPath } from "../router";

export function Overview({ job }: { job: Job }) {
  return (
    <>
      {job.list && <ListPath job={job} />}
      <Sums name={job.name} counters={job.total} conversions={job.type === "conversions_export"} />
      <JobCharts job={job.name} conversions={job.type === "conversions_export"} />
      <Reasons job={job} />
      <Card title="The last runs" flush aside={<a class="small" href={jobPath(job.name, "runs")}>All runs</a>}>
        <RunTable runs={job.runs} />
      </Card>
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

// The newest runs follow the live job; older ones come in pages, when asked for.
export function Runs({ job }: { job: Job }) {
  const pages = usePages(at("/api/v1/jobs/{name}/runs", job.name), "runs");
  const fresh = new Map(job.runs.map((run) => [run.number, run]));
  const merged = (rows: Run[]) => [...job.runs.filter((run) => run.number > (rows[0]?.number ?? 0)), ...rows.map((run) => fresh.get(run.number) ?? run)];
  return (
    <Card title="Runs" flush aside={<span class="small muted">Every row adds up to what was considered</span>}>
      <Paged of={pages} more="Show older runs" empty={<RunTable runs={job.runs} />}>
        {(rows) => <RunTable runs={merged(rows)} />}
      </Paged>
    </Card>
  );
}

function RunTable({ runs }: { runs: Run[] }) {
  if (runs.length === 0)
    return (
      <Empty title="No run yet">
        <p class="muted">The first one begins when the job is started.</p>
      </Empty>
    );
  return (
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
  );
}

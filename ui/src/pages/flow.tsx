// The flow picture: audiences, jobs, and where they lead. Beyond twelve jobs the ones that need somebody come first and
// the rest is counted.
import type { Audience, JobRow } from "../api/types";
import { count, several } from "../parts/format";
import { groupOf, groups, StateBadge } from "../parts/states";
import { jobPath } from "../router";

const kMost = 12;
const kRow = 64;

export function Flow({ jobs, audiences }: { jobs: JobRow[]; audiences: Audience[] }) {
  const shown = [...jobs]
    .sort((a, b) => groups.indexOf(groupOf(a)) - groups.indexOf(groupOf(b)) || a.audience.localeCompare(b.audience))
    .slice(0, kMost)
    .sort((a, b) => a.audience.localeCompare(b.audience));
  const names = [...new Set(shown.map((job) => job.audience))];
  const members = new Map(audiences.map((each) => [each.name, each.members]));
  return (
    <>
      <div class="flow three">
        <div>
          <h3>Audiences</h3>
          {names.map((name) => (
            <a class="node" href={`/audiences/${encodeURIComponent(name)}`}>
              <b>{name}</b>
              <span class="small muted">{members.has(name) ? several(members.get(name) ?? 0, "person", "people") : "nobody has entered yet"}</span>
            </a>
          ))}
          <Wires
            rows={Math.max(names.length, shown.length)}
            wires={shown.map((job, row) => ({ from: names.indexOf(job.audience), to: row, look: lookOf(job) }))}
          />
        </div>
        <div>
          <h3>Jobs</h3>
          {shown.map((job) => (
            <a class={"node" + (groupOf(job) === "Needs attention" ? " bad" : "")} href={jobPath(job.name)}>
              <b>{job.label || job.name}</b>
              <StateBadge job={job} />
              <span class="narrow small muted">
                {job.audience} → {destinationOf(job)}
              </span>
            </a>
          ))}
          <Wires rows={shown.length} wires={shown.map((job, row) => ({ from: row, to: row, look: lookOf(job) }))} />
        </div>
        <div>
          <h3>Pinterest</h3>
          {shown.map((job) => (
            <div class="node">
              <b>{destinationOf(job)}</b>
              <span class="small muted">
                {job.type === "audience_export" ? "customer list" : `ad account ${job.ad_account ?? ""}`}
              </span>
            </div>
          ))}
        </div>
      </div>
      {jobs.length > shown.length && (
        <p class="small">
          <a href="/jobs">{count(jobs.length - shown.length)} more jobs</a>
        </p>
      )}
    </>
  );
}

const destinationOf = (job: JobRow): string => (job.type === "audience_export" ? job.list?.name || "A list is made at the start" : "Conversions");

type Look = "run" | "idle" | "held";
function lookOf(job: JobRow): Look {
  const group = groupOf(job);
  if (group === "Needs attention") return "held";
  return group === "Sending" || group === "Waiting" || group === "Up to date" ? "run" : "idle";
}

function Wires({ rows, wires }: { rows: number; wires: { from: number; to: number; look: Look }[] }) {
  const height = rows * kRow;
  const y = (row: number) => row * kRow + kRow / 2;
  return (
    <svg class="links" viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {wires.map(({ from, to, look }) => {
        const d = `M0 ${y(from)} C50 ${y(from)} 50 ${y(to)} 100 ${y(to)}`;
        return (
          <>
            <path d={d} stroke-width={look === "run" ? 5 : 2} {...(look !== "run" && { class: look })} />
            {look === "run" && <path d={d} class="run" />}
          </>
        );
      })}
    </svg>
  );
}

// The people who were not sent, and why; filters by outcome, reason and person; and sending again.
import { useEffect, useState } from "preact/hooks";

import { type Answer, at, call, getTable } from "../api/client";
import type { Job, JobRecord, ReasonCount } from "../api/types";
import { Badge, Card, Empty, Icon, Table, Time, type Tone } from "../parts/basics";
import { ask, say } from "../parts/dialogs";
import { count, sentence, several, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { goQuery, place } from "../router";
import { may } from "../session";

const tones: Record<string, [Tone, "check" | "cross" | "warning" | "failed" | "help" | "clock"]> = {
  added: ["ok", "check"],
  omitted: ["", "cross"],
  invalid: ["warn", "warning"],
  rejected: ["bad", "failed"],
  uncertain: ["out", "help"],
};
const outcomes = ["omitted", "invalid", "rejected", "uncertain"];
const filters = ["outcome", "reason", "key"];

// What the address says, as the service takes it.
function wanted(): { outcome: string | undefined; reason: string | undefined; key: string | undefined } {
  const of = (name: string) => place.value.query.get(name) || undefined;
  return { outcome: of("outcome"), reason: of("reason"), key: of("key") };
}

export function Records({ job }: { job: Job }) {
  const [reason = "", key = ""] = ["reason", "key"].map((name) => place.value.query.get(name) ?? "");
  const pages = usePages(at("/api/v1/jobs/{name}/records", job.name, wanted()), "records");
  const filtered = filters.some((name) => place.value.query.has(name));
  const clear = () => goQuery({ reason: null, outcome: null, key: null });
  const retry = () =>
    ask({
      title: "Send these again?",
      says: "Each record is sent once more, from today's data. Who still has no valid value stays where they are.",
      does: "Retry",
      act: async () => {
        const answer = await call("POST", at("/api/v1/jobs/{name}/retry", job.name), { ...(reason && { reason }), ...(key && { key }) });
        say(sentence(answer.result));
        pages.reload();
      },
    });
  return (
    <>
      <Filters key={job.name} counts={pages.first} />
      <Card
        title="Who was not sent, and why"
        flush
        aside={
          <div class="row">
            <Download job={job.name} />
            {may("operator") && (
              <button type="button" class="btn" onClick={retry}>
                <Icon name="again" />
                Retry
              </button>
            )}
          </div>
        }
      >
        <Paged
          of={pages}
          more="Show more"
          empty={
            <Empty title={!filtered ? "Everybody was sent" : pages.more ? "Nobody among those looked at so far" : "Nobody fits these filters"}>
              {filtered && (
                <div class="row">
                  <button type="button" class="btn" onClick={clear}>
                    Clear filters
                  </button>
                </div>
              )}
            </Empty>
          }
        >
          {(rows) => (
            <Table name="Table of records" heads={["Person", "Outcome", "Why", "When"]}>
              {rows.map((row, i) => (
                <RecordRow row={row} key={i} />
              ))}
            </Table>
          )}
        </Paged>
      </Card>
    </>
  );
}

function RecordRow({ row }: { row: JobRecord }) {
  const [tone, icon] = tones[row.outcome] ?? ["", "help"];
  return (
    <tr>
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
}

// One row of outcomes, one of the reasons of the chosen outcome. Counts stay while another filter is read.
function Filters({ counts }: { counts: Answer<"/api/v1/jobs/{name}/records"> | null }) {
  const [seen, see] = useState<{ reasons: ReasonCount[]; complete: boolean }>({ reasons: [], complete: true });
  useEffect(() => {
    if (counts) see({ reasons: counts.reasons ?? [], complete: counts.reasons_complete !== false });
  }, [counts]);
  const [outcome = "", reason = "", key = ""] = filters.map((name) => place.value.query.get(name) ?? "");
  const sum = (rows: ReasonCount[]) => count(rows.reduce((all, each) => all + each.count, 0)) + (seen.complete ? "" : "+");
  const of = (name: string) => seen.reasons.filter((each) => each.outcome === name);
  const shown = outcome ? of(outcome) : seen.reasons;
  return (
    <section class="card stack" aria-label="Filters">
      <div class="row" role="group" aria-label="Outcome">
        <Chip text="All" number={sum(seen.reasons)} on={!outcome} to={{ outcome: null, reason: null }} />
        {outcomes
          .filter((name) => of(name).length > 0 || name === outcome)
          .map((name) => (
            <Chip key={name} text={words(name)} number={sum(of(name))} on={outcome === name} to={{ outcome: name, reason: null }} />
          ))}
      </div>
      {(shown.length > 0 || reason) && (
        <div class="row" role="group" aria-label="Reason">
          {shown.map((each) => (
            <Chip key={each.reason} text={words(each.reason)} number={sum([each])} on={reason === each.reason} to={{ reason: reason === each.reason ? null : each.reason }} />
          ))}
          {reason && !shown.some((each) => each.reason === reason) && <Chip text={words(reason)} number="0" on to={{ reason: null }} />}
        </div>
      )}
      {key && (
        <div class="row">
          <span>
            Only of <a href={`/profiles/${encodeURIComponent(key)}`}>one person</a>
          </span>
          <button type="button" class="btn" onClick={() => goQuery({ key: null })}>
            Show everybody
          </button>
        </div>
      )}
      {!seen.complete && <p class="small muted">There are too many people to count at once; counts with a + are the least there are.</p>}
    </section>
  );
}

function Chip({ text, number, on, to }: { text: string; number: string; on: boolean; to: Record<string, string | null> }) {
  return (
    <button type="button" class="btn chip" {...(on && { "aria-current": "true" as const })} onClick={() => goQuery(to)}>
      {text} <span class="muted">{number}</span>
    </button>
  );
}

function Download({ job }: { job: string }) {
  const [lines, set] = useState<number | null>(null);
  const download = async () => {
    set(0);
    try {
      const parts = await getTable(at("/api/v1/jobs/{name}/records.csv", job, wanted()), set);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
      link.download = `${job}-records.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch {
      say("The table could not be read. Try again.");
    }
    set(null);
  };
  return (
    <button type="button" class="btn" disabled={lines !== null} onClick={() => void download()}>
      <Icon name="download" />
      {lines === null ? "Download CSV" : `${several(lines, "line")} so far`}
    </button>
  );
}

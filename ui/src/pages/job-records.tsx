// Who was not sent, and why; and what was sent again.
import { at, call } from "../api/client";
import type { Job } from "../api/types";
import { Badge, Card, Empty, Icon, Table, Time, type Tone } from "../parts/basics";
import { ask, say } from "../parts/dialogs";
import { count, sentence, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { goQuery, jobPath, place } from "../router";
import { may } from "../session";

const tones: Record<string, [Tone, "check" | "cross" | "warning" | "failed" | "help" | "clock"]> = {
  added: ["ok", "check"],
  omitted: ["", "cross"],
  invalid: ["warn", "warning"],
  rejected: ["bad", "failed"],
  uncertain: ["out", "help"],
};

export function Records({ job }: { job: Job }) {
  const reason = place.value.query.get("reason") ?? "";
  const pages = usePages(at("/api/v1/jobs/{name}/records", job.name, { reason: reason || undefined }), "records");
  const reasons = Object.entries(job.total.reasons).sort((a, b) => b[1] - a[1]);
  const retry = () =>
    ask({
      title: "Send these again?",
      says: "Each record is sent once more, from today's data. Who still has no valid value stays where they are.",
      does: "Retry",
      act: async () => {
        const answer = await call("POST", at("/api/v1/jobs/{name}/retry", job.name), reason ? { reason } : {});
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
        <Paged
          of={pages}
          more="Show more"
          empty={
          <Empty title={reason ? "Nobody, for this reason" : "Everybody was sent"}>
            {reason && (
              <div class="row">
                <button type="button" class="btn" onClick={() => goQuery({ reason: null })}>
                  Clear filters
                </button>
              </div>
            )}
          </Empty>
          }
        >
          {(rows) => (
          <Table name="Table of records" heads={["Person", "Outcome", "Why", "When"]}>
            {rows.map((row, i) => {
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
          </Table>
          )}
        </Paged>
      </Card>
    </div>
  );
}

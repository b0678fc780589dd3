// What exactly happens at the start: who is sent, who is not and why, and how many requests that takes.
import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Plan } from "../api/types";
import { Card, Key, Meter, Note, Stat, Table } from "../parts/basics";
import { clockTime, count, people, percent, sentence, several, words } from "../parts/format";

// A number of the plan beside the word that it stands for, in the order of the bar.
function partsOf(plan: Plan, missing: number): { word: string; value: number; tone: string }[] {
  if ("events" in plan)
    return [
      { word: "Valid", value: plan.events, tone: "green" },
      { word: "Not sent", value: missing, tone: "amber" },
    ];
  const invalid = Object.values(plan.invalid).reduce((sum, n) => sum + n, 0), refused = plan.no_consent;
  return [
    { word: "Valid", value: Math.max(0, plan.members - invalid - refused), tone: "green" },
    { word: "Without consent", value: refused, tone: "grey" },
    { word: "Invalid", value: invalid, tone: "amber" },
  ];
}

export function PlanView({ plan, title = "If it started now" }: { plan: Plan; title?: string | undefined }) {
  const left: Record<string, number> = "events" in plan ? plan.not_sent : { ...plan.invalid, ...(plan.no_consent && { no_consent: plan.no_consent }) };
  const notSent = Object.entries(left).sort((a, b) => b[1] - a[1]);
  const missing = notSent.reduce((sum, [, n]) => sum + n, 0);
  const parts = partsOf(plan, missing);
  return (
    <>
      {plan.settings.length > 0 && <Changes changes={plan.settings} />}
      <Card title={title} aside={<span class="small muted">As of {clockTime(Date.parse(plan.as_of))}; nothing has been sent</span>}>
        <div class="cols five">
          {"events" in plan ? (
            <Stat name="Valid conversions" says="of the present members">{count(plan.events)}</Stat>
          ) : (
            <>
              <Stat name="To add" says="identifiers"><span class="t-green">+{count(plan.identifiers_to_add)}</span></Stat>
              <Stat name="To remove" says="identifiers">{count(plan.identifiers_to_remove)}</Stat>
              <Stat name="In place already" says="identifiers">{count(plan.identifiers_in_place)}</Stat>
            </>
          )}
          <Stat name="Not sent" says={missing ? "people, each with a reason" : "nobody is left out"}>{count(missing)}</Stat>
          <Stat name="Requests" says={"minutes" in plan && plan.minutes ? `about ${several(plan.minutes, "minute")}` : "within a minute"}>{count(plan.requests)}</Stat>
        </div>
        {plan.members > 0 && (
          <>
            <Meter name={parts.map((part) => `${part.word} ${part.value}`).join(", ")} of={plan.members} parts={parts} />
            <p class="legend small">
              <span>{people(plan.members)} in the audience:</span>
              {parts.map((part) => part.value > 0 && <span><Key tone={part.tone} />{part.word} <b>{count(part.value)}</b></span>)}
            </p>
          </>
        )}
        {plan.members === 0 && <Note tone="warn"><p><b>Nobody is in this audience.</b> The job waits for the first person who enters.</p></Note>}
        {"brake_would_hold" in plan && plan.brake_would_hold && <Note tone="warn"><p><b>The brake would hold the removals.</b> They are unusually many; somebody has to let them through.</p></Note>}
      </Card>
      {notSent.length > 0 && <NotSent rows={notSent} members={plan.members} />}
      {plan.coverage.length > 0 && (
        <Card title="How many have each field">
          <ul class="stack tight">
            {plan.coverage.map((each) => (
              <li>
                <div class="row apart small">
                  <span><code>{each.field}</code> → <code>{each.target}</code></span>
                  <span class="muted">{each.people ? `${people(each.people)}, ${percent(each.people, plan.members)}` : "nobody"}</span>
                </div>
                <Meter name={`${each.field}: ${percent(each.people, plan.members)}`} of={plan.members} parts={[{ tone: each.people ? "green" : "grey", value: each.people }]} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

// What an edit changes, setting by setting.
function Changes({ changes }: { changes: { setting: string; from: unknown; to: unknown }[] }) {
  return (
    <Card title="What changes" flush>
      <Table name="What changes" heads={["Setting", "Now", "Then"]}>
        {changes.map((each) => (
          <tr key={each.setting}>
            <th scope="row">{words(each.setting)}</th>
            <td data-l="Now">{said(each.from)}</td>
            <td data-l="Then"><b>{said(each.to)}</b></td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}

// A setting's value in a line of text.
function said(value: unknown): string {
  if (value === null || value === "") return "—";
  if (Array.isArray(value)) return value.map(said).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([key, each]) => `${key}: ${said(each)}`).join(", ");
  return value === true ? "yes" : value === false ? "no" : String(value);
}

function NotSent({ rows, members }: { rows: [string, number][]; members: number }) {
  const known = useLoaded(at("/api/v1/reasons"));
  return (
    <Card title="Who is not sent, and why" flush>
      <table class="cards">
        <thead>
          <tr><th scope="col">Why</th><th scope="col">What to do</th><th scope="col" class="num">People</th></tr>
        </thead>
        <tbody>
          {rows.map(([code, n]) => {
            const reason = known.data?.reasons.find((each) => each.code === code);
            return (
              <tr key={code}>
                <th scope="row">{words(code)}<br /><span class="small muted">{sentence(reason?.meaning ?? "")}</span></th>
                <td class="all muted">{sentence(reason?.fix ?? "") || "Nothing"}</td>
                <td class="num" data-l="People">{count(n)}<br /><span class="small muted">{percent(n, members)}</span></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

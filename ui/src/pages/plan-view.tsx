// What exactly happens at the start: who is sent, who is not and why, and how many requests that takes.
import type { Plan } from "../api/types";
import { Card, Key, Meter, Note, Stat } from "../parts/basics";
import { count, people, percent, several, words } from "../parts/format";

export function PlanView({ plan }: { plan: Plan }) {
  const conversions = plan.events !== undefined;
  const left = conversions ? (plan.not_sent ?? {}) : { ...(plan.invalid ?? {}), ...(plan.no_consent ? { no_consent: plan.no_consent } : {}) };
  const notSent = Object.entries(left).sort((a, b) => b[1] - a[1]);
  const missing = notSent.reduce((sum, [, n]) => sum + n, 0);
  return (
    <Card title="If it started now" aside={<span class="small muted">{people(plan.members)} in the audience</span>}>
      <div class="cols five">
        {conversions ? (
          <Stat name="Valid conversions" says="of the present members">{count(plan.events)}</Stat>
        ) : (
          <>
            <Stat name="To add" says="identifiers">{count(plan.identifiers_to_add)}</Stat>
            <Stat name="To remove" says="identifiers">{count(plan.identifiers_to_remove)}</Stat>
            <Stat name="In place already" says="identifiers">{count(plan.identifiers_in_place)}</Stat>
          </>
        )}
        <Stat name="Not sent" says="people">{count(missing)}</Stat>
        <Stat name="Requests" says={plan.minutes ? `about ${several(plan.minutes, "minute")}` : ""}>{count(plan.requests)}</Stat>
      </div>
      {plan.members === 0 && <Note tone="warn"><p><b>Nobody is in this audience.</b> The job waits for the first person who enters.</p></Note>}
      {plan.brake_would_hold && <Note tone="warn"><p><b>The brake would hold the removals.</b> They are unusually many; somebody has to let them through.</p></Note>}
      {notSent.length > 0 && (
        <ul class="stack tight">
          {notSent.map(([reason, n]) => (
            <li class="row apart">
              <span class="row"><Key tone="amber" />{words(reason)}</span>
              <span class="muted">{count(n)}, {percent(n, plan.members)}</span>
            </li>
          ))}
        </ul>
      )}
      {plan.coverage.length > 0 && (
        <ul class="stack tight">
          {plan.coverage.map((each) => (
            <li>
              <div class="row apart small">
                <span><code>{each.field}</code> → <code>{each.target}</code></span>
                <span class="muted">{percent(each.people, plan.members)}</span>
              </div>
              <Meter name={`${each.field}: ${percent(each.people, plan.members)}`} of={plan.members} parts={[{ tone: each.people ? "green" : "grey", value: each.people }]} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

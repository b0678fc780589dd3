// The last step: everything once more, what it would do, a test, and the start.
import { useEffect, useRef, useState } from "preact/hooks";

import { call, type Problem, problemOf } from "../api/client";
import type { Plan } from "../api/types";
import { Badge, Card, Icon, ProblemNote } from "../parts/basics";
import { sentence, several, words } from "../parts/format";
import { go, jobPath } from "../router";
import type { Draft } from "./draft";
import { PlanView } from "./plan-view";
import type { Step } from "./steps";

interface TestAnswer {
  members: number;
  events: number;
  status: number;
  verdict: string;
  message: string;
  not_sent: Record<string, number>;
  results: { profile_id: string; values: { field: string; target: string; raw: string[]; sent: unknown }[]; result: { accepted: boolean | null; message: string } }[];
}

export function Review({
  draft,
  problem,
  save,
  started,
  onDone,
  steps,
}: {
  draft: Draft;
  problem: Problem | null;
  save: () => Promise<string>;
  started: boolean;
  onDone: () => void;
  steps: Step[];
}) {
  const [plan, setPlan] = useState<Plan | null>(null);
  const [planProblem, setPlanProblem] = useState<Problem | null>(null);
  const [name, setName] = useState<string | null>(null);
  const [test, setTest] = useState<TestAnswer | null>(null);
  const [busy, setBusy] = useState("");
  const first = useRef(true);
  useEffect(() => {
    if (!first.current || started) return;
    first.current = false;
    void look();
  }, []);
  const look = async () => {
    setBusy("plan");
    try {
      const saved = await save();
      setName(saved);
      setPlan(await call<Plan>("GET", `/api/v1/jobs/${encodeURIComponent(saved)}/plan`));
      setPlanProblem(null);
    } catch (error) {
      setPlanProblem(problemOf(error));
    }
    setBusy("");
  };
  const start = async () => {
    setBusy("start");
    try {
      await call("POST", `/api/v1/jobs/${encodeURIComponent(name ?? draft.name)}/start`);
      onDone();
      go(jobPath(name ?? draft.name));
    } catch (error) {
      setPlanProblem(problemOf(error));
    }
    setBusy("");
  };
  const saveChange = async () => {
    setBusy("save");
    try {
      const saved = await save();
      onDone();
      go(jobPath(saved));
    } catch {
      // what is wrong is shown below
    }
    setBusy("");
  };
  const sendTest = async () => {
    setBusy("test");
    try {
      setTest(await call<TestAnswer>("POST", `/api/v1/jobs/${encodeURIComponent(name ?? draft.name)}/test`, {}));
    } catch (error) {
      setPlanProblem(problemOf(error));
    }
    setBusy("");
  };
  const wrong = problem ?? (plan ? null : planProblem);
  return (
    <>
      {wrong && (
        <ProblemNote problem={wrong}>
          <p class="small">Go back to the step it is about; what you have filled in is kept.</p>
        </ProblemNote>
      )}
      <Card title="Summary">
        <dl class="kv">
          {steps
            .filter((step) => step.value && step.title !== "Review and start")
            .flatMap((step) => [<dt>{step.title}</dt>, <dd>{step.value}</dd>])}
        </dl>
      </Card>
      {busy === "plan" && <p class="muted" role="status">Counting what it would do…</p>}
      {plan && <PlanView plan={plan} />}
      {plan && planProblem && <ProblemNote problem={planProblem} />}
      {test && (
        <Card title="Test" aside={<Badge tone={test.status === 200 ? "ok" : "warn"} icon={test.status === 200 ? "check" : "warning"}>{test.status ? `Pinterest answered ${test.status}` : words(test.verdict)}</Badge>}>
          <p class="muted">
            {sentence(test.message) || `${several(test.events, "event")} of ${several(test.members, "member")} were looked at by Pinterest as a test; nothing was recorded.`}
          </p>
          <ul class="stack tight">
            {test.results.slice(0, 5).map((each) => (
              <li class="row">
                <Badge tone={each.result.accepted ? "ok" : "warn"} icon={each.result.accepted ? "check" : "warning"}>
                  {each.result.accepted ? "Accepted" : "Not accepted"}
                </Badge>
                <code>{each.profile_id.slice(0, 14)}…</code>
                <span class="small muted">{sentence(each.result.message)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <div class="row">
        {started ? (
          <button type="button" class="btn main" disabled={busy !== ""} onClick={saveChange}>
            Save the change
          </button>
        ) : (
          <button type="button" class="btn main" disabled={!plan || busy !== ""} onClick={start}>
            <Icon name="play" />
            Start job
          </button>
        )}
        {draft.type === "conversions_export" && !started && (
          <button type="button" class="btn" disabled={!plan || busy !== ""} onClick={sendTest}>
            <Icon name="arrow" />
            Send test
          </button>
        )}
        {!started && (
          <button type="button" class="btn" disabled={busy !== ""} onClick={look}>
            <Icon name="again" />
            Check again
          </button>
        )}
        {name && !started && (
          <a class="btn" href="/jobs" onClick={onDone}>
            Save and close
          </a>
        )}
      </div>
    </>
  );
}

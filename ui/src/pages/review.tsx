// The last step: everything once more, what it would do, a test, and the start.
import { useEffect, useRef, useState } from "preact/hooks";

import { at, call, type Problem, problemOf } from "../api/client";
import type { JobTest, Plan } from "../api/types";
import { Badge, Card, Icon, ProblemNote } from "../parts/basics";
import { sentence, several, words } from "../parts/format";
import { go, jobPath } from "../router";
import { type Draft, settingsOf } from "./draft";
import { PlanView } from "./plan-view";
import type { Step } from "./steps";
import { ValuesTable } from "./try-values";

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
  const [test, setTest] = useState<JobTest | null>(null);
  const [busy, setBusy] = useState("");
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) return;
    first.current = false;
    void look();
  }, []);
  const look = async () => {
    setBusy("plan");
    try {
      if (started) {
        // It runs: what is not saved yet is looked at as it stands here.
        const path = at("/api/v1/jobs/{name}/plan", draft.name);
        setPlan(await call("POST", path, { settings: settingsOf(draft) }));
      } else {
        const saved = await save();
        setName(saved);
        setPlan(await call("GET", at("/api/v1/jobs/{name}/plan", saved)));
      }
      setPlanProblem(null);
    } catch (error) {
      setPlanProblem(problemOf(error));
    }
    setBusy("");
  };
  const start = async () => {
    setBusy("start");
    try {
      await call("POST", at("/api/v1/jobs/{name}/start", name ?? draft.name));
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
      setTest(await call("POST", at("/api/v1/jobs/{name}/test", name ?? draft.name), {}));
    } catch (error) {
      setPlanProblem(problemOf(error));
    }
    setBusy("");
  };
  const wrong = problem ?? (plan ? null : planProblem);
  return (
    <div class="split">
      <div class="stack">
        {wrong && (
          <ProblemNote problem={wrong}>
            <p class="small">Go back to the step it is about; what you have filled in is kept.</p>
          </ProblemNote>
        )}
        {busy === "plan" && <p class="muted" role="status">Counting what it would do…</p>}
        {plan && <PlanView plan={plan} title={started ? "If you saved this now" : undefined} />}
        {plan && planProblem && <ProblemNote problem={planProblem} />}
        {test && <Test test={test} />}
        <Card title="Summary">
          <dl class="kv">
            {steps
              .filter((step) => step.value)
              .flatMap((step) => [<dt>{step.title}</dt>, <dd>{step.value}</dd>])}
          </dl>
        </Card>
      </div>
      <section class="card stack pin" aria-label="Start">
        <h2>{started ? "Save" : plan ? "Ready to start" : "Not ready yet"}</h2>
        <p class="small muted">
          {started
            ? plan?.change === "unchanged"
              ? "Nothing has been changed."
              : "Nothing has been saved. The job goes on with the new settings; only the difference is sent."
            : plan
              ? "Nothing has been sent. From the start on, the service does the rest by itself, also after a restart."
              : "As soon as everything is filled in, this shows what would be sent."}
        </p>
        {started ? (
          <button type="button" class="btn main tall" disabled={busy !== ""} onClick={saveChange}>
            Save the change
          </button>
        ) : (
          <button type="button" class="btn main tall" disabled={!plan || busy !== ""} onClick={start}>
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
        {(!started || planProblem) && (
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
        {!started && plan && <Then plan={plan} conversions={draft.type === "conversions_export"} existing={draft.existing_users} />}
      </section>
    </div>
  );
}

// What follows the start, and when.
function Then({ plan, conversions, existing }: { plan: Plan; conversions: boolean; existing: boolean }) {
  const minutes = several(Math.max(1, "minutes" in plan ? plan.minutes : 1), "minute");
  const steps: [string, string][] = conversions
    ? [
        [existing ? minutes : "at once", existing ? "the present members have been sent" : "who enters or leaves from then on is sent"],
        ["within an hour", "Pinterest counts events for targeting; later ones for reporting alone"],
      ]
    : [
        [minutes, "everybody has been sent"],
        ["every 5 minutes", "who came and went meanwhile follows, sooner when many wait"],
        ["up to 48 hours", "Pinterest matches them; Ads Manager shows the list from 100 matches on"],
      ];
  return (
    <div class="stack tight rule">
      <h3>And then</h3>
      <dl class="kv small">{steps.flatMap(([when, what]) => [<dt>{when}</dt>, <dd>{what}</dd>])}</dl>
    </div>
  );
}

// What Pinterest said of a few members' events, and what each of them held.
function Test({ test }: { test: JobTest }) {
  const [at, setAt] = useState(0);
  const { results = [], message = "", verdict = "nothing_sent" } = test;
  const one = results[at];
  return (
    <Card
      title="Test"
      aside={
        <Badge tone={test.status === 200 ? "ok" : "warn"} icon={test.status === 200 ? "check" : "warning"}>
          {test.status ? `Pinterest answered ${test.status}` : words(verdict)}
        </Badge>
      }
    >
      <p class="muted">
        {sentence(message) ||
          (test.events
            ? `Pinterest looked at ${several(test.events, "event")} of ${several(test.members, "member")} as a test and recorded nothing.`
            : "None of the members who were looked at makes a valid event, so nothing was sent.")}
      </p>
      {Object.entries(test.not_sent).map(([reason, n]) => (
        <p class="small muted">
          {words(reason)}: {several(n, "member")}
        </p>
      ))}
      {one && (
        <>
          <div class="row apart">
            <div class="row">
              <Badge tone={one.result.accepted ? "ok" : "warn"} icon={one.result.accepted ? "check" : "warning"}>
                {one.result.accepted ? "Accepted" : "Not accepted"}
              </Badge>
              <code>{one.profile_id.slice(0, 14)}…</code>
              <span class="small muted">{sentence(one.result.message)}</span>
            </div>
            <div class="row small">
              <button type="button" class="btn" disabled={at === 0} onClick={() => setAt(at - 1)}>
                Before
              </button>
              {at + 1} of {results.length}
              <button type="button" class="btn" disabled={at + 1 >= results.length} onClick={() => setAt(at + 1)}>
                Next
              </button>
            </div>
          </div>
          <ValuesTable values={one.values} />
        </>
      )}
    </Card>
  );
}

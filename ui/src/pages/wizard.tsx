// Making a job, in the order and with the names of the steps that Pinterest's integration is known by. Neighbouring
// steps share a screen; each keeps its number. Every change is kept in this browser; the service has the draft as soon
// as it is complete enough to be checked.
import { useEffect, useState } from "preact/hooks";

import { at, type At, call, get, type Problem, problemOf, Refused } from "../api/client";
import { useFields, useLoaded } from "../api/loaded";
import type { Audience, Authorization, PinterestFields, JobType } from "../api/types";
import { Card, Heading, Icon, Note, ProblemNote, ShownPage } from "../parts/basics";
import { people } from "../parts/format";
import { wrongAt } from "../parts/forms";
import { typeName } from "../parts/states";
import { goQuery, place } from "../router";
import { Advanced } from "./advanced";
import { Basics } from "./basic-steps";
import { ConversionSteps } from "./conversion-steps";
import { type Draft, draftOf, emptyDraft, nameFrom, settingsOf, useDraft } from "./draft";
import { ListSteps } from "./list-steps";
import { Review } from "./review";
import { screenTitle, stepsOf } from "./steps";
import { useSample, withSample } from "./sample";
import { TryValues } from "./try-values";

const paths: Record<JobType, string> = {
  audience_export: "/new-job/audience-export",
  conversions_export: "/new-job/conversions-export",
};

const noCatalogue: PinterestFields = { fields: [], event_names: [], action_sources: [] };

export function ChooseType() {
  const choices: [JobType, string][] = [
    ["audience_export", "A customer list at Pinterest kept equal to an audience, in real time: people are added as they enter and removed as they leave."],
    ["conversions_export", "Each person who enters or leaves an audience becomes a conversion event, for targeting and reporting."],
  ];
  return (
    <>
      <Heading title="Which job?" trail={<><a href="/jobs">Jobs</a> / New job</>} lead="Provider: Pinterest" />
      <ul class="cols wide">
        {choices.map(([type, says]) => (
          <li class="card stack">
            <h2>{typeName(type)}</h2>
            <p class="muted">{says}</p>
            <div class="row">
              <a class="btn main" href={paths[type]}>
                {typeName(type)}
                <Icon name="arrow" />
              </a>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

export function EditJob({ name }: { name: string }) {
  const job = useLoaded(at("/api/v1/jobs/{name}", name));
  return (
    <ShownPage title={name} of={job}>
      {(data) =>
        data.settings ? (
          <Wizard keep={"edit " + name} first={() => draftOf(name, data.settings ?? { type: data.type }, data.version)} started={data.state !== "Draft"} />
        ) : (
          <Note tone="warn">
            <p>The service does not give this job's settings, so they cannot be edited here.</p>
          </Note>
        )
      }
    </ShownPage>
  );
}

// A copy of a job: everything but its name, and a list of its own.
export function CopyJob({ name }: { name: string }) {
  const job = useLoaded(at("/api/v1/jobs/{name}", name));
  return (
    <ShownPage title={name} of={job}>
      {(data) => {
        const copy = () => {
          const draft = draftOf("", data.settings ?? { type: data.type });
          return { ...draft, saved: false, label: `${draft.label || name} (copy)`, list_id: "", list_shared: false };
        };
        return <Wizard keep={"copy " + name} first={copy} started={false} />;
      }}
    </ShownPage>
  );
}

export const NewJob = ({ type }: { type: JobType }) => <Wizard keep={type} first={() => emptyDraft(type)} started={false} />;

function Wizard({ keep, first, started }: { keep: string; first: () => Draft; started: boolean }) {
  const [draft, set, forget] = useDraft(keep, first);
  const [problem, setProblem] = useState<Problem | null>(null);
  const audiences = useLoaded(at("/api/v1/audiences"));
  const fields = useFields();
  const sample = useSample(draft.audience);
  const known = withSample(fields.data?.fields ?? [], sample.data);
  const targets = useLoaded(at("/api/v1/pinterest-fields"));
  const authorizations = useLoaded(at("/api/v1/authorizations"));
  const screen = Math.min(3, Math.max(1, Number(place.value.query.get("screen") ?? 1)));
  const audience = audiences.data?.audiences.find((each) => each.name === draft.audience);
  const authorization = authorizations.data?.authorizations.find((each) => each.name === draft.authorization);
  const steps = stepsOf(draft, { audience, authorization }, started);
  // The first thing still to do on this screen.
  const current = steps.findIndex((step) => step.screen === screen && !step.done);
  const to = (next: number) => {
    goQuery({ screen: String(next) }, "push");
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  };

  // A new authorization is made on its own page, which comes back here with its name.
  const back = place.value.query.get("authorization");
  useEffect(() => {
    if (!back) return;
    set({ authorization: back });
    authorizations.reload();
    goQuery({ authorization: null });
  }, [back]);

  const save = async (): Promise<string> => {
    try {
      const { name, version } = await put(draft);
      setProblem(null);
      set({ name, version, saved: true });
      return name;
    } catch (error) {
      setProblem(problemOf(error));
      throw error;
    }
  };

  // Somebody else has saved since: theirs instead of what is here, or this over theirs.
  const takeTheirs = async () => {
    const job = await get(at("/api/v1/jobs/{name}", draft.name));
    set(draftOf(draft.name, job.settings, job.version));
    setProblem(null);
  };
  const keepMine = async () => {
    const job = await get(at("/api/v1/jobs/{name}", draft.name));
    set({ version: job.version });
    setProblem(null);
  };
  const conflict = problem?.code === "changed_meanwhile";
  const wrong = (key: string) => wrongAt(problem, "/settings/" + key);
  const inputs = { draft, set, wrong };
  return (
    <>
      <Heading
        title={screenTitle(draft, screen, started)}
        trail={
          <>
            <a href="/jobs">Jobs</a> / {started ? "Change" : "New"} {typeName(draft.type)}
          </>
        }
      >
        <span class="small muted row">
          <Icon name="check" />
          {started ? "Kept in this browser until you save" : draft.saved ? "Draft saved" : "Kept in this browser"}
        </span>
      </Heading>
      <div class={screen === 3 ? "wizard last" : "wizard"}>
        <nav class="pin" aria-label="Steps of this job">
          <ol class="steps">
            {steps.map((step, i) => (
              <li value={i + 1} class={i === current ? "now" : step.done && step.screen <= screen ? "done" : ""}>
                <a
                  href={`${place.value.path}?screen=${step.screen}`}
                  {...(i === current && { "aria-current": "step" as const })}
                  onClick={(event) => {
                    event.preventDefault();
                    to(step.screen);
                    requestAnimationFrame(() => document.getElementById(`s${i + 1}`)?.scrollIntoView({ block: "start" }));
                  }}
                >
                  {step.title}
                </a>
                {step.value && <small>{step.value}</small>}
              </li>
            ))}
          </ol>
        </nav>
        <div class="stack">
          {conflict && <Conflict theirs={takeTheirs} mine={keepMine} />}
          {problem && !conflict && screen !== 3 && problem.errors === undefined && <ProblemNote problem={problem} />}
          {screen === 1 && (
            <Basics {...inputs} audiences={audiences.data?.audiences ?? []} authorizations={authorizations.data?.authorizations ?? []} />
          )}
          {screen === 2 &&
            (draft.type === "audience_export" ? (
              <ListSteps {...inputs} authorization={authorization} fields={known} />
            ) : (
              <ConversionSteps {...inputs} fields={known} catalogue={targets.data ?? noCatalogue} authorization={authorization} />
            ))}
          {screen === 2 && <Advanced {...inputs} />}
          {screen === 3 && <Review draft={draft} problem={conflict ? null : problem} save={save} started={started} onDone={forget} steps={steps} />}
          <div class="bar row apart">
            {screen > 1 ? (
              <button type="button" class="btn" onClick={() => to(screen - 1)}>
                <span>Back<span class="far">: {screenTitle(draft, screen - 1, started)}</span></span>
              </button>
            ) : (
              <a class="btn" href="/jobs">
                <span>Back<span class="far">: Jobs</span></span>
              </a>
            )}
            <div class="row">
              {screen < 3 && (
                <button
                  type="button"
                  class="btn main"
                  onClick={() => {
                    setProblem(null);
                    to(screen + 1);
                  }}
                >
                  <span>Next<span class="far">: {screenTitle(draft, screen + 1, started)}</span></span>
                </button>
              )}
            </div>
          </div>
        </div>
        {screen < 3 && (
          <aside class="pin stack" aria-label="What it would do">
            <Side draft={draft} audience={audience} authorization={authorization} />
            {screen === 2 && <TryValues draft={draft} sample={sample.data} />}
          </aside>
        )}
      </div>
    </>
  );
}

// Saves the draft as the job of its name. A draft that is saved for the first time never replaces a job that is there.
async function put(draft: Draft): Promise<{ name: string; version: string }> {
  const name = draft.name || nameFrom(draft.label);
  const path = at("/api/v1/jobs/{name}", name);
  if (!name) throw refuse("no_label", "the job has no label", "give it one: its name is made from it");
  if (!draft.saved && (await exists(path)))
    throw refuse("label_taken", `there is a job called ${name} already`, "choose another label: the name of the job is made from it");
  const answer = await call("PUT", path, { settings: settingsOf(draft) }, draft.saved && draft.version ? { version: draft.version } : {});
  return { name, version: answer.version };
}

const refuse = (code: string, detail: string, fix: string) =>
  new Refused({ status: 422, code, title: "", detail, fix, errors: [{ pointer: "/settings/label", code, message: detail, fix }] });

const exists = (path: At<"/api/v1/jobs/{name}">): Promise<boolean> =>
  get(path).then(
    () => true,
    (error) => {
      if (problemOf(error).status === 404) return false;
      throw error;
    },
  );

function Conflict({ theirs, mine }: { theirs: () => Promise<void>; mine: () => Promise<void> }) {
  return (
    <div role="alert">
      <Note tone="warn">
        <p>
          <b>Somebody has changed this job since you opened it.</b> Nothing of yours is saved yet, and nothing is lost: look at theirs, or go on with yours and save it over theirs.
        </p>
        <div class="row">
          <button type="button" class="btn" onClick={() => void theirs()}>
            Drop mine, show theirs
          </button>
          <button type="button" class="btn" onClick={() => void mine()}>
            Keep mine
          </button>
        </div>
      </Note>
    </div>
  );
}

function Side({ draft, audience, authorization }: { draft: Draft; audience: Audience | undefined; authorization: Authorization | undefined }) {
  return (
    <Card title="So far">
      <dl class="kv">
        <dt>Acts as</dt>
        <dd>{authorization ? authorization.label || authorization.name : "not chosen"}</dd>
        <dt>Audience</dt>
        <dd>{draft.audience ? (audience ? `${draft.audience}, ${people(audience.members)}` : `${draft.audience}, nobody yet`) : "not chosen"}</dd>
        <dt>Goes to</dt>
        <dd>
          {draft.type === "audience_export" ? (draft.list_id ? "an existing customer list" : "a new customer list") : "conversions"}
          {draft.ad_account && ` of ad account ${draft.ad_account}`}
        </dd>
      </dl>
      <p class="small muted">Nothing is sent before you have seen exactly what, and pressed <i>Start job</i>.</p>
      <p class="small">
        <a href="/help/jobs">About jobs</a>, <a href="/help/destinations">about destinations</a>
      </p>
    </Card>
  );
}

// Making a job, in the order and with the names of the steps that Pinterest's integration is known by. Neighbouring
// steps share a screen; each keeps its number. Every change is kept in this browser; the service has the draft as soon
// as it is complete enough to be checked.
import { useEffect, useRef, useState } from "preact/hooks";

import { call, problemOf, type Problem } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Audience, Authorization, Entry, Field, Job, JobType, PinterestField, Plan } from "../api/types";
import { Badge, Card, Heading, Icon, Note, ProblemNote, Shown } from "../parts/basics";
import { Field as FormField, Picker, SelectField, TextField, wrongAt, type Option } from "../parts/forms";
import { people, sentence, several, words } from "../parts/format";
import { HealthBadge, typeName } from "../parts/states";
import { go, goQuery, jobPath, place } from "../router";
import { may } from "../session";
import { draftOf, emptyDraft, nameFrom, settingsOf, useDraft, type Draft } from "./draft";
import { FieldMeta, fieldOptions, Mapping, whole } from "./mapping";
import { PlanView } from "./plan-view";

const paths: Record<JobType, string> = {
  audience_export: "/new-job/audience-export",
  conversions_export: "/new-job/conversions-export",
};

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
  const job = useLoaded<Job>(`/api/v1/jobs/${encodeURIComponent(name)}`);
  return (
    <Shown of={job}>
      {(data) =>
        data.settings ? (
          <Wizard keep={"edit " + name} first={() => draftOf(name, data.settings ?? { type: data.type })} started={data.state !== "Draft"} />
        ) : (
          <Note tone="warn">
            <p>The service does not give this job's settings, so they cannot be edited here.</p>
          </Note>
        )
      }
    </Shown>
  );
}

// A copy of a job: everything but its name, and a list of its own.
export function CopyJob({ name }: { name: string }) {
  const job = useLoaded<Job>(`/api/v1/jobs/${encodeURIComponent(name)}`);
  return (
    <Shown of={job}>
      {(data) => {
        const copy = () => {
          const draft = draftOf("", data.settings ?? { type: data.type });
          return { ...draft, saved: false, label: `${draft.label || name} (copy)`, list_id: "", list_shared: false };
        };
        return <Wizard keep={"copy " + name} first={copy} started={false} />;
      }}
    </Shown>
  );
}

export const NewJob = ({ type }: { type: JobType }) => <Wizard keep={type} first={() => emptyDraft(type)} started={false} />;

interface Step {
  title: string;
  screen: number;
  value: string;
  done: boolean;
}

function stepsOf(draft: Draft, known: { audience: Audience | undefined; authorization: Authorization | undefined }): Step[] {
  const mapped = (entries: Entry[]) => (whole(entries).length ? several(whole(entries).length, "field") : "");
  const basics: Step[] = [
    { title: "Provider", screen: 1, value: "Pinterest", done: true },
    { title: "Job type", screen: 1, value: typeName(draft.type), done: true },
    { title: "Authorization", screen: 1, value: known.authorization?.label || draft.authorization, done: draft.authorization !== "" },
    { title: "Label", screen: 1, value: draft.label, done: draft.label !== "" },
    { title: "Description", screen: 1, value: draft.description, done: draft.description !== "" },
    {
      title: "Audience",
      screen: 1,
      value: draft.audience && `${draft.audience}${known.audience ? `, ${people(known.audience.members)}` : ""}`,
      done: draft.audience !== "",
    },
  ];
  if (draft.type === "audience_export")
    return [
      ...basics,
      { title: "Pinterest Ad Account", screen: 2, value: draft.ad_account, done: draft.ad_account !== "" },
      { title: "Customer List", screen: 2, value: draft.list_id || "a new list", done: true },
      { title: "Email", screen: 2, value: draft.email || "not sent", done: draft.email !== "" },
      { title: "SHA256 Email", screen: 2, value: draft.sha256_email || "not sent", done: draft.sha256_email !== "" },
      { title: "Mobile ID", screen: 2, value: draft.mobile_id || "not sent", done: draft.mobile_id !== "" },
      { title: "Review and start", screen: 3, value: "", done: false },
    ];
  return [
    ...basics,
    { title: "Identifier Mapping", screen: 2, value: mapped(draft.identifiers), done: whole(draft.identifiers).length > 0 },
    { title: "Event Mapping", screen: 2, value: mapped(draft.event), done: whole(draft.event).length > 1 },
    { title: "Action Source Default", screen: 2, value: draft.action_source_default || "none", done: draft.action_source_default !== "" },
    { title: "Event Name Default", screen: 2, value: draft.event_name_default || "none", done: draft.event_name_default !== "" },
    { title: "Details Mapping", screen: 2, value: mapped(draft.details) || "none", done: whole(draft.details).length > 0 },
    { title: "Partner Name Default", screen: 2, value: draft.partner_name_default || "none", done: draft.partner_name_default !== "" },
    { title: "Existing Users", screen: 2, value: draft.existing_users ? "sent" : "not sent", done: true },
    { title: "Review and start", screen: 3, value: "", done: false },
  ];
}

const screenTitle = (draft: Draft, screen: number): string =>
  screen === 1
    ? "What is exported, and as whom"
    : screen === 3
      ? "Review and start"
      : draft.type === "audience_export"
        ? "List and identifiers"
        : "What Pinterest learns about each event";

function Wizard({ keep, first, started }: { keep: string; first: () => Draft; started: boolean }) {
  const [draft, set, forget] = useDraft(keep, first);
  const [problem, setProblem] = useState<Problem | null>(null);
  const audiences = useLoaded<{ audiences: Audience[] }>("/api/v1/audiences");
  const fields = useLoaded<{ fields: Field[] }>("/api/v1/fields");
  const targets = useLoaded<{ fields: PinterestField[] }>("/api/v1/pinterest-fields");
  const authorizations = useLoaded<{ authorizations: Authorization[] }>("/api/v1/authorizations");
  const screen = Math.min(3, Math.max(1, Number(place.value.query.get("screen") ?? 1)));
  const audience = audiences.data?.audiences.find((each) => each.name === draft.audience);
  const authorization = authorizations.data?.authorizations.find((each) => each.name === draft.authorization);
  const steps = stepsOf(draft, { audience, authorization });
  // The first thing still to do on this screen.
  const current = steps.findIndex((step) => step.screen === screen && !step.done);
  const to = (next: number) => {
    goQuery({ screen: String(next) });
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
    const name = draft.name || nameFrom(draft.label);
    if (!name) {
      const wrong: Problem = { status: 422, code: "no_label", title: "", detail: "the job has no label", fix: "give it one: its name is made from it" };
      setProblem(wrong);
      throw new Error("no label");
    }
    try {
      await call("PUT", `/api/v1/jobs/${encodeURIComponent(name)}`, { settings: settingsOf(draft) });
      setProblem(null);
      set({ name, saved: true });
      return name;
    } catch (error) {
      setProblem(problemOf(error));
      throw error;
    }
  };

  const wrong = (key: string) => wrongAt(problem, "/settings/" + key);
  const inputs = { draft, set, wrong };
  return (
    <>
      <Heading
        title={screenTitle(draft, screen)}
        trail={
          <>
            <a href="/jobs">Jobs</a> / {started ? "Change" : "New"} {typeName(draft.type)}
          </>
        }
      >
        <span class="small muted row">
          <Icon name="check" />
          {draft.saved ? "Draft saved" : "Kept in this browser"}
        </span>
      </Heading>
      <div class="wizard">
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
          {problem && screen !== 3 && problem.errors === undefined && <ProblemNote problem={problem} />}
          {screen === 1 && (
            <Basics {...inputs} audiences={audiences.data?.audiences ?? []} authorizations={authorizations.data?.authorizations ?? []} />
          )}
          {screen === 2 &&
            (draft.type === "audience_export" ? (
              <ListSteps {...inputs} authorization={authorization} fields={fields.data?.fields ?? []} />
            ) : (
              <ConversionSteps {...inputs} fields={fields.data?.fields ?? []} targets={targets.data?.fields ?? []} authorization={authorization} />
            ))}
          {screen === 3 && <Review draft={draft} problem={problem} save={save} started={started} onDone={forget} steps={steps} />}
          <div class="bar row apart">
            {screen > 1 ? (
              <button type="button" class="btn" onClick={() => to(screen - 1)}>
                Back: {screenTitle(draft, screen - 1)}
              </button>
            ) : (
              <a class="btn" href="/jobs">
                Back: Jobs
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
                  Next: {screenTitle(draft, screen + 1)}
                </button>
              )}
            </div>
          </div>
        </div>
        <aside class="pin stack" aria-label="What it would do">
          <Side draft={draft} audience={audience} authorization={authorization} screen={screen} />
        </aside>
      </div>
    </>
  );
}

interface Inputs {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  wrong: (key: string) => string | undefined;
}

function Basics({ draft, set, wrong, audiences, authorizations }: Inputs & { audiences: Audience[]; authorizations: Authorization[] }) {
  const here = place.value.path;
  return (
    <>
      <section class="card stack" id="s3">
        <fieldset class="stack tight">
          <legend>3. Authorization</legend>
          <p class="small muted">As whom the job acts at Pinterest.</p>
          {authorizations.map((each) => {
            const token = each.method === "conversion_token";
            const unfit = token && draft.type === "audience_export";
            return (
              <label class="choice" key={each.name}>
                <input
                  type="radio"
                  name="authorization"
                  checked={draft.authorization === each.name}
                  disabled={unfit}
                  onChange={() => set({ authorization: each.name, ...(token && each.ad_account && { ad_account: each.ad_account }) })}
                />
                <span class="grow">
                  <b>{each.label || each.name}</b> <HealthBadge health={each.health} />
                  <br />
                  <span class="small muted">
                    {token ? "Pinterest Conversion Token" : "Pinterest Sign-In"}
                    {each.ad_account && `, ad account ${each.ad_account}`}
                    {unfit && ". A conversion token cannot change lists: choose a Pinterest Sign-In."}
                  </span>
                </span>
              </label>
            );
          })}
          {wrong("authorization") && <p class="small t-red">{wrong("authorization")}</p>}
          <div class="row">
            {may("admin") ? (
              <a class="btn" href={`/authorizations/new?back=${encodeURIComponent(here)}`}>
                <Icon name="plus" />
                New authorization
              </a>
            ) : (
              <p class="small muted">Another one? Ask an administrator to make it.</p>
            )}
          </div>
        </fieldset>
      </section>
      <section class="card stack">
        <div id="s4">
          <TextField
            label="4. Label"
            hint={`What people read.${draft.saved ? "" : nameFrom(draft.label) ? ` In files and on the command line it is called ${nameFrom(draft.label)}.` : ""}`}
            value={draft.label}
            onValue={(label) => set({ label })}
            wrong={wrong("label") ?? wrong("name")}
          />
        </div>
        <div id="s5">
          <TextField label="5. Description" optional value={draft.description} onValue={(description) => set({ description })} wrong={wrong("description")} />
        </div>
      </section>
      <section class="card stack" id="s6">
        <FormField
          label="6. Audience"
          hint={draft.type === "audience_export" ? "Its members are to be on the list." : "Whoever enters or leaves it becomes a conversion."}
          wrong={wrong("audience")}
        >
          {({ id: _, ...described }) => (
            <Picker
              label="6. Audience"
              value={draft.audience}
              free
              placeholder="Choose an audience"
              options={audiences.map((each) => ({ value: each.name, text: each.name, note: people(each.members) }))}
              onValue={(value) => set({ audience: value })}
              {...(described["aria-describedby"] && { describedBy: described["aria-describedby"] })}
            />
          )}
        </FormField>
        {draft.audience && !audiences.some((each) => each.name === draft.audience) && (
          <Note tone="warn">
            <p>
              <b>Nobody has entered “{draft.audience}” yet.</b> The job waits for the first person. Check the spelling if you expected people.
            </p>
          </Note>
        )}
      </section>
    </>
  );
}

interface Account {
  id: string;
  name: string;
  permissions: string[];
  job_types: JobType[];
}

function AdAccount({ draft, set, wrong, authorization, number }: Inputs & { authorization: Authorization | undefined; number: string }) {
  const asks = authorization && authorization.method === "sign_in";
  const accounts = useLoaded<{ ad_accounts: Account[] }>(asks ? `/api/v1/authorizations/${encodeURIComponent(authorization.name)}/ad-accounts` : null);
  const options: Option[] = (accounts.data?.ad_accounts ?? []).map((each) => ({
    value: each.id,
    text: `${each.name}, ${each.id}`,
    note: each.job_types.includes(draft.type) ? each.permissions.map((p) => words(p.toLowerCase())).join(", ") : "your role there does not allow this job",
  }));
  const chosen = accounts.data?.ad_accounts.find((each) => each.id === draft.ad_account);
  return (
    <section class="card stack" id="s7">
      <div class="field">
        <div class="row apart">
          <h2>{number}Pinterest Ad Account</h2>
          {asks && (
            <button type="button" class="btn" onClick={accounts.reload}>
              <Icon name="again" />
              Refresh
            </button>
          )}
        </div>
        <Picker
          label="Pinterest Ad Account"
          value={draft.ad_account}
          free
          placeholder="Name or number"
          options={options}
          onValue={(value) => set({ ad_account: value, list_id: "" })}
        />
        {wrong("ad_account") && <p class="small t-red">{wrong("ad_account")}</p>}
        {accounts.problem && <ProblemNote problem={accounts.problem} />}
        {chosen && !chosen.job_types.includes(draft.type) && (
          <Note tone="bad">
            <p>
              <b>Your role on {chosen.name} does not allow this job.</b> Its owner can give you Admin or Audience under Business Access at Pinterest; then press <i>Refresh</i>.
            </p>
          </Note>
        )}
        {!authorization && <p class="small muted">Choose an authorization first, and its accounts are offered here.</p>}
      </div>
    </section>
  );
}

interface RemoteList {
  id: string;
  name: string;
  status: string;
  records_uploaded: number;
  made_by_us: boolean;
  used_by: string[];
}

function ListSteps({ draft, set, wrong, authorization, fields }: Inputs & { authorization: Authorization | undefined; fields: Field[] }) {
  const asks = authorization && draft.ad_account && authorization.method === "sign_in";
  const [append, setAppend] = useState(draft.list_id !== "");
  const lists = useLoaded<{ lists: RemoteList[] }>(
    asks && append ? `/api/v1/authorizations/${encodeURIComponent(authorization.name)}/lists?ad_account=${encodeURIComponent(draft.ad_account)}` : null,
  );
  const chosen = lists.data?.lists.find((each) => each.id === draft.list_id);
  const mails = draft.email !== "" || draft.sha256_email !== "";
  const maidList = append && draft.list_id !== "" && draft.list_type === "MAID";
  const mailList = append && draft.list_id !== "" && draft.list_type === "EMAIL";
  return (
    <>
      <AdAccount draft={draft} set={set} wrong={wrong} authorization={authorization} number="7. " />
      <section class="card stack" id="s8">
        <div>
          <h2>
            8. Customer List <span class="opt small">optional</span>
          </h2>
          <p class="small muted">Without a choice a new list is made with the first people.</p>
        </div>
        <label class="choice">
          <input type="radio" name="list" checked={!append} onChange={() => { setAppend(false); set({ list_id: "" }); }} />
          <span class="grow">
            <b>A new list</b>
            <br />
            <span class="small muted">
              It will be called <code>Pinrelay {draft.audience || "audience"} …</code>. Ads Manager shows it once at least 100 accounts match, which takes up to 48 hours.
            </span>
          </span>
        </label>
        <label class="choice">
          <input type="radio" name="list" checked={append} onChange={() => setAppend(true)} />
          <span class="grow">
            <b>Append to an existing list</b>
            <br />
            <span class="small muted">People who are on it already stay. You say which type it has, because Pinterest does not tell.</span>
          </span>
        </label>
        {append && (
          <div class="stack">
            {!asks && <p class="small muted">Choose authorization and ad account first, and the lists are offered here.</p>}
            <div class="row">
              <div class="grow">
                <Picker
                  label="Customer list"
                  value={draft.list_id}
                  placeholder="Name of the list"
                  free
                  options={(lists.data?.lists ?? []).map((each) => ({ value: each.id, text: each.name, note: `${words(each.status.toLowerCase())}${each.used_by.length ? `, used by ${each.used_by.join(", ")}` : ""}` }))}
                  onValue={(value) => set({ list_id: value })}
                />
              </div>
              <button type="button" class="btn" onClick={lists.reload}>
                <Icon name="again" />
                Refresh
              </button>
            </div>
            {lists.problem && <ProblemNote problem={lists.problem} />}
            {wrong("list") && <p class="small t-red">{wrong("list")}</p>}
            <fieldset class="row">
              <legend class="small">What does this list hold? Pinterest does not tell, so this is asked once.</legend>
              {[["EMAIL", "E-mail addresses (EMAIL)"] as const, ["MAID", "Mobile ad ids (MAID)"] as const].map(([value, text]) => (
                <label class="row">
                  <input type="radio" name="list-type" checked={draft.list_type === value} onChange={() => set({ list_type: value })} /> {text}
                </label>
              ))}
            </fieldset>
            {chosen && chosen.used_by.filter((name) => name !== draft.name).length > 0 && (
              <label class="choice">
                <input type="checkbox" checked={draft.list_shared} onChange={(event) => set({ list_shared: event.currentTarget.checked })} />
                <span class="grow">
                  <b>Share it with {chosen.used_by.join(", ")}</b>
                  <br />
                  <span class="small muted">The list then holds everybody whom any of these jobs wants there.</span>
                </span>
              </label>
            )}
          </div>
        )}
      </section>
      {(
        [
          ["email", "9. Email", "s9", "Which field contains the e-mail address? It is normalised and hashed before it leaves. Makes this an EMAIL list."],
          ["sha256_email", "10. SHA256 Email", "s10", "If addresses are hashed already, which field contains the hash? Can be combined with Email."],
          ["mobile_id", "11. Mobile ID", "s11", "Which field contains the mobile ad id? Needs a MAID list of its own."],
        ] as const
      ).map(([key, label, id, hint]) => {
        const maid = key === "mobile_id";
        const why = maid ? (mails ? "Not with Email: a list holds one type of identifier." : mailList ? "The list holds e-mail addresses." : "") : draft.mobile_id ? "Not with Mobile ID: a list holds one type of identifier." : maidList ? "The list holds mobile ad ids." : "";
        return (
          <section class="card stack" id={id}>
            <FormField label={label} optional hint={hint} wrong={key === "email" ? wrong("identifiers") : undefined}>
              {({ id: inputId, ...described }) =>
                why && !draft[key] ? (
                  <>
                    <input id={inputId} disabled value="Do not send" {...described} />
                    <p class="small row">
                      <Icon name="help" />
                      {why}
                    </p>
                  </>
                ) : (
                  <Picker
                    label={label.replace(/^\d+\. /, "")}
                    value={draft[key]}
                    placeholder="Do not send"
                    free
                    options={[{ value: "", text: "Do not send" }, ...fieldOptions(fields)]}
                    onValue={(value) => set({ [key]: value })}
                    {...(described["aria-describedby"] && { describedBy: described["aria-describedby"] })}
                  />
                )
              }
            </FormField>
            {draft[key] && (
              <div class="row small">
                <FieldMeta field={fields.find((each) => each.name === draft[key])} />
              </div>
            )}
          </section>
        );
      })}
    </>
  );
}

// Standard events of Pinterest, most used first.
const eventNames: [string, string][] = [
  ["checkout", "a purchase"], ["add_to_cart", "something put into the cart"], ["page_visit", "a page was seen"],
  ["signup", "an account was made"], ["lead", "interest was shown"], ["search", "a search on the site"],
  ["view_category", "a category was seen"], ["watch_video", "a video was watched"], ["custom", "anything else"],
];

function ConversionSteps({ draft, set, wrong, fields, targets, authorization }: Inputs & { fields: Field[]; targets: PinterestField[]; authorization: Authorization | undefined }) {
  const identified = whole(draft.identifiers);
  const matched = identified.some((entry) => ["em", "hashed_maids"].includes(Object.values(entry)[0] ?? ""));
  const both = ["client_ip_address", "client_user_agent"].every((target) => identified.some((entry) => Object.values(entry)[0] === target));
  const needed = ["event_id", "event_time", ...(draft.event_name_default ? [] : ["event_name"]), ...(draft.action_source_default ? [] : ["action_source"])];
  const missing = needed.filter((target) => !whole(draft.event).some((entry) => Object.values(entry)[0] === target));
  // The required targets stand there from the beginning: only our side has to be chosen.
  useEffect(() => {
    if (draft.event.length === 0) set({ event: [{ "": "event_id" }] });
    if (draft.identifiers.length === 0) set({ identifiers: [{ "": "em" }] });
  }, []);
  const common = { fields, targets };
  return (
    <>
      {authorization?.method !== "conversion_token" && <AdAccount draft={draft} set={set} wrong={wrong} authorization={authorization} number="" />}
      <Mapping
        {...common}
        id="s7m"
        title="7. Identifier Mapping"
        group="identifiers"
        entries={draft.identifiers}
        onEntries={(identifiers) => set({ identifiers })}
        required={[]}
        wrong={wrong("identifiers")}
        aside={
          matched || both ? (
            <span class="small t-green row">
              <Icon name="check" />
              Enough to match
            </span>
          ) : (
            <span class="small t-amber row">
              <Icon name="warning" />
              An e-mail address, a mobile ad id, or IP address and user agent
            </span>
          )
        }
      />
      <Mapping
        {...common}
        id="s8"
        title="8. Event Mapping"
        group="event"
        entries={draft.event}
        onEntries={(event) => set({ event })}
        required={["event_id", "event_time"]}
        wrong={wrong("event")}
        aside={
          <span class={"small " + (missing.length ? "t-amber" : "muted")}>
            {missing.length ? `Still to be mapped: ${missing.map((each) => words(each)).join(", ")}` : "Event time and event ID always; the others unless they have a default"}
          </span>
        }
      />
      <div class="cols wide">
        <section class="card" id="s9">
          <SelectField
            label="9. Action Source Default"
            optional
            hint="Where it happened, when none is mapped or the field is empty."
            none="None"
            value={draft.action_source_default}
            onValue={(value) => set({ action_source_default: value })}
            options={["web", "app_ios", "app_android", "offline"].map((value) => ({ value, text: words(value) }))}
            wrong={wrong("action_source_default")}
          />
        </section>
        <section class="card" id="s10">
          <SelectField
            label="10. Event Name Default"
            optional
            hint="What happened, when none is mapped or the field is empty."
            none="None"
            value={draft.event_name_default}
            onValue={(value) => set({ event_name_default: value })}
            options={eventNames.map(([value, text]) => ({ value, text: `${value}: ${text}` }))}
            wrong={wrong("event_name_default")}
          />
        </section>
      </div>
      <Mapping
        {...common}
        id="s11"
        title="11. Details Mapping"
        group="details"
        entries={draft.details}
        onEntries={(details) => set({ details })}
        required={[]}
        wrong={wrong("details")}
        aside={<span class="small muted">Value and currency first</span>}
      />
      <section class="card stack" id="s12">
        <TextField
          label="12. Partner Name Default"
          optional
          hint="Leave it empty unless Pinterest gave you one; it begins with ss-."
          value={draft.partner_name_default}
          onValue={(value) => set({ partner_name_default: value })}
          wrong={wrong("partner_name_default")}
        />
      </section>
      <section class="card stack" id="s13">
        <label class="choice">
          <input type="checkbox" checked={draft.existing_users} onChange={(event) => set({ existing_users: event.currentTarget.checked })} />
          <span class="grow">
            <b>13. Existing Users</b>
            <br />
            <span class="small muted">Send people who are in the audience already, too, once, when the job starts.</span>
          </span>
        </label>
        <p class="small muted">Events older than an hour count as offline at Pinterest: for reporting, not for targeting.</p>
      </section>
    </>
  );
}

function Side({ draft, audience, authorization, screen }: { draft: Draft; audience: Audience | undefined; authorization: Authorization | undefined; screen: number }) {
  if (screen === 3) return null;
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
    </Card>
  );
}

interface TestAnswer {
  members: number;
  events: number;
  status: number;
  verdict: string;
  message: string;
  not_sent: Record<string, number>;
  results: { profile_id: string; values: { field: string; target: string; raw: string[]; sent: unknown }[]; result: { accepted: boolean | null; message: string } }[];
}

function Review({
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

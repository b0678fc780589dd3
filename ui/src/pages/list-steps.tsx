// Steps 7 to 11 of an Audience Export: ad account, customer list, and what identifies a person.
import { useState } from "preact/hooks";

import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Authorization, JobType } from "../api/types";
import { Icon, Note, ProblemNote } from "../parts/basics";
import { words } from "../parts/format";
import { Field as FormField, type Option, Picker } from "../parts/forms";
import type { Inputs } from "./basic-steps";
import { FieldMeta, fieldOptions } from "./mapping";
import type { KnownField } from "./sample";

export interface Account {
  id: string;
  name: string;
  permissions: string[];
  job_types: JobType[];
}

export function AdAccount({ draft, set, wrong, authorization, number }: Inputs & { authorization: Authorization | undefined; number: string }) {
  const asks = authorization && authorization.method === "sign_in";
  const accounts = useLoaded(asks ? at("/api/v1/authorizations/{name}/ad-accounts", authorization.name) : null);
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

export function ListSteps({ draft, set, wrong, authorization, fields }: Inputs & { authorization: Authorization | undefined; fields: KnownField[] }) {
  const asks = authorization && draft.ad_account && authorization.method === "sign_in";
  const [append, setAppend] = useState(draft.list_id !== "");
  const lists = useLoaded(
    asks && append ? at("/api/v1/authorizations/{name}/lists", authorization.name, { ad_account: draft.ad_account }) : null,
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

// Steps 3 to 6, which both jobs have: as whom, what it is called, and whom it is about.
import type { Audience, Authorization } from "../api/types";
import { Icon, Note } from "../parts/basics";
import { people } from "../parts/format";
import { Field as FormField, Picker, TextField } from "../parts/forms";
import { HealthBadge } from "../parts/states";
import { place } from "../router";
import { may } from "../session";
import { type Draft, nameFrom } from "./draft";

export interface Inputs {
  draft: Draft;
  set: (changes: Partial<Draft>) => void;
  wrong: (key: string) => string | undefined;
}

export function Basics({ draft, set, wrong, audiences, authorizations }: Inputs & { audiences: Audience[]; authorizations: Authorization[] }) {
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

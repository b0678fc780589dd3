// Steps 7 to 13 of a Conversions Export: the mapping, the defaults, and who is sent at the start.
import { useEffect } from "preact/hooks";

import type { Authorization, PinterestFields } from "../api/types";
import { Icon } from "../parts/basics";
import { sentence, words } from "../parts/format";
import { SelectField, TextField } from "../parts/forms";
import type { Inputs } from "./basic-steps";
import { AdAccount } from "./list-steps";
import { mapped, whole } from "./entry";
import { Mapping } from "./mapping";
import type { KnownField } from "./sample";

// The first sentence of a help text, to stand behind a name.
const inShort = (help: string): string => help.replace(/`/g, "").split(". ")[0]?.replace(/\.$/, "").toLowerCase() ?? "";

const sources: Record<string, string> = { web: "on a site", app_ios: "in an app on iOS", app_android: "in an app on Android", offline: "in a shop or by phone" };

export function ConversionSteps({ draft, set, wrong, fields, catalogue, authorization }: Inputs & { fields: KnownField[]; catalogue: PinterestFields; authorization: Authorization | undefined }) {
  const identified = whole(draft.identifiers);
  const matched = identified.some((entry) => ["em", "hashed_maids"].includes(entry.to));
  const both = ["client_ip_address", "client_user_agent"].every((target) => identified.some(({ to }) => to === target));
  const needed = ["event_id", "event_time", ...(draft.event_name_default ? [] : ["event_name"]), ...(draft.action_source_default ? [] : ["action_source"])];
  const missing = needed.filter((target) => !whole(draft.event).some(({ to }) => to === target));
  // The required targets stand there from the beginning: only our side has to be chosen.
  useEffect(() => {
    if (draft.event.length === 0) set({ event: [mapped("", "event_id")] });
    if (draft.identifiers.length === 0) set({ identifiers: [mapped("", "em")] });
  }, []);
  const common = { fields, targets: catalogue.fields };
  const eventName = catalogue.event_names.find((each) => each.name === draft.event_name_default);
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
          identified.length === 0 ? (
            <span class="small muted">At least one that Pinterest can match</span>
          ) : matched || both ? (
            <span class="small t-green row">
              <Icon name="check" />
              Enough to match
            </span>
          ) : (
            <span class="small t-amber row">
              <Icon name="warning" />
              Not enough yet: an e-mail address, a mobile ad id, or IP address and user agent
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
            options={catalogue.action_sources.map((value) => ({ value, text: `${value}: ${sources[value] ?? words(value)}` }))}
            wrong={wrong("action_source_default")}
          />
        </section>
        <section class="card" id="s10">
          <SelectField
            label="10. Event Name Default"
            optional
            hint={`What happened, when none is mapped or the field is empty.${eventName?.help ? ` ${sentence(eventName.help)}` : ""}`}
            none="None"
            value={draft.event_name_default}
            onValue={(value) => set({ event_name_default: value })}
            options={catalogue.event_names.filter((each) => each.described || each.name === draft.event_name_default).map((each) => ({ value: each.name, text: `${each.name}: ${inShort(each.help)}` }))}
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

// Every setting that the steps do not ask for, made from the service's own table of settings.
import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { JobSettingKey } from "../api/types";
import { Shown } from "../parts/basics";
import { words } from "../parts/format";
import { SelectField, TextField } from "../parts/forms";
import type { Inputs } from "./basic-steps";

type Values = Record<string, unknown>;

const valueAt = (values: Values, key: string): unknown =>
  key.split(".").reduce<unknown>((from, part) => (from as Values | undefined)?.[part], values);

// The settings with `key` set, or without it where `value` is undefined; an emptied group goes too.
function withValue(values: Values, key: string, value: unknown): Values {
  const [first = "", ...rest] = key.split(".");
  const out = { ...values };
  const inner = rest.length ? withValue((out[first] as Values | undefined) ?? {}, rest.join("."), value) : value;
  if (inner === undefined || (rest.length && Object.keys(inner as Values).length === 0)) delete out[first];
  else out[first] = inner;
  return out;
}

const shown = (value: unknown): string => (value === null || value === undefined ? "" : value === true ? "yes" : value === false ? "no" : String(value));
const titleOf = (key: string): string => words(key.replace(".", ": "));

const isAsked = (setting: JobSettingKey, type: string): boolean =>
  setting.level === "advanced" && setting.job_types.includes(type as never) && !["group", "mapping", "option"].includes(setting.type);

export function Advanced({ draft, set, wrong }: Inputs) {
  const all = useLoaded(at("/api/v1/job-settings"));
  const mine = all.data?.settings.filter((each) => isAsked(each, draft.type)) ?? [];
  // The service gives every setting of a job that is saved, also those that are as they come.
  const isChanged = (each: JobSettingKey) => ![undefined, each.default].includes(valueAt(draft.other, each.key) as never);
  const changed = mine.filter(isChanged);
  const put = (key: string, value: unknown) => set({ other: withValue(draft.other, key, value) });
  return (
    <details class="card" id="advanced">
      <summary>
        Advanced{changed.length > 0 && `: ${changed.map((each) => titleOf(each.key)).join(", ")}`}{" "}
        <span class="opt">{changed.length ? "changed" : `${mine.length} settings, all as they come`}</span>
      </summary>
      <Shown of={all}>
        {() => (
          <div class="cols wide">
            {mine.map((setting) => (
              <OneSetting
                key={setting.key}
                setting={setting}
                value={isChanged(setting) ? valueAt(draft.other, setting.key) : undefined}
                put={(value) => put(setting.key, value)}
                wrong={wrong(setting.key.replace(".", "/"))}
              />
            ))}
          </div>
        )}
      </Shown>
    </details>
  );
}

function OneSetting({ setting, value, put, wrong }: { setting: JobSettingKey; value: unknown; put: (value: unknown) => void; wrong: string | undefined }) {
  const standard = setting.default === null ? "none" : shown(setting.default);
  const common = { label: titleOf(setting.key), hint: setting.help.replace(/`/g, ""), wrong };
  const choices = setting.type === "flag" ? ["true", "false"] : setting.choices;
  if (choices)
    return (
      <SelectField
        {...common}
        value={value === undefined ? "" : String(value)}
        none={`As it comes: ${standard}`}
        options={choices.map((each) => ({ value: each, text: setting.type === "flag" ? (each === "true" ? "yes" : "no") : each }))}
        onValue={(text) => put(text === "" ? undefined : setting.type === "flag" ? text === "true" : text)}
      />
    );
  return (
    <TextField
      {...common}
      value={shown(value)}
      placeholder={setting.default === null ? "" : `As it comes: ${standard}`}
      onValue={(text) => put(text.trim() === "" ? undefined : setting.type === "count" && /^\d+$/.test(text.trim()) ? Number(text) : text)}
    />
  );
}

// The mapping editor: our field on the left with what is known of it, Pinterest's on the right with what it takes.
import { useState } from "preact/hooks";

import type { PinterestField } from "../api/types";
import { Card, Icon, Note } from "../parts/basics";
import { Picker } from "../parts/forms";
import { count, percent, several } from "../parts/format";
import { say } from "../parts/dialogs";
import { type Entry, fieldOf, isConstant, mapped } from "./entry";
import type { KnownField } from "./sample";

// Pinterest's names are the API's; people know them by these.
const titles: Record<string, string> = {
  em: "E-mail address", ph: "Phone number", hashed_maids: "Mobile ad id", client_ip_address: "IP address",
  client_user_agent: "User agent", click_id: "Click ID", external_id: "External ID", fn: "First name", ln: "Last name",
  ge: "Gender", db: "Date of birth", ct: "City", st: "State", zp: "Postal code", country: "Country",
  event_id: "Event ID", event_time: "Event time", event_name: "Event name", action_source: "Action source",
  event_source_url: "Event source URL", opt_out: "Opt-out", partner_name: "Partner name", value: "Value",
  currency: "Currency", order_id: "Order ID", content_ids: "Content IDs", content_name: "Content name",
  content_category: "Content category", content_brand: "Content brand", num_items: "Number of items",
  search_string: "Search string", partner_id: "Partner ID",
};
export const titleOf = (target: string): string => titles[target] ?? target;

// Names that people give their fields, and what they most likely mean.
const likely: Record<string, string[]> = {
  em: ["email", "e_mail", "mail", "email_address"], ph: ["phone", "mobile", "telephone", "phone_number"],
  hashed_maids: ["maid", "mobile_id", "idfa", "gaid"], client_ip_address: ["ip", "ip_address", "client_ip"],
  client_user_agent: ["user_agent", "useragent", "ua"], external_id: ["user_id", "customer_id", "external_id", "uid"],
  click_id: ["epik", "click_id"], fn: ["first_name", "firstname"], ln: ["last_name", "lastname", "surname"],
  ct: ["city"], zp: ["zip", "postcode", "postal_code", "zip_code"], country: ["country", "country_code"],
  event_id: ["event_id", "order_id", "message_id"], event_time: ["event_time", "ordered_at", "timestamp", "at", "time", "created_at"],
  event_name: ["event", "event_name"], value: ["value", "total", "revenue", "amount", "price"], currency: ["currency"],
  order_id: ["order_id"], content_name: ["content_name", "product_name"], content_ids: ["product_ids", "skus"],
};

export function suggestions(fields: KnownField[], targets: PinterestField[], entries: Entry[]): Entry[] {
  const taken = new Set(entries.map(({ to }) => to));
  const out: Entry[] = [];
  for (const { target } of targets) {
    if (taken.has(target)) continue;
    const name = (likely[target] ?? [target]).find((each) => fields.some((field) => field.name.toLowerCase() === each));
    const field = fields.find((each) => each.name.toLowerCase() === name);
    if (field) out.push(mapped(field.name, target));
  }
  return out.slice(0, 4);
}

export function FieldMeta({ field }: { field: KnownField | undefined }) {
  if (!field) return <span class="t-amber">nobody has this field yet</span>;
  const whose = field.sample === undefined ? "all people" : "this audience";
  return (
    <>
      <span>{typeWord(field.type)}</span>
      <svg class="meter thin" aria-hidden="true">
        <rect class={shareOf(field) >= 50 ? "green" : "amber"} width={`${shareOf(field)}%`} height="8" />
      </svg>
      <span>{shareOf(field) > 0 ? `${percent(shareOf(field), 100)} of ${whose}` : whose === "all people" ? "nobody has it" : "no member has it"}</span>
      {field.sample?.values[0] && <span class="mono">{field.sample.values[0]}</span>}
    </>
  );
}

const typeWords: Record<string, string> = { string: "text", int: "whole number", bool: "yes/no", array: "list" };
export const typeWord = (type: string): string => typeWords[type] ?? type;

const shareOf = (field: KnownField): number => (field.sample === undefined ? field : field.sample)?.coverage_percent ?? 0;

// Points in time come first where a time is wanted.
const isTime = (field: KnownField): boolean => field.type === "date";

// Fields that members have come before those that nobody in the audience has.
export const fieldOptions = (fields: KnownField[], target = "") =>
  [...fields]
    .sort((a, b) => (target === "event_time" ? Number(isTime(b)) - Number(isTime(a)) : 0) || Number(a.sample === null) - Number(b.sample === null))
    .map((field) => ({
      value: field.name,
      text: field.name,
      note: [typeWord(field.type), percent(shareOf(field), 100), field.sample?.values[0], target === "event_time" && isTime(field) && "recommended"].filter(Boolean).join(", "),
    }));

// What may go wrong with this field for this target, told before it does.
function Risk({ field, target }: { field: KnownField | undefined; target: string }) {
  if (!field || target !== "event_time" || isTime(field)) return null;
  const times = field.sample?.as_time;
  return (
    <div class="full">
      <Note tone="warn">
        <p>
          <b>This is {typeWord(field.type)}, not a date.</b> Each value is read as well as it can be; one that can be read in two ways, such as 03/04/2026, or not at all is reported. Try one of yours under <i>What would be sent of somebody</i>, or map a field of type date.
        </p>
        {times && (
          <p>
            Of {several(times.read + times.ambiguous + times.unreadable, "value")} in this audience {count(times.read)} can be read as a time, {count(times.ambiguous)} in two ways, {count(times.unreadable)} not at all. They look like{" "}
            {times.forms.slice(0, 4).map((form, i) => (
              <>
                {i > 0 && ", "}
                <code>{form}</code>
              </>
            ))}
            {" "}(9 stands for a digit, a for a letter).
          </p>
        )}
      </Note>
    </div>
  );
}

const nameOf = (entry: Entry | undefined): string => (entry && (fieldOf(entry) || (entry.to && titleOf(entry.to)))) || "this row";

const FIRST_OF_MAX = 10;

// Where the value comes from: our field, others to ask where it has none, and what holds where none has; or a constant.
function From({ id, entry, known, fields, change }: { id: string; entry: Entry; known: PinterestField | undefined; fields: KnownField[]; change: (entry: Entry) => void }) {
  const [opened, open] = useState(false);
  const { to, fields: asked, fixed } = entry;
  const fix = (
    <input
      id={id + "-fixed"}
      aria-label={isConstant(entry) ? `The same for everybody${to ? " as " + titleOf(to) : ""}` : `${titleOf(to)} where no field has a value`}
      placeholder={isConstant(entry) ? "The same for everybody" : "Where no field has a value"}
      value={fixed}
      maxLength={128}
      spellcheck={false}
      onInput={(event) => change({ ...entry, fixed: event.currentTarget.value })}
    />
  );
  if (isConstant(entry))
    return (
      <div>
        {fix}
        <div class="meta">
          <span class="tag">Constant</span>
          {known && !known.constant && <span class="t-amber">{titleOf(to)} is not the same for everybody</span>}
        </div>
      </div>
    );
  const ask = (at: number, field: string) => change({ ...entry, fields: asked.map((old, i) => (i === at ? field : old)) });
  const more = () => {
    change({ ...entry, fields: [...asked, ""] });
    requestAnimationFrame(() => [...document.querySelectorAll<HTMLElement>(`#${id}-from .or [role=combobox]`)].at(-1)?.focus());
  };
  const showsDefault = opened || fixed !== "";
  return (
    <div id={id + "-from"}>
      {asked.map((field, at) => (
        <div class={at > 0 ? "or" : ""}>
          {at > 0 && <span class="small muted">or else</span>}
          <Picker
            label={at === 0 ? `Our field${to ? " for " + titleOf(to) : ""}` : `Or else${to ? " for " + titleOf(to) : ""}`}
            placeholder="Our field"
            value={field}
            options={fieldOptions(fields, to)}
            free
            onValue={(value) => ask(at, value)}
          />
          {at > 0 && (
            <button type="button" class="btn icon bare" aria-label={`Do not ask ${field || "this field"}`} onClick={() => change({ ...entry, fields: asked.filter((_, i) => i !== at) })}>
              <Icon name="cross" />
            </button>
          )}
          <div class="meta">{field && <FieldMeta field={fields.find((each) => each.name === field)} />}</div>
        </div>
      ))}
      {showsDefault && (
        <div class="or">
          <span class="small muted">otherwise</span>
          {fix}
        </div>
      )}
      {fieldOf(entry) && to && (
        <div class="meta">
          {asked.length < FIRST_OF_MAX && (
            <button type="button" class="btn bare small" onClick={more}>Or else another field</button>
          )}
          {known?.default && !showsDefault && (
            <button
              type="button"
              class="btn bare small"
              onClick={() => {
                open(true);
                requestAnimationFrame(() => document.getElementById(id + "-fixed")?.focus());
              }}
            >
              Or a default
            </button>
          )}
          {known && !known.default && fixed && <span class="t-amber">{titleOf(to)} is not the same for everybody</span>}
        </div>
      )}
    </div>
  );
}

export function Mapping({
  id,
  title,
  aside,
  group,
  entries,
  onEntries,
  fields,
  targets,
  required,
  wrong,
}: {
  id: string;
  title: string;
  aside?: preact.ComponentChildren;
  group: PinterestField["mapping"];
  entries: Entry[];
  onEntries: (entries: Entry[]) => void;
  fields: KnownField[];
  targets: PinterestField[];
  required: string[];
  wrong: string | undefined;
}) {
  const mine = targets.filter((each) => each.mapping === group);
  const change = (at: number, entry: Entry) => onEntries(entries.map((old, i) => (i === at ? entry : old)));
  const remove = (at: number) => {
    onEntries(entries.filter((_, i) => i !== at));
    say(`Removed ${nameOf(entries[at])}`);
  };
  const move = (at: number, by: number) => {
    const to = at + by;
    if (to < 0 || to >= entries.length) return;
    const next = [...entries];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(to, 0, moved);
    onEntries(next);
    requestAnimationFrame(() => document.getElementById(`${id}-move-${to}`)?.focus());
  };
  const offered = suggestions(fields, mine, entries);
  // Only some can be mapped twice.
  const open = (target: string) => mine.filter((each) => each.repeatable || each.target === target || !entries.some(({ to }) => to === each.target));
  const pinterest = (target: string) => open(target).map((each) => ({
    value: each.target,
    text: titleOf(each.target),
    note: `${each.target}${each.hashed ? ", SHA-256" : ""}`,
  }));
  return (
    <div id={id}>
      <Card title={title} aside={aside} flush>
        {wrong && <p class="pad small t-red">{wrong}</p>}
        <ul class="map">
          {entries.map((entry, i) => {
            const field = fieldOf(entry), target = entry.to;
            const known = mine.find((each) => each.target === target);
            return (
              <li key={i}>
                <button
                  type="button"
                  class="btn icon bare move"
                  id={`${id}-move-${i}`}
                  aria-label={`Move ${nameOf(entry)} with the arrow keys`}
                  onKeyDown={(event) => {
                    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
                    event.preventDefault();
                    move(i, event.key === "ArrowUp" ? -1 : 1);
                  }}
                  onClick={() => move(i, i === 0 ? 1 : -1)}
                >
                  <Icon name={i === 0 ? "down" : "up"} />
                </button>
                <From id={`${id}-${i}`} entry={entry} known={known} fields={fields} change={(changed) => change(i, changed)} />
                <span class="arrow">
                  <Icon name="arrow" />
                </span>
                <div>
                  <Picker
                    label={`Pinterest field${field ? " for " + field : ""}`}
                    placeholder="Pinterest field"
                    value={target}
                    options={pinterest(target)}
                    onValue={(to) => change(i, { ...entry, to })}
                  />
                  <div class="meta">
                    {target && <code>{target}</code>}
                    {known && <span class="tag">{known.hashed ? "SHA-256" : "sent as is"}</span>}
                    {required.includes(target) && <span class="tag req">Required</span>}
                    {known?.limits && <span>{known.limits}</span>}
                  </div>
                </div>
                <button type="button" class="btn icon bare del" aria-label={`Remove ${nameOf(entry)}`} onClick={() => remove(i)}>
                  <Icon name="cross" />
                </button>
                {known?.help && <p class="full small muted">{known.help.replace(/`/g, "")}</p>}
                <Risk field={fields.find((each) => each.name === field)} target={target} />
              </li>
            );
          })}
        </ul>
        <div class="row pad">
          <button type="button" class="btn" onClick={() => onEntries([...entries, mapped("", "")])}>
            <Icon name="plus" />
            Add a field
          </button>
          {mine.some((each) => each.constant) && (
            <button type="button" class="btn" onClick={() => onEntries([...entries, { to: "", fields: [], fixed: "" }])}>
              <Icon name="plus" />
              Add a constant
            </button>
          )}
          {offered.length > 0 && <span class="small muted">By name it could also be</span>}
          {offered.map((entry) => (
            <button type="button" class="btn bare" onClick={() => onEntries([...entries.filter((each) => fieldOf(each) || each.to), entry])}>
              <Icon name="plus" />
              {fieldOf(entry)} → {titleOf(entry.to)}
            </button>
          ))}
        </div>
      </Card>
    </div>
  );
}


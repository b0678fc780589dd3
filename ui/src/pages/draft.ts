// A job in the making: what is filled in, kept in this browser at every change until the service has it, and what of it
// is sent as settings.
import { useEffect, useRef, useState } from "preact/hooks";

import type { JobSettings, JobType } from "../api/types";
import { caller } from "../session";
import { type Entry, entryOf, whole, written } from "./entry";

export interface Draft {
  name: string; // of the job; empty until it is saved for the first time
  saved: boolean; // the service has a draft of this name
  version: string; // of the job that the draft began from or was saved as
  type: JobType;
  authorization: string;
  label: string;
  description: string;
  audience: string;
  ad_account: string;
  list_id: string;
  list_type: string;
  list_shared: boolean;
  email: string;
  sha256_email: string;
  mobile_id: string;
  identifiers: Entry[];
  event: Entry[];
  details: Entry[];
  action_source_default: string;
  event_name_default: string;
  partner_name_default: string;
  existing_users: boolean;
  // What the steps do not ask for is kept as it came.
  other: Record<string, unknown>;
}

export const emptyDraft = (type: JobType): Draft => ({
  name: "",
  saved: false,
  version: "",
  type,
  authorization: "",
  label: "",
  description: "",
  audience: "",
  ad_account: "",
  list_id: "",
  list_type: "EMAIL",
  list_shared: false,
  email: "",
  sha256_email: "",
  mobile_id: "",
  identifiers: [],
  event: [],
  details: [],
  action_source_default: "",
  event_name_default: "",
  partner_name_default: "",
  existing_users: false,
  other: {},
});

const asked = new Set([
  "type", "name", "authorization", "label", "description", "audience", "ad_account", "list", "identifiers", "event",
  "details", "action_source_default", "event_name_default", "partner_name_default", "existing_users",
]);

const mappings = ["identifiers", "event", "details"] as const;
const listKeys = ["email", "sha256_email", "mobile_id"] as const;

export function draftOf(name: string, settings: JobSettings, version = ""): Draft {
  const draft = emptyDraft(settings.type);
  for (const key of ["authorization", "label", "description", "audience", "ad_account", "action_source_default", "event_name_default", "partner_name_default"] as const)
    draft[key] = settings[key] ?? "";
  draft.name = name;
  draft.saved = true;
  draft.version = version;
  draft.existing_users = settings.existing_users === true;
  if (settings.type === "audience_export") {
    const mapped = (settings.identifiers ?? []).flatMap((entry) => Object.entries(entry));
    for (const key of listKeys) draft[key] = mapped.find(([, kind]) => kind === key)?.[0] ?? "";
    draft.list_id = settings.list?.id ?? "";
    draft.list_type = settings.list?.type ?? "EMAIL";
    draft.list_shared = settings.list?.shared ?? false;
  } else {
    for (const key of mappings) draft[key] = (settings[key] ?? []).map(entryOf);
  }
  for (const [key, value] of Object.entries(settings)) if (!asked.has(key)) draft.other[key] = value;
  return draft;
}

export function settingsOf(draft: Draft): Record<string, unknown> {
  const out: Record<string, unknown> = { ...draft.other, type: draft.type };
  const put = (key: string, value: string) => {
    if (value.trim()) out[key] = value.trim();
  };
  put("label", draft.label);
  put("description", draft.description);
  put("authorization", draft.authorization);
  put("audience", draft.audience);
  put("ad_account", draft.ad_account);
  if (draft.type === "audience_export") {
    if (draft.list_id)
      out["list"] = { id: draft.list_id, type: draft.list_type, ...(draft.list_shared && { shared: true }) };
    out["identifiers"] = listKeys.filter((key) => draft[key]).map((key) => ({ [draft[key]]: key }));
    return out;
  }
  for (const key of mappings) {
    const entries = whole(draft[key]).map(written);
    if (entries.length > 0 || key !== "details") out[key] = entries;
  }
  put("action_source_default", draft.action_source_default);
  put("event_name_default", draft.event_name_default);
  put("partner_name_default", draft.partner_name_default);
  if (draft.existing_users) out["existing_users"] = true;
  return out;
}

// "Readers to Pinterest" → "readers-to-pinterest": what the job is called in files and on the command line.
export const nameFrom = (label: string): string =>
  label
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);

// The draft of this address, from this browser where it was left, and kept there at each change. Each person who signs
// in here has drafts of their own.
export function useDraft(key: string, first: () => Draft): [Draft, (changes: Partial<Draft>) => void, () => void] {
  const place = `draft ${caller.value?.who ?? ""} ${key}`;
  const over = useRef(false);
  const [draft, set] = useState<Draft>(() => {
    const initial = first();
    const kept = localStorage.getItem(place);
    if (!kept) return initial;
    try {
      const draft = { ...initial, ...(JSON.parse(kept) as Partial<Draft>) };
      for (const each of mappings) draft[each] = draft[each].map(entryOf);  // a version before this one kept short forms
      return draft;
    } catch {
      return initial;
    }
  });
  useEffect(() => {
    if (!over.current) localStorage.setItem(place, JSON.stringify(draft));
  }, [draft, place]);
  const forget = () => {
    over.current = true;
    localStorage.removeItem(place);
  };
  return [draft, (changes) => set((old) => ({ ...old, ...changes })), forget];
}

// Shapes of the answers that the pages read. An answer may hold more than stands here.
export type Role = "viewer" | "operator" | "admin";
export type JobType = "audience_export" | "conversions_export";

export interface Caller {
  who: string;
  role: Role;
}

export interface Counters {
  considered: number;
  added: number;
  removed: number;
  omitted: number;
  invalid: number;
  rejected: number;
  uncertain: number;
  pending: number;
  identifiers_added: number;
  identifiers_removed: number;
  requests: number;
  warnings: number;
  reasons: Record<string, number>;
}

export interface Run extends Counters {
  number: number;
  kind: string;
  started_at: string;
  ended_at: string | null;
}

export interface ReasonCount {
  reason: string;
  outcome: string;
  count: number;
}

export interface JobRow {
  name: string;
  label: string;
  type: JobType;
  state: string;
  phase: { name: string; scanned: number; total: number };
  reason_code: string;
  reason: string;
  fix: string;
  until: string | null;
  warning: { code?: string; reason?: string; fix?: string } | string | null;
  audience: string;
  list?: { id: string; name: string; type: string } | null;
  ad_account?: string;
  test_mode?: boolean;
  authorization: string;
  last_success_at: string | null;
}

interface Amount {
  users: number;
  identifiers: number;
}

export interface Job extends Omit<JobRow, "authorization" | "audience" | "list"> {
  description: string;
  verbs: string[]; // what its state admits now
  authorization: { name: string; tier: string; configured: boolean };
  audience: { name: string; members: number };
  list?: {
    id: string;
    name: string;
    type: string;
    ad_account: string;
    created_by_us: boolean;
    identifiers: number;
    status: string;
    status_meaning: string;
    status_alert: string;
    status_at: string | null;
    processing_since: string | null;
    audience_id: string | null;
  } | null;
  queue?: {
    queued_users: number;
    adds: Amount;
    removes: Amount;
    settling: Amount;
    braked: Amount;
    waiting: Amount;
    identifiers_in_flight: number;
    next_flush: string | null;
  };
  flush?: { after_seconds: number; users: number; stretched_by_tier: boolean };
  brake?: { holds: boolean; release: string };
  events?: {
    live: number;
    backfill: number;
    waiting_for_another: number;
    test: number;
    in_flight: number;
    held_in_test_mode: number;
    held_since_restore: number;
    refused_until_resume: number;
    oldest_event_time: string | null;
    existing_users: boolean;
    test_mode: boolean;
  };
  managed_by: "file" | "store";
  version: string; // changes with the settings
  settings?: Settings;
  created_at: string;
  started_at: string | null;
  runs: Run[];
  total: Counters;
  simulated?: boolean;
  as_of: string;
}

export type Entry = Record<string, string>;

export interface Settings {
  type: JobType;
  label?: string;
  description?: string;
  authorization?: string;
  audience?: string;
  ad_account?: string;
  list?: { id: string; type: string; shared?: boolean };
  identifiers?: Entry[] | Record<string, string>;
  event?: Entry[];
  details?: Entry[];
  action_source_default?: string;
  event_name_default?: string;
  partner_name_default?: string;
  existing_users?: boolean;
  test_mode?: boolean;
  consent_field?: string;
  [key: string]: unknown;
}

export interface Authorization {
  name: string;
  label: string;
  description: string;
  method: "sign_in" | "conversion_token";
  tier: string;
  ad_account: string | null;
  connected_as: string | null;
  kept_in: "file" | "store";
  health: string;
  health_code: string;
  reason: string;
  fix: string;
  checked_at: string | null;
  expires_at: string | null;
  sign_in_until: string | null;
  used_by: string[];
}

export interface Method {
  name: "sign_in" | "conversion_token";
  title: string;
  summary: string;
  job_types: JobType[];
  prerequisites: { what: string; how: string; link: string }[];
}

export interface Provider {
  name: string;
  summary: string;
  methods: Method[];
}

export interface Audience {
  name: string;
  members: number;
  jobs: { name: string; state: string }[];
}

export interface Field {
  name: string;
  type: string;
  people: number;
  coverage_percent: number | null; // of all people; nothing while there is nobody
}

// A setting of a job, as forms are made from it. `key` has a dot where it stands in a group.
export interface Setting {
  key: string;
  type: string;
  job_types: JobType[];
  required: boolean;
  level: "basic" | "advanced";
  default: string | number | boolean | null;
  min?: number | string;
  max?: number | string;
  choices?: string[];
  help: string;
}

// One mapped field of one person, from what is stored to what is sent, masked.
export interface MappedValue {
  field: string;
  target: string;
  raw: string[];
  normalised: string[] | null;
  left_out?: unknown[];
  sent: unknown;
}

export interface PinterestField {
  target: string;
  mapping: "identifiers" | "event" | "details";
  takes: string;
  hashed: boolean;
  several: boolean;
  limits: string;
  help: string;
}

export interface FieldCatalogue {
  fields: PinterestField[];
  event_names: { name: string; described: boolean; /* in Pinterest's API description */ help: string }[];
  action_sources: string[];
}

export interface Plan {
  name: string;
  change: string;
  settings?: { setting: string; from: unknown; to: unknown }[]; // that are to change
  members: number;
  coverage: { field: string; target: string; people: number }[];
  requests: number;
  minutes?: number;
  invalid?: Record<string, number>;
  no_consent?: number;
  identifiers_to_add?: number;
  identifiers_to_remove?: number;
  identifiers_in_place?: number;
  brake_would_hold?: boolean;
  list?: { id: string | null; name: string; creates: boolean };
  events?: number;
  not_sent?: Record<string, number>;
  notes?: Record<string, number>;
  suggestions?: { field: string; target: string }[];
  as_of: string;
}

export interface Reason {
  code: string;
  outcome?: string;
  meaning: string;
  fix: string;
}

export interface Catalogue {
  reasons: Reason[];
  conditions: Reason[];
}

export interface Row {
  person: string;
  profile_id: string;
  reason: string;
  outcome: string;
  at: string | null;
  identifier: string;
  request: number | null;
  detail: string;
  meaning: string;
  fix: string;
}

export interface Request {
  number: number;
  at: string;
  method: string;
  path: string;
  what: string;
  records: number;
  status: number | null;
  verdict: string;
  message: string;
  duration_ms: number;
  retry_after_ms: number | null;
  pinterest_request_id: string;
}

// A request with what it carried, masked.
export interface RequestDetail extends Request {
  body: unknown;
  body_note: string;
  curl: string;
  events?: { number: number; person: string; profile_id: string; event_time: string; result: string }[];
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  origin: string;
  action: string;
  object: string;
  detail: string;
  outcome: string;
}

export interface Import {
  number: number;
  path: string;
  audience: string;
  mode: string;
  state: string;
  as_of: string;
  bytes: number;
  bytes_done: number;
  rows: number;
  bad_rows: number;
  unreadable_keys: number;
  dropped: Record<string, number>;
  exits: number;
  error: string;
}

// Made from docs/reference/openapi.json by `npm run types`; do not edit.

export type AlertKindName = "job_failed" | "authorization_unhealthy" | "rejected_share" | "invalid_share" | "no_success" | "audience_size" | "added" | "removed" | "silence" | "erasures_waiting" | "many_withdrawals" | "restored_events_held" | "snapshot_held" | "sign_in_failed" | "sign_in_delayed" | "new_address" | "token_refused" | "forbidden" | "person_viewed";

export type EventResult = "open" | "sent" | "rejected" | "unknown" | "not_accepted" | "tested";

export type FieldGroup = "identifiers" | "event" | "details";

export type FieldType = "unknown" | "string" | "int" | "number" | "bool" | "date" | "array";

export interface HistoryAmounts {
  added: HistoryAmount;
  removed: HistoryAmount;
  omitted: HistoryAmount;
  invalid: HistoryAmount;
  rejected: HistoryAmount;
  uncertain: HistoryAmount;
  late: HistoryAmount;
  requests: HistoryAmount;
  waiting: HistoryAmount;
  audience: HistoryAmount;
  on_list: HistoryAmount;
  budget_used: HistoryAmount;
}

export type HistoryStep = "minute" | "hour" | "day";

export type ImportState = "reading" | "held" | "removing" | "done" | "failed" | "discarded";

export interface JobSettings {
  /** The job's identity: under another name it is another job. */
  name: string;
  /** `audience_export`: a customer list equals an audience. `conversions_export`: who enters or leaves an audience becomes a conversion event. */
  type: "audience_export" | "conversions_export";
  /** What people read. Without it: the name. */
  label?: string;
  /** For people. */
  description?: string;
  /** The name of one of the `authorizations`. */
  authorization: string;
  /** The audience whose members are to be on the list, or whose enters and exits are conversions. */
  audience: string;
  /** The id of the ad account at Pinterest. Required, except where the authorization names one. */
  ad_account?: string;
  /** An existing customer list. Without it a new one is created with the first people to send. */
  list?: {
    /** The list's id at Pinterest. */
    id?: string;
    /** The list's type. Pinterest does not tell it, so it is confirmed here, once. `email` and `sha256_email` need `EMAIL`, `mobile_id` needs `MAID`. */
    type?: "EMAIL" | "MAID";
    /** Confirms that another job writes to the same list, whose content is then the union. */
    shared?: boolean;
  };
  /** A new list is named `<prefix> <audience> <unix seconds>`; without a prefix when it is blank. */
  list_prefix?: string;
  /** Makes a Pinterest audience from a list we created; without one the list cannot be targeted. */
  create_audience?: boolean;
  /** Which of our fields identify a person, each as `our field: identifier`: `email` (an address; it is normalised and hashed), `sha256_email` (addresses that are SHA-256 hashes already) or `mobile_id` (a mobile advertising id, raw or a SHA-256 hash). A list holds one identifier type: `email` and `sha256_email` may be combined, `mobile_id` stands alone. */
  identifiers?: ({
    to: string;
    field?: string;
    first_of?: string[];
    constant?: string;
    default?: string;
  } | Record<string, string>)[];
  /** The case a raw mobile id is given before it is hashed. */
  maid_case?: "lower" | "upper";
  /** Only people whose value of this field is a yes are sent (`true`, `t`, `yes`, `y`, `on`, `1`). Neither a yes nor a no counts as `consent_unreadable`. Pinterest applies no opt-out to lists. */
  consent_field?: string;
  /** When queued people are sent; what comes first counts. */
  flush?: {
    /** This long after the oldest of them was queued. */
    after?: string;
    /** With this many people queued. */
    users?: number;
  };
  /** The most identifiers in one request; fewer when Pinterest finds it too large. */
  records_per_request?: number;
  /** After a request whose outcome is unknown, how long an identifier waits before the opposite is sent. */
  settle_after_unknown?: string;
  /** The same after a success. `0s` is right as long as Pinterest applies requests in order, which it does not promise. */
  settle_after_success?: string;
  /** Holds removals that look like an accident until a person releases them. Additions go on. */
  brake?: {
    /** Whether removals can be held. */
    enabled?: boolean;
    /** Held when the removals of 24 hours exceed this share of the list … */
    percent?: number;
    /** … and this many people. */
    people?: number;
  };
  /** `weekly` sends every member again, in case somebody edited the list in Ads Manager. */
  reassert?: "never" | "weekly";
  /** The same for what happened: `event_id` and `event_time` always, `event_name` and `action_source` unless they have a default. */
  event?: ({
    to: string;
    field?: string;
    first_of?: string[];
    constant?: string;
    default?: string;
  } | Record<string, string>)[];
  /** The same for everything else Pinterest takes, value and currency first. */
  details?: ({
    to: string;
    field?: string;
    first_of?: string[];
    constant?: string;
    default?: string;
  } | Record<string, string>)[];
  /** Where it happened, for people whose mapped field is empty or when none is mapped. */
  action_source_default?: "app_android" | "app_ios" | "web" | "offline";
  /** The event, likewise: `checkout`, `lead`, `signup` … */
  event_name_default?: string;
  /** The partner name, likewise. Pinterest's convention is `ss-` and a name; leave it out unless Pinterest gave you one. */
  partner_name_default?: string;
  /** Whether present members become conversions, too: when the job starts, or when this is switched on later. */
  existing_users?: boolean;
  /** Which membership events become conversions. */
  membership_events?: "enters_and_exits" | "enters" | "exits";
  /** What becomes of an event whose time cannot be read. */
  on_event_time_unparsable?: "reject" | "now";
  /** Older events are not sent (`event_too_old`). Above 7 days `lint` and `plan` warn: Pinterest is expected to refuse such events. */
  event_max_age?: string;
  /** How `03/04/2025` is read. */
  date_order?: "day_first" | "month_first";
  /** For times without a zone: an IANA name such as `Europe/Berlin`. */
  time_zone?: string;
  /** For phone numbers and places without one: two letters of ISO 3166-1. */
  default_country?: string;
  /** Splits a text mapped to `content_ids`. Without it a value is one id. */
  content_ids_separator?: string;
  /** Sends everything as a test that Pinterest does not record; what was sent so is never sent again. */
  test_mode?: boolean;
}

export type JobType = "audience_export" | "conversions_export";

export type LogLevel = "debug" | "info" | "warning" | "error";

export type MethodName = "sign_in" | "conversion_token";

export type ReasonCode = "missing_identifier" | "invalid_email" | "wrong_hash" | "invalid_maid" | "no_consent" | "no_change" | "superseded" | "shared_identifier" | "rejected_by_pinterest" | "too_large" | "missing_event_id" | "event_id_too_long" | "missing_event_name" | "unknown_event_name" | "missing_action_source" | "unknown_action_source" | "event_time_unparsable" | "event_in_future" | "event_too_old" | "duplicate_event" | "suppressed" | "test_mode" | "job_deleted" | "uncertain" | "late" | "ambiguous_time" | "newer_event_name" | "limited_without_place" | "placeholder" | "invalid_phone" | "invalid_name" | "invalid_gender" | "invalid_birth_date" | "invalid_city" | "invalid_state" | "invalid_zip" | "invalid_country" | "invalid_ip" | "private_ip" | "invalid_user_agent" | "invalid_url" | "invalid_language" | "invalid_currency" | "invalid_number" | "out_of_range" | "invalid_flag" | "unknown_choice" | "too_long" | "uneven_contents" | "email_left_out" | "hash_left_out" | "maid_left_out" | "may_count_twice" | "consent_unreadable" | "currency_conflict" | "invalid_time" | "email_in_clear" | "url_cleaned" | "email_in_id" | "opt_out_assumed";

export type Role = "viewer" | "operator" | "admin";

export type RowType = "profile" | "enter" | "exit" | "delete";

export type RunKind = "backfill" | "resync" | "reassert" | "removing everyone" | "live";

export type SecurityKind = "sign_in_failed" | "sign_in_delayed" | "new_address" | "token_refused" | "forbidden" | "person_viewed";

export type SignInPhase = "begun" | "at_pinterest" | "asking" | "signed_in" | "failed" | "saved";

export type StoredJobState = "Draft" | "Running" | "Paused" | "Failed" | "Stopped";

export type Verb = "start" | "pause" | "resume" | "restart" | "resync" | "flush" | "release" | "discard" | "retry" | "keep" | "stop" | "delete";

export type Verdict = "done" | "unknown" | "not_sent" | "throttled" | "ramped_down" | "auth" | "forbidden" | "gone" | "too_large" | "refused";

/** Why a request was refused (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** what happened */
  detail: string;
  /** stable */
  code: string;
  /** what to do about it; may be empty */
  fix: string;
  request_id: string;
  /** into the request, where it is wrong */
  pointer?: string;
  /** all that is wrong, where it is more than one thing */
  errors?: Mistake[];
}

export interface Mistake {
  pointer: string;
  code: string;
  message: string;
  fix: string;
}

/** The last event of a stream. */
export interface StreamEnd {
  code: string;
  detail: string;
  fix: string;
}

/** Lines are lost before the next one. */
export interface LogGap {
  lost: string;
}

export interface LogLine {
  at: string;
  level: LogLevel;
  component: string;
  event: string;
  fields: Record<string, string>;
}

/** Of a list in pages. */
export interface Page {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
}

export interface Providers {
  providers: Provider[];
}

export interface Provider {
  name: string;
  summary: string;
  methods: Method[];
}

export interface Method {
  name: MethodName;
  title: string;
  summary: string;
  job_types: JobType[];
  prerequisites: {
    what: string;
    how: string;
    link: string;
  }[];
}

/** What a conversion can be mapped to. */
export interface PinterestFields {
  fields: PinterestField[];
  event_names: EventName[];
  action_sources: string[];
}

export interface PinterestField {
  target: string;
  mapping: FieldGroup;
  takes: string;
  hashed: boolean;
  several: boolean;
  /** several entries of a mapping may have it as their target */
  repeatable: boolean;
  /** may be the same for everybody */
  constant: boolean;
  /** may have a value for those who have none */
  default: boolean;
  limits: string;
  help: string;
}

export interface EventName {
  name: string;
  /** in Pinterest's API description */
  described: boolean;
  help: string;
}

export interface JobSettingKeys {
  settings: JobSettingKey[];
}

/** A setting of a job, as forms are made from it. */
export interface JobSettingKey {
  /** with a dot where it stands in a group */
  key: string;
  type: "group" | "option" | "name" | "id" | "count" | "duration" | "flag" | "choice" | "mapping" | "text";
  job_types: JobType[];
  required: boolean;
  level: "basic" | "advanced";
  default: string | number | boolean | null;
  min?: number | string;
  max?: number | string;
  choices?: string[];
  help: string;
}

export interface AlertKinds {
  kinds: AlertKind[];
}

export interface AlertKind {
  kind: AlertKindName;
  watches: "job" | "authorization" | "audience" | "service";
  meaning: string;
  takes: Threshold[];
  /** Where none is given. */
  defaults: {
    above?: number;
    min?: number;
    max?: number;
    hours?: number;
  };
  /** repeated every day until it is over */
  daily: boolean;
  next_step: string;
}

export type Threshold = "above" | "min" | "max" | "hours";

export interface Reasons {
  /** why people are not sent */
  reasons: Reason[];
  /** why jobs wait or have failed */
  conditions: Condition[];
}

export interface Condition {
  code: string;
  meaning: string;
  fix: string;
}

export interface Reason {
  code: ReasonCode;
  outcome: Outcome;
  meaning: string;
  fix: string;
}

/** What a reason counts as. */
export type Outcome = "omitted" | "invalid" | "rejected" | "uncertain" | "noted";

export interface Service {
  version: string;
  /** requests do not go to Pinterest */
  simulated: boolean;
  pinterest_host: string;
  public_url: string | null;
  plain_http: boolean;
  /** what a restore has suspended; empty: nothing */
  suspended: string;
}

export interface Authorizations {
  as_of: string;
  authorizations: Authorization[];
}

export interface Authorization {
  name: string;
  label: string;
  description: string;
  provider: string;
  method: MethodName;
  tier: Tier;
  /** null: each job names its own */
  ad_account: string | null;
  connected_as: string | null;
  kept_in: "file" | "store";
  health: "healthy" | "unhealthy";
  /** empty: healthy */
  health_code: string;
  reason: string;
  fix: string;
  checked_at: string | null;
  expires_at: string | null;
  sign_in_until: string | null;
  created_at: string | null;
  owner: string | null;
  /** jobs */
  used_by: string[];
}

export type Tier = "trial" | "standard";

export interface AuthorizationSaved {
  authorization: string;
  result: "saved" | "replaced";
  /** empty: not known */
  connected_as?: string;
}

export interface AuthorizationChanged {
  authorization: string;
  result: "changed" | "removed";
}

/** What came of asking Pinterest. */
export interface Finding {
  authorization: string;
  result: "verified" | "token_refused" | "not_permitted" | "refused" | "not_verified";
  meaning: string;
  fix: string;
  /** of its answer; null: there was none */
  status: number | null;
  message: string;
  pinterest_request_id: string;
}

export interface Verified {
  authorization: string;
  result: "verified" | "token_refused" | "not_permitted" | "refused" | "not_verified";
  meaning: string;
  fix: string;
  /** of its answer; null: there was none */
  status: number | null;
  message: string;
  pinterest_request_id: string;
  /** of a conversion token */
  ad_account?: string;
  /** of a sign-in */
  connected_as?: string | null;
  /** of a sign-in */
  ad_accounts?: AdAccount[];
}

export interface AdAccounts {
  authorization: string;
  result: "verified" | "token_refused" | "not_permitted" | "refused" | "not_verified";
  meaning: string;
  fix: string;
  /** of its answer; null: there was none */
  status: number | null;
  message: string;
  pinterest_request_id: string;
  ad_accounts: AdAccount[];
}

export interface AdAccount {
  id: string;
  name: string;
  permissions: string[];
  job_types: JobType[];
}

export interface RemoteLists {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  authorization: string;
  ad_account: string;
  lists: RemoteList[];
}

export interface RemoteList {
  id: string;
  name: string;
  status: string;
  /** ever; Pinterest does not tell how many are on it */
  records_uploaded: number;
  records_removed: number;
  created_at: string | null;
  updated_at: string | null;
  made_by_us: boolean;
  /** jobs */
  used_by: string[];
}

export interface SignIn {
  ticket: string;
  /** the page to open */
  start_url: string;
  redirect_uri: string;
  phase: SignInPhase;
  /** why it failed; empty: it did not */
  code: string;
  message: string;
  fix: string;
  connected_as: string;
  scopes: string[];
  ends_at: string;
}

export interface MasterKey {
  /** sealed anew */
  secrets: number;
  key_file: string;
  old_key_kept_until: string | null;
}

export interface Audiences {
  as_of: string;
  audiences: Audience[];
}

export interface Audience {
  name: string;
  members: number;
  jobs: {
    name: string;
    state: JobState;
  }[];
}

export interface AudienceShown {
  as_of: string;
  name: string;
  members: number;
  jobs: {
    name: string;
    state: JobState;
  }[];
}

/** What its members look like, from those that were looked at. */
export interface AudienceSample {
  as_of: string;
  audience: string;
  members: number;
  /** members; a random sample when there are many */
  looked_at: number;
  /** that any of them has */
  fields: FieldSample[];
  /** a few of them, masked */
  people: {
    profile_id: string;
    person: string;
  }[];
}

export interface FieldSample {
  name: string;
  type: FieldType;
  people: number;
  /** of those looked at */
  coverage_percent: number;
  /** values by type */
  types: Record<string, number>;
  /** a few, each once, masked */
  values: string[];
  /** null: none could be one */
  as_time: TimeReadings | null;
}

/** How the first few values would be read as times. */
export interface TimeReadings {
  read: number;
  /** day and month could be the other way round */
  ambiguous: number;
  unreadable: number;
  /** what they look like: 9 for a digit, a for a letter */
  forms: string[];
}

export interface AudienceRemoved {
  audience: string;
  people: number;
}

export interface Fields {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  people: number;
  fields: Field[];
}

export interface Field {
  name: string;
  type: FieldType;
  /** by the configuration */
  fixed: boolean;
  people: number;
  /** of all people; null: there are none */
  coverage_percent: number | null;
}

export interface FieldRemoved {
  field: string;
  people: number;
}

export interface Person {
  as_of: string;
  /** the key, masked */
  person: string;
  profile_id: string;
  exists: boolean;
  deleted_at: string | null;
  /** of deletions, newest first */
  receipts: number[];
  /** masked */
  fields: {
    name: string;
    value: string;
    type: FieldType;
    at: string | null;
  }[];
  audiences: {
    name: string;
    member: boolean;
    since: string | null;
  }[];
}

/** Who has a value that was searched for. */
export interface PeopleFound {
  as_of: string;
  /** people */
  looked_at: number;
  /** not all of them were looked at: there are more than an answer shows */
  more: boolean;
  /** masked, with the fields that hold it */
  people: {
    profile_id: string;
    person: string;
    fields: string[];
  }[];
}

/** The receipt of a deletion, with how far it is. */
export interface Deletion {
  as_of: string;
  /** its number */
  receipt: number;
  profile_id: string;
  deleted_at: string;
  by: string;
  state: "done" | "waiting";
  held: {
    fields: number;
    audiences: number;
    /** that waited */
    conversions_ended: number;
    conversions_in_flight: number;
  };
  lists: DeletionList[];
  remains: string;
}

export interface DeletionList {
  name: string;
  id: string;
  ad_account: string;
  /** of the person, on this list */
  identifiers: number;
  /** that stay, because somebody else has them, too */
  shared: number;
  removed: number;
  removed_at: string | null;
  request: number | null;
  state: "removed" | "shared" | "on_the_way" | "on_hold" | "forgotten" | "settled";
  meaning: string;
}

/** A person followed to lists and conversions. */
export interface PersonWhy {
  as_of: string;
  person: string;
  profile_id: string;
  exists: boolean;
  deleted_at: string | null;
  jobs: Way[];
}

export type Way = ListWay | ConversionWay;

export interface WayBase {
  job: string;
  state: JobState;
  audience: string;
  member: boolean;
  member_since: string | null;
  left_at?: string | null;
}

export interface ListWay {
  job: string;
  state: JobState;
  audience: string;
  member: boolean;
  member_since: string | null;
  left_at?: string | null;
  /** null: none is needed */
  consent: boolean | null;
  fields: IdentifierField[];
  reason: ReasonCode | null;
  meaning: string;
  identifiers: IdentifierWay[];
  next: string | null;
}

/** What a mapped field gives for a list, masked. */
export interface IdentifierField {
  field: string;
  values: {
    value: string;
    identifier: string | null;
    reason: string | null;
  }[];
}

export interface IdentifierWay {
  /** the beginning of its hash */
  identifier: string;
  desired: boolean;
  owners: number;
  shared_with: number;
  acknowledged: "not_on_list" | "on_list" | "unknown";
  rejected: boolean;
  settling_until: string | null;
  queue: QueuedIdentifier | null;
  in_flight: boolean;
  last_request: RequestOfIdentifier | null;
  next: string;
}

export interface QueuedIdentifier {
  operation: "add" | "remove";
  class: "add" | "remove" | "remove_unbraked" | "settling" | "waiting";
  since?: string | null;
  settles_at?: string | null;
  next_flush: string | null;
}

export interface RequestOfIdentifier {
  number: number;
  at: string | null;
  what: string;
  status: number | null;
  verdict: RequestVerdict;
  pinterest_request_id: string;
}

export interface ConversionWay {
  job: string;
  state: JobState;
  audience: string;
  member: boolean;
  member_since: string | null;
  left_at?: string | null;
  type: "conversions_export";
  /** from today's data */
  today: {
    values: MappedValue[];
    reason: ReasonCode | null;
  };
  waiting: WaitingEvent[];
  attempts: EventAttempt[];
  not_sent: EventNotSent[];
}

/** A mapped field of a person, from what is stored to what is sent, masked. */
export interface MappedValue {
  /** "": a constant, or a default that stands in */
  field: string;
  target: string;
  raw: string[];
  normalised: string[] | null;
  /** why */
  left_out: string[];
  /** null: nothing */
  sent: unknown;
}

export interface WaitingEvent {
  number: number;
  class: "live" | "backfill" | "waiting" | "test" | "held" | "refused";
  event_time: string | null;
  first_attempt_at: string | null;
  attempts_of_unknown_outcome: number;
  in_flight: boolean;
  next: string;
}

export interface EventAttempt {
  number: number;
  request: number;
  at: string | null;
  event_time: string | null;
  as_offline: boolean;
  result: EventResult;
  status: number | null;
  pinterest_request_id: string | null;
}

export interface EventNotSent {
  at: string | null;
  reason: ReasonCode;
  meaning: string;
  fix: string;
  request: number | null;
  detail: string;
}

export interface Jobs {
  as_of: string;
  jobs: JobRow[];
}

export type JobState = StoredJobState | "Sleeping";

export interface JobPhase {
  name: "not_started" | "awaiting_first_member" | "backfill" | "resync" | "reassert" | "removing_everyone" | "live";
  scanned: number;
  total: number;
}

export interface JobStatus {
  state: JobState;
  phase: JobPhase;
  /** why it waits or has failed; empty: it does neither */
  reason_code: string;
  reason: string;
  fix: string;
  /** when it goes on by itself */
  until: string | null;
  warning: string | null;
}

export interface JobRow {
  name: string;
  label: string;
  type: JobType;
  state: JobState;
  phase: JobPhase;
  /** why it waits or has failed; empty: it does neither */
  reason_code: string;
  reason: string;
  fix: string;
  /** when it goes on by itself */
  until: string | null;
  warning: string | null;
  audience: string;
  /** of an audience export */
  list?: {
    id: string;
    name: string;
    type: ListType;
  };
  /** of a conversions export */
  ad_account?: string;
  /** of a conversions export */
  test_mode?: boolean;
  authorization: string;
  last_success_at: string | null;
  created_at: string | null;
}

export type ListType = "EMAIL" | "MAID";

export interface Job {
  name: string;
  label: string;
  description: string;
  type: JobType;
  state: JobState;
  phase: JobPhase;
  /** why it waits or has failed; empty: it does neither */
  reason_code: string;
  reason: string;
  fix: string;
  /** when it goes on by itself */
  until: string | null;
  warning: string | null;
  /** what it can be told now */
  verbs: Verb[];
  /** warnings about names that no row has used */
  unknown_names: string[];
  integration: {
    implementation_type: string;
    technique: string;
    frequency: string;
  };
  authorization: {
    name: string;
    tier: Tier;
    configured: boolean;
  };
  audience: {
    name: string;
    members: number;
  };
  /** this and events: of a conversions export */
  ad_account?: string;
  events?: JobEvents;
  /** these: of an audience export */
  list?: JobList;
  queue?: JobQueue;
  flush?: {
    after_seconds: number;
    users: number;
    stretched_by_tier: boolean;
  };
  brake?: {
    holds: boolean;
    release: string;
  };
  log_entries_waiting?: number;
  settings: JobSettings;
  /** changes with the settings; the ETag */
  version: string;
  managed_by: "file" | "store";
  file_differences: {
    key: string;
    file: string | null;
    running: string | null;
  }[];
  created_at: string | null;
  started_at: string | null;
  last_success_at: string | null;
  /** the last three, newest first */
  runs: Run[];
  /** of all runs */
  total: Counters;
  simulated: boolean;
  as_of: string;
}

export interface JobList {
  id: string;
  name: string;
  type: ListType;
  ad_account: string;
  created_by_us: boolean;
  content: string;
  identifiers: number;
  /** Pinterest's word; empty: it was not asked yet */
  status: string;
  status_meaning: string;
  status_alert: string;
  status_at: string | null;
  processing_since: string | null;
  audience_id: string;
}

export interface Amount {
  users: number;
  identifiers: number;
}

export interface JobQueue {
  queued_users: number;
  adds: Amount;
  removes: Amount;
  settling: Amount;
  braked: Amount;
  waiting: Amount;
  identifiers_in_flight: number;
  next_flush: string | null;
}

export interface JobEvents {
  live: number;
  backfill: number;
  waiting_for_another: number;
  test: number;
  in_flight: number;
  held_in_test_mode: number;
  held_since_restore: number;
  scan_held_since_restore: boolean;
  refused_until_resume: number;
  oldest_event_time: string | null;
  existing_users: boolean;
  test_mode: boolean;
}

/** considered is the sum of added, removed, omitted, invalid, rejected, uncertain and pending. */
export interface Counters {
  considered: number;
  /** or sent */
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
  /** by the code of a reason */
  reasons: Record<string, number>;
}

export interface Run {
  number: number;
  kind: RunKind;
  started_at: string;
  /** null: it goes on */
  ended_at: string | null;
  considered: number;
  /** or sent */
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
  /** by the code of a reason */
  reasons: Record<string, number>;
}

export interface JobRuns {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  job: string;
  runs: Run[];
}

export interface JobSaved {
  job: string;
  change: Change;
  version: string;
  warnings: string[];
}

export type Change = "created" | "changed" | "unchanged";

export interface JobDone {
  job: string;
  result: string;
}

export interface JobExport {
  name: string;
  yaml: string;
}

export interface ListForgotten {
  list: string;
  result: "forgotten";
  identifiers_left: number;
  jobs: string;
}

export type Plan = ListPlan | ConversionPlan;

export interface PlanBase {
  name: string;
  label: string;
  change: "new" | "changed" | "unchanged";
  /** that change */
  settings: {
    setting: string;
    from: unknown;
    to: unknown;
  }[];
  unknown_names: string[];
  members: number;
  coverage: Coverage[];
  requests: number;
  as_of: string;
}

export interface Coverage {
  field: string;
  target: string;
  people: number;
}

export interface ListPlan {
  name: string;
  label: string;
  change: "new" | "changed" | "unchanged";
  /** that change */
  settings: {
    setting: string;
    from: unknown;
    to: unknown;
  }[];
  unknown_names: string[];
  members: number;
  coverage: Coverage[];
  requests: number;
  as_of: string;
  state: StoredJobState;
  list: {
    id: string | null;
    name: string | null;
    creates: boolean;
    moves: boolean;
  };
  /** by the code of a reason */
  invalid: Record<string, number>;
  no_consent: number;
  consent_unreadable: number;
  warnings: number;
  identifiers_to_add: number;
  identifiers_to_remove: number;
  identifiers_in_place: number;
  identifiers_kept_for_other_jobs: number;
  identifiers_rejected: number;
  minutes: number;
  brake_would_hold: boolean;
  reads_by_newer_rules: boolean;
}

export interface ConversionPlan {
  name: string;
  label: string;
  change: "new" | "changed" | "unchanged";
  /** that change */
  settings: {
    setting: string;
    from: unknown;
    to: unknown;
  }[];
  unknown_names: string[];
  members: number;
  coverage: Coverage[];
  requests: number;
  as_of: string;
  type: "conversions_export";
  existing_users: boolean;
  scans_members: boolean;
  events_held: number;
  events_no_longer_covered: number;
  test_mode: boolean;
  warnings: string[];
  events: number;
  /** by the code of a reason */
  not_sent: Record<string, number>;
  notes: Record<string, number>;
  suggestions: {
    field: string;
    target: string;
    group: FieldGroup;
    people: number;
  }[];
}

export interface Preview {
  job: string;
  rows: PreviewRow[];
  would_be_sent: number;
  not_sent: number;
  bad_rows: number;
}

export type PreviewRow = BadRow | ListPreview | ConversionPreview;

export interface BadRow {
  error: string;
  fix: string;
}

export interface ListPreview {
  key: string;
  /** of a member */
  profile_id?: string;
  values: IdentifierField[];
  identifiers: string[];
  reason: ReasonCode | null;
}

export interface ConversionPreview {
  key: string;
  /** of a member */
  profile_id?: string;
  values: MappedValue[];
  reason: ReasonCode | null;
}

export interface JobTest {
  job: string;
  members: number;
  events: number;
  not_sent: Record<string, number>;
  notes: Record<string, number>;
  coverage: Coverage[];
  /** this and all that follows: where something was sent */
  status?: number | null;
  verdict?: Verdict;
  message?: string;
  pinterest_request_id?: string;
  results?: TestedEvent[];
  accepted?: number;
}

export interface TestedEvent {
  profile_id: string;
  event_time: number;
  values: MappedValue[];
  result: {
    accepted: boolean | null;
    warning?: boolean;
    message: string;
  };
}

export interface JobRecords {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  job: string;
  more: boolean;
  records: JobRecord[];
  /** on the first page: of all that fit the other filters */
  reasons?: ReasonCount[];
  /** false: there are more than were counted */
  reasons_complete?: boolean;
}

export interface ReasonCount {
  reason: ReasonCode;
  outcome: Outcome;
  count: number;
}

export interface JobRecord {
  /** masked */
  person: string;
  profile_id: string;
  reason: ReasonCode;
  outcome: Outcome;
  /** null: now */
  at: string | null;
  identifier: string;
  request: number | null;
  detail: string;
  meaning: string;
  fix: string;
}

export type JobRequests = RequestPage | RequestShown;

export interface RequestPage {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  job: string;
  requests: JobRequest[];
}

/** "open": its answer has not come yet */
export type RequestVerdict = Verdict | "open";

export interface JobRequest {
  number: number;
  at: string | null;
  method: string;
  path: string;
  what: string;
  records: number;
  status: number | null;
  verdict: RequestVerdict;
  message: string;
  duration_ms: number;
  retry_after_ms: number | null;
  pinterest_request_id: string;
}

/** One request with what it carried, masked. */
export interface RequestShown {
  as_of: string;
  job: string;
  number: number;
  at: string | null;
  method: string;
  path: string;
  what: string;
  records: number;
  status: number | null;
  verdict: RequestVerdict;
  message: string;
  duration_ms: number;
  retry_after_ms: number | null;
  pinterest_request_id: string;
  /** this and events: of conversions */
  as_offline?: boolean;
  events?: RequestEvent[];
  body: Record<string, unknown> | null;
  body_note: string;
  curl: string;
}

export interface RequestEvent {
  number: number;
  person: string;
  profile_id: string;
  event_time: string | null;
  result: EventResult;
}

export interface History {
  /** null: all jobs */
  job: string | null;
  step: HistoryStep;
  step_ms: number;
  slots: number;
  /** when the first slot begins */
  first: string | null;
  amounts: HistoryAmounts;
}

export interface HistoryAmount {
  help: string;
  /** of what ended in the slot; else a reading at its end */
  sum: boolean;
  /** by slot; null: nobody counted */
  values: (number | null)[];
}

export interface Imports {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  imports: Import[];
}

export interface Import {
  number: number;
  path: string;
  audience: string;
  mode: "upsert" | "snapshot";
  state: ImportState;
  as_of: string;
  bytes: number;
  bytes_done: number;
  format: "csv" | "ndjson";
  encoding: string;
  rows: number;
  bad_rows: number;
  unreadable_keys: number;
  allow_unreadable: number;
  /** values left out of rows that were taken, by reason */
  dropped: Record<string, number>;
  errors_listed: number;
  errors_file: string;
  exits: number;
  superseded_by: number | null;
  error: string;
}

export interface ImportBegun {
  number: number;
  path: string;
  audience: string;
  mode: "upsert" | "snapshot";
  state: ImportState;
  as_of: string;
  bytes: number;
  bytes_done: number;
  format: "csv" | "ndjson";
  encoding: string;
  rows: number;
  bad_rows: number;
  unreadable_keys: number;
  allow_unreadable: number;
  /** values left out of rows that were taken, by reason */
  dropped: Record<string, number>;
  errors_listed: number;
  errors_file: string;
  exits: number;
  superseded_by: number | null;
  error: string;
  notes: string[];
  /** by job */
  conversions_at_most?: Record<string, number>;
}

export interface UploadKept {
  /** its name */
  upload: string;
  format: "csv" | "ndjson";
  bytes: number;
}

export interface Uploads {
  uploads: Upload[];
}

export interface Upload {
  /** its name */
  upload: string;
  format: "csv" | "ndjson";
  bytes: number;
  at: string | null;
  importing: boolean;
}

/** What a file holds, by its first rows. */
export interface FileLook {
  upload: string;
  format: "csv" | "ndjson";
  encoding: string;
  bytes: number;
  /** this and key: of CSV */
  delimiter?: string;
  key?: string;
  rows: number;
  bad_rows: number;
  dropped: Record<string, number>;
  whole_file: boolean;
  columns: {
    name: string;
    type: FieldType;
    filled: number;
    samples: string[];
  }[];
  mistakes: RowMistake[];
}

export interface RowMistake {
  line: number;
  /** 0: not known */
  column: number;
  code: string;
  message: string;
  fix: string;
}

export interface UploadRemoved {
  upload: string;
}

export interface Alerts {
  as_of: string;
  alerts: Alert[];
  open: Episode[];
}

export interface Alert {
  name: string;
  kind: AlertKindName;
  /** empty: all */
  of: string;
  above: number | null;
  min: number | null;
  max: number | null;
  hours: number | null;
  to: string[];
  created_at: string | null;
  created_by: string;
}

export interface Episode {
  number: number;
  alert: string;
  kind: AlertKindName;
  object: string;
  since: string | null;
  until: string | null;
  summary: string;
  next_step: string;
  /** why; empty: it is open */
  ended: string;
}

export interface AlertHistory {
  as_of: string;
  episodes: Episode[];
  messages: AlertMessage[];
}

export interface AlertMessage {
  id: string;
  alert: string;
  /** null: a test */
  episode: number | null;
  type: string;
  to: string;
  created_at: string | null;
  attempts: number;
  state: "waiting" | "delivered" | "given up";
  next_attempt_at: string | null;
  ended_at: string | null;
  error: string;
}

export interface AlertSaved {
  alert: string;
  change: Change;
}

export interface AlertRemoved {
  alert: string;
  result: "removed";
}

export interface AlertTested {
  alert: string;
  messages: number;
}

export interface Webhooks {
  as_of: string;
  webhooks: Webhook[];
}

export interface Webhook {
  name: string;
  url: string;
  managed_by_file: boolean;
}

export interface WebhookMade {
  webhook: string;
  url: string;
  /** shown this once */
  secret: string;
}

export interface WebhookRemoved {
  webhook: string;
  result: "removed";
}

export interface WebhookTested {
  webhook: string;
  result: "delivered";
}

/** Who is calling. The times are of a session. */
export interface Caller {
  who: string;
  role: Role;
  /** the only ones that the token may see and act on */
  jobs?: string[];
  idle_until?: string;
  ends_at?: string;
  /** how long the password need not be given again */
  confirmed_until?: string;
}

export interface SignedOut {
  who: string;
  closed: boolean;
}

export interface Tokens {
  as_of: string;
  tokens: Token[];
}

export interface Key {
  name: string;
  created_at: string | null;
  created_by: string;
  expires_at: string | null;
  ended: boolean;
  used_at: string | null;
  /** by a restore */
  suspended: boolean;
}

export interface Token {
  name: string;
  created_at: string | null;
  created_by: string;
  expires_at: string | null;
  ended: boolean;
  used_at: string | null;
  /** by a restore */
  suspended: boolean;
  role: Role;
  /** null: from anywhere */
  networks: string[] | null;
  /** null: all */
  jobs: string[] | null;
}

export interface TokenMade {
  name: string;
  created_at: string | null;
  created_by: string;
  expires_at: string | null;
  ended: boolean;
  used_at: string | null;
  /** by a restore */
  suspended: boolean;
  role: Role;
  /** null: from anywhere */
  networks: string[] | null;
  /** null: all */
  jobs: string[] | null;
  token: string;
}

export interface Revoked {
  name: string;
  result: "revoked";
}

export interface WriteKeys {
  as_of: string;
  write_keys: WriteKey[];
}

export interface KeyScope {
  rows: RowType[];
  audiences: string[] | null;
  networks: string[] | null;
  rows_a_minute: number | null;
  bytes_a_minute: number | null;
  unlimited: boolean;
}

export type WriteKey = StoredWriteKey | FileWriteKey;

export interface NewNames {
  fields: number;
  audiences: number;
  refused: number;
}

export interface StoredWriteKey {
  name: string;
  created_at: string | null;
  created_by: string;
  expires_at: string | null;
  ended: boolean;
  used_at: string | null;
  /** by a restore */
  suspended: boolean;
  rows: RowType[];
  audiences: string[] | null;
  networks: string[] | null;
  rows_a_minute: number | null;
  bytes_a_minute: number | null;
  unlimited: boolean;
  kept_in: "store";
  new_names: NewNames;
}

export interface FileWriteKey {
  name: string;
  rows: RowType[];
  audiences: string[] | null;
  networks: string[] | null;
  rows_a_minute: number | null;
  bytes_a_minute: number | null;
  unlimited: boolean;
  kept_in: "file";
  new_names: NewNames;
}

export interface WriteKeyMade {
  name: string;
  created_at: string | null;
  created_by: string;
  expires_at: string | null;
  ended: boolean;
  used_at: string | null;
  /** by a restore */
  suspended: boolean;
  rows: RowType[];
  audiences: string[] | null;
  networks: string[] | null;
  rows_a_minute: number | null;
  bytes_a_minute: number | null;
  unlimited: boolean;
  key: string;
}

export interface Users {
  as_of: string;
  users: User[];
}

export interface User {
  name: string;
  role: Role;
  state: "active" | "invited" | "invitation over" | "suspended";
  created_at: string | null;
  created_by: string;
  password_at: string | null;
  signed_in_at: string | null;
}

export interface Invitation {
  name: string;
  /** shown this once */
  link: string;
  ends_at: string;
}

export interface UserChanged {
  name: string;
  role: Role;
  tokens_lowered: string[];
}

export interface UserRemoved {
  name: string;
  result: "removed";
  tokens_ended: string[];
}

export interface Sessions {
  as_of: string;
  sessions: Session[];
}

export interface Session {
  number: number;
  user: string;
  from: string;
  since: string | null;
  seen_at: string | null;
}

export interface SessionEnded {
  number: number;
  result: "signed out";
}

export interface Audit {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  entries: AuditEntry[];
}

export interface AuditEntry {
  number: number;
  at: string;
  who: string;
  origin: string;
  action: string;
  object: string;
  detail: string;
  /** what was and what is */
  changed: Record<string, unknown[]>;
  /** done, nothing to do, or the code of a refusal */
  outcome: string;
}

export interface AuditVerified {
  rows: number;
  whole: boolean;
  broken_at: number | null;
  head: string;
}

export interface SecurityEvents {
  /** asks for the next page; null: this was the last one */
  next_cursor: string | null;
  as_of: string;
  events: SecurityEvent[];
}

export interface SecurityEvent {
  number: number;
  at: string | null;
  kind: SecurityKind;
  source: string;
  who: string;
  what: string;
  whom: string | null;
  count: number;
}

export interface Doctor {
  as_of: string;
  checks: Check[];
  warnings: number;
  problems: number;
}

export interface Check {
  name: string;
  level: "ok" | "warning" | "problem";
  result: string;
  fix: string;
}

/** Every path with what its methods take and give; of a live one, the data of its events. */
export interface Paths {
  "/api/v1/providers": {
    GET: {
      answer: Providers;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/pinterest-fields": {
    GET: {
      answer: PinterestFields;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/job-settings": {
    GET: {
      answer: JobSettingKeys;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/alert-kinds": {
    GET: {
      answer: AlertKinds;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/reasons": {
    GET: {
      answer: Reasons;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/version": {
    GET: {
      answer: Service;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/authorizations": {
    GET: {
      answer: Authorizations;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: AuthorizationSaved;
      query: Record<string, never>;
      body: {
        /** what jobs call it */
        name: string;
        /** the ad account that the token is for */
        ad_account: string;
        /** the conversion token; no answer ever shows it */
        token: string;
        /** what people read */
        label?: string;
        /** what it is for */
        description?: string;
      };
    };
  };
  "/api/v1/authorizations/{name}": {
    PATCH: {
      answer: AuthorizationChanged;
      query: Record<string, never>;
      body: {
        /** what people read */
        label?: string;
        /** what it is for */
        description?: string;
      } | undefined;
    };
    DELETE: {
      answer: AuthorizationChanged;
      query: {
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/authorizations/{name}/verify": {
    POST: {
      answer: Verified;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/authorizations/{name}/ad-accounts": {
    GET: {
      answer: AdAccounts;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/authorizations/{name}/lists": {
    GET: {
      answer: RemoteLists;
      query: {
        ad_account: string;
        search?: string;
        limit?: number;
        cursor?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/sign-ins": {
    POST: {
      answer: SignIn;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/sign-ins/{ticket}": {
    GET: {
      answer: SignIn;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/sign-ins/save": {
    POST: {
      answer: AuthorizationSaved;
      query: Record<string, never>;
      body: {
        /** what jobs call it */
        name: string;
        /** of the sign-in */
        ticket: string;
        /** what people read */
        label?: string;
        /** what it is for */
        description?: string;
      };
    };
  };
  "/api/v1/master-key/rotate": {
    POST: {
      answer: MasterKey;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/audiences": {
    GET: {
      answer: Audiences;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/audiences/{name}": {
    GET: {
      answer: AudienceShown;
      query: Record<string, never>;
      body: undefined;
    };
    DELETE: {
      answer: AudienceRemoved;
      query: {
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/audiences/{name}/sample": {
    GET: {
      answer: AudienceSample;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/fields": {
    GET: {
      answer: Fields;
      query: {
        limit?: number;
        cursor?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/fields/{name}": {
    DELETE: {
      answer: FieldRemoved;
      query: {
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/profiles/{key}": {
    GET: {
      answer: Person;
      query: Record<string, never>;
      body: undefined;
    };
    DELETE: {
      answer: Deletion;
      query: {
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/profiles/search": {
    POST: {
      answer: PeopleFound;
      query: Record<string, never>;
      body: {
        /** the value; a phone number in any spelling */
        value: string;
        /** only in this field; else in all */
        field?: string;
      };
    };
  };
  "/api/v1/deletions/{number}": {
    GET: {
      answer: Deletion;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/profiles/{key}/why": {
    GET: {
      answer: PersonWhy;
      query: {
        job?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs": {
    GET: {
      answer: Jobs;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}": {
    GET: {
      answer: Job;
      query: Record<string, never>;
      body: undefined;
    };
    PUT: {
      answer: JobSaved;
      query: Record<string, never>;
      body: {
        /** as under jobs: in a file */
        settings: Record<string, unknown>;
      };
    };
    DELETE: {
      answer: JobDone;
      query: {
        remove_first?: boolean;
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/start": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/pause": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/resume": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/restart": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/resync": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: {
        /** send every wanted identifier again */
        reassert?: boolean;
      } | undefined;
    };
  };
  "/api/v1/jobs/{name}/flush": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/release": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/discard": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/retry": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: {
        /** only what was not sent for this reason */
        reason?: string;
        /** only what is this person's */
        key?: string;
      } | undefined;
    };
  };
  "/api/v1/jobs/{name}/keep": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/stop": {
    POST: {
      answer: JobDone;
      query: Record<string, never>;
      body: {
        /** false: refuse, and say what would follow, where a person would be asked */
        yes?: boolean;
      } | undefined;
    };
  };
  "/api/v1/lists/{name}": {
    DELETE: {
      answer: ListForgotten;
      query: {
        yes?: boolean;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/export": {
    GET: {
      answer: JobExport;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/plan": {
    GET: {
      answer: Plan;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: Plan;
      query: Record<string, never>;
      body: {
        /** as if the job had these, which are not saved */
        settings: Record<string, unknown>;
      };
    };
  };
  "/api/v1/jobs/{name}/preview": {
    POST: {
      answer: Preview;
      query: Record<string, never>;
      body: {
        /** profile rows as they are imported, at most 100 */
        rows?: Record<string, unknown>[];
        /** members: their keys or profile ids, at most 20 */
        people?: string[];
        /** as if the job had these, which are not saved */
        settings?: Record<string, unknown>;
      } | undefined;
    };
  };
  "/api/v1/jobs/{name}/test": {
    POST: {
      answer: JobTest;
      query: Record<string, never>;
      body: {
        /** of so many members, at most 20 */
        people?: number;
      } | undefined;
    };
  };
  "/api/v1/jobs/{name}/records": {
    GET: {
      answer: JobRecords;
      query: {
        reason?: string;
        outcome?: string;
        key?: string;
        limit?: number;
        cursor?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/records.csv": {
    GET: {
      answer: string;
      query: {
        reason?: string;
        outcome?: string;
        key?: string;
        cursor?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/runs": {
    GET: {
      answer: JobRuns;
      query: {
        limit?: number;
        cursor?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/requests": {
    GET: {
      answer: JobRequests;
      query: {
        limit?: number;
        cursor?: string;
        number?: number;
      };
      body: undefined;
    };
  };
  "/api/v1/jobs/{name}/history": {
    GET: {
      answer: History;
      query: {
        step?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/history": {
    GET: {
      answer: History;
      query: {
        step?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/imports": {
    GET: {
      answer: Imports;
      query: {
        limit?: number;
        cursor?: string;
      };
      body: undefined;
    };
    POST: {
      answer: ImportBegun;
      query: Record<string, never>;
      body: {
        /** the name of the file that was sent */
        upload: string;
        /** what it is written in; else UTF-8 or UTF-16 */
        encoding?: string;
        /** CSV: the column that holds the key; else 'key' */
        key?: string;
        /** CSV: what separates cells; else guessed */
        delimiter?: string;
        /** everybody in the file enters it */
        audience?: string;
        /** upsert, or snapshot: the file is the whole audience */
        mode?: string;
        /** the time of rows that name none, and of the snapshot; else now */
        as_of?: string;
        /** a snapshot's exits happen though the keys of so many rows cannot be read; else 0 */
        allow_unreadable?: number;
        /** import a file that was imported before */
        again?: boolean;
      };
    };
  };
  "/api/v1/imports/{number}": {
    GET: {
      answer: Import;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/imports/{number}/release": {
    POST: {
      answer: Import;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/imports/{number}/discard": {
    POST: {
      answer: Import;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/uploads": {
    POST: {
      answer: UploadKept;
      query: Record<string, never>;
      body: Blob;
    };
    GET: {
      answer: Uploads;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/uploads/{name}": {
    GET: {
      answer: FileLook;
      query: {
        encoding?: string;
        key?: string;
        delimiter?: string;
      };
      body: undefined;
    };
    DELETE: {
      answer: UploadRemoved;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/alerts": {
    GET: {
      answer: Alerts;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/alerts/{name}": {
    PUT: {
      answer: AlertSaved;
      query: Record<string, never>;
      body: {
        /** what to look for */
        kind: string;
        /** only this job, authorization or audience */
        of?: string;
        /** a threshold in percent */
        above?: number;
        /** fewer are reported */
        min?: number;
        /** more are reported */
        max?: number;
        /** how far it looks back */
        hours?: number;
        /** webhooks and mail addresses, separated by commas; else it is only shown */
        to?: string;
      };
    };
    DELETE: {
      answer: AlertRemoved;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/alerts/{name}/test": {
    POST: {
      answer: AlertTested;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/alert-history": {
    GET: {
      answer: AlertHistory;
      query: {
        limit?: number;
      };
      body: undefined;
    };
  };
  "/api/v1/webhooks": {
    GET: {
      answer: Webhooks;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: WebhookMade;
      query: Record<string, never>;
      body: {
        /** what alerts call it */
        name: string;
        /** a public https address */
        url: string;
      };
    };
  };
  "/api/v1/webhooks/{name}": {
    DELETE: {
      answer: WebhookRemoved;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/webhooks/{name}/test": {
    POST: {
      answer: WebhookTested;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/doctor": {
    GET: {
      answer: Doctor;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/tokens": {
    GET: {
      answer: Tokens;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: TokenMade;
      query: Record<string, never>;
      body: {
        /** who or what uses it */
        name: string;
        /** viewer, operator or admin */
        role: string;
        /** after so long: 90d */
        expires?: string;
        /** where it may be used from: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7 */
        networks?: string[];
        /** the only jobs it may see and act on; beyond them it only looks */
        jobs?: string[];
      };
    };
  };
  "/api/v1/tokens/{name}": {
    DELETE: {
      answer: Revoked;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/session": {
    POST: {
      answer: Caller;
      query: Record<string, never>;
      body: {
        /** of the user */
        name: string;
        /** of the user */
        password: string;
      };
    };
    GET: {
      answer: Caller;
      query: Record<string, never>;
      body: undefined;
    };
    DELETE: {
      answer: SignedOut;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/session/accept": {
    POST: {
      answer: Caller;
      query: Record<string, never>;
      body: {
        /** what stands in the link behind # */
        ticket: string;
        /** the new one, of 12 characters or more */
        password: string;
      };
    };
  };
  "/api/v1/session/confirm": {
    POST: {
      answer: Caller;
      query: Record<string, never>;
      body: {
        /** of the user who is signed in */
        password: string;
      };
    };
  };
  "/api/v1/session/password": {
    POST: {
      answer: Caller;
      query: Record<string, never>;
      body: {
        /** the present one */
        password: string;
        /** the new one, of 12 characters or more */
        new_password: string;
      };
    };
  };
  "/api/v1/sessions": {
    GET: {
      answer: Sessions;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/sessions/{number}": {
    DELETE: {
      answer: SessionEnded;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/users": {
    GET: {
      answer: Users;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: Invitation;
      query: Record<string, never>;
      body: {
        /** what the user signs in with */
        name: string;
        /** viewer, operator or admin */
        role: string;
      };
    };
  };
  "/api/v1/users/{name}": {
    PATCH: {
      answer: UserChanged;
      query: Record<string, never>;
      body: {
        /** viewer, operator or admin */
        role: string;
      };
    };
    DELETE: {
      answer: UserRemoved;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/users/{name}/reset": {
    POST: {
      answer: Invitation;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/write-keys": {
    GET: {
      answer: WriteKeys;
      query: Record<string, never>;
      body: undefined;
    };
    POST: {
      answer: WriteKeyMade;
      query: Record<string, never>;
      body: {
        /** who or what sends by it */
        name: string;
        /** after so long: 90d */
        expires?: string;
        /** where it may be used from: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7 */
        networks?: string[];
        /** the only audiences whose members it may change */
        audiences?: string[];
        /** which types of rows it may send: profile,enter,exit,delete; else all but delete */
        rows?: string;
        /** at most so many; else as limits of the file */
        rows_a_minute?: number;
        /** at most so many; else as limits of the file */
        bytes_a_minute?: number;
      };
    };
  };
  "/api/v1/write-keys/{name}": {
    DELETE: {
      answer: Revoked;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/audit": {
    GET: {
      answer: Audit;
      query: {
        limit?: number;
        cursor?: string;
        before?: number;
      };
      body: undefined;
    };
  };
  "/api/v1/security/events": {
    GET: {
      answer: SecurityEvents;
      query: {
        limit?: number;
        cursor?: string;
        kind?: string;
        key?: string;
      };
      body: undefined;
    };
  };
  "/api/v1/audit/verify": {
    GET: {
      answer: AuditVerified;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/live/jobs": {
    GET: {
      event: Jobs;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/live/jobs/{name}": {
    GET: {
      event: Job;
      query: Record<string, never>;
      body: undefined;
    };
  };
  "/api/v1/live/log": {
    GET: {
      event: LogLine;
      query: {
        job?: string;
      };
      body: undefined;
    };
  };
}

// What the members of an audience look like, from a sample of them; values are masked by the service.
import { type Loaded, useLoaded } from "../api/loaded";
import type { Field } from "../api/types";
import { may } from "../session";

export interface FieldSample extends Field {
  values: string[];
  as_time: { read: number; ambiguous: number; unreadable: number; forms: string[] } | null;
}

export interface AudienceSample {
  members: number;
  looked_at: number;
  fields: FieldSample[];
  people: { profile_id: string; person: string }[];
}

export const useSample = (audience: string): Loaded<AudienceSample> =>
  useLoaded(audience && may("operator") ? `/api/v1/audiences/${encodeURIComponent(audience)}/sample` : null);

// A field as a mapping sees it: with what the sample says of it, once there is one.
export interface KnownField extends Field {
  sample?: FieldSample | null; // null: no member has it
}

export const withSample = (fields: Field[], sample: AudienceSample | null): KnownField[] =>
  sample && sample.looked_at > 0
    ? fields.map((field) => ({ ...field, sample: sample.fields.find((each) => each.name === field.name) ?? null }))
    : fields;

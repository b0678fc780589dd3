// What the members of an audience look like, from a sample of them; values are masked by the service.
import { at } from "../api/client";
import { type Loaded, useLoaded } from "../api/loaded";
import type { AudienceSample, Field, FieldSample } from "../api/types";
import { may } from "../session";

export const useSample = (audience: string): Loaded<AudienceSample> =>
  useLoaded(audience && may("operator") ? at("/api/v1/audiences/{name}/sample", audience) : null);

// A field as a mapping sees it: with what the sample says of it, once there is one.
export interface KnownField extends Field {
  sample?: FieldSample | null; // null: no member has it
}

export const withSample = (fields: Field[], sample: AudienceSample | null): KnownField[] =>
  sample && sample.looked_at > 0
    ? fields.map((field) => ({ ...field, sample: sample.fields.find((each) => each.name === field.name) ?? null }))
    : fields;

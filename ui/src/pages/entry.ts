// One entry of a mapping, as the form holds it, from and to the settings, where the short form is one key:
// {our_field: target}.
import type { JobSettings } from "../api/types";

type Written = NonNullable<JobSettings["details"]>[number];

export interface Entry {
  to: string;
  fields: string[]; // in order: the next is asked while the ones before have no valid value; none: a constant
  fixed: string; // the constant, or what holds where no field has a value
}

export const mapped = (field: string, to: string): Entry => ({ to, fields: [field], fixed: "" });
export const fieldOf = ({ fields }: Entry): string => fields[0] ?? "";
export const isConstant = ({ fields }: Entry): boolean => fields.length === 0;

// An entry counts once it is filled in.
export const whole = (entries: Entry[]): Entry[] =>
  entries.filter(({ to, fields, fixed }) => to && (fields.length ? fields.some(Boolean) : fixed.trim()));

const keys = ["field", "first_of", "constant", "default", "to"];
const isLong = (written: object): written is { to: string; field?: string; first_of?: string[]; constant?: string; default?: string } =>
  Object.keys(written).length > 1 && Object.keys(written).every((key) => keys.includes(key));

export function entryOf(written: Written | Entry): Entry {
  if ("fields" in written && Array.isArray(written.fields)) return written as Entry;
  if (isLong(written)) return { to: written.to, fields: written.first_of ?? (written.field ? [written.field] : []), fixed: written.constant ?? written.default ?? "" };
  const [field = "", to = ""] = Object.entries(written)[0] ?? [];
  return mapped(field, String(to));
}

export function written({ to, fields, fixed }: Entry): Written {
  const named = fields.filter(Boolean), text = fixed.trim();
  if (named.length === 0) return { constant: text, to };
  const [field = ""] = named;
  const otherwise = text ? { default: text } : {};
  if (named.length > 1) return { first_of: named, to, ...otherwise };
  return text ? { field, to, ...otherwise } : { [field]: to };
}

// The steps of both wizards, by the names and in the order of the specification.
import type { Audience, Authorization } from "../api/types";
import { people, several } from "../parts/format";
import { typeName } from "../parts/states";
import type { Draft } from "./draft";
import { type Entry, whole } from "./entry";

export interface Step {
  title: string;
  screen: number;
  value: string;
  done: boolean;
}

export function stepsOf(draft: Draft, known: { audience: Audience | undefined; authorization: Authorization | undefined }, started: boolean): Step[] {
  const mapped = (entries: Entry[]) => (whole(entries).length ? several(whole(entries).length, "field") : "");
  const basics: Step[] = [
    { title: "Provider", screen: 1, value: "Pinterest", done: true },
    { title: "Job type", screen: 1, value: typeName(draft.type), done: true },
    { title: "Authorization", screen: 1, value: known.authorization?.label || draft.authorization, done: draft.authorization !== "" },
    { title: "Label", screen: 1, value: draft.label, done: draft.label !== "" },
    { title: "Description", screen: 1, value: draft.description, done: draft.description !== "" },
    {
      title: "Audience",
      screen: 1,
      value: draft.audience && `${draft.audience}${known.audience ? `, ${people(known.audience.members)}` : ""}`,
      done: draft.audience !== "",
    },
  ];
  if (draft.type === "audience_export")
    return [
      ...basics,
      { title: "Pinterest Ad Account", screen: 2, value: draft.ad_account, done: draft.ad_account !== "" },
      { title: "Customer List", screen: 2, value: draft.list_id || "a new list", done: true },
      { title: "Email", screen: 2, value: draft.email || "not sent", done: draft.email !== "" },
      { title: "SHA256 Email", screen: 2, value: draft.sha256_email || "not sent", done: draft.sha256_email !== "" },
      { title: "Mobile ID", screen: 2, value: draft.mobile_id || "not sent", done: draft.mobile_id !== "" },
      { title: lastTitle(started), screen: 3, value: "", done: false },
    ];
  return [
    ...basics,
    { title: "Identifier Mapping", screen: 2, value: mapped(draft.identifiers), done: whole(draft.identifiers).length > 0 },
    { title: "Event Mapping", screen: 2, value: mapped(draft.event), done: whole(draft.event).length > 1 },
    { title: "Action Source Default", screen: 2, value: draft.action_source_default || "none", done: draft.action_source_default !== "" },
    { title: "Event Name Default", screen: 2, value: draft.event_name_default || "none", done: draft.event_name_default !== "" },
    { title: "Details Mapping", screen: 2, value: mapped(draft.details) || "none", done: whole(draft.details).length > 0 },
    { title: "Partner Name Default", screen: 2, value: draft.partner_name_default || "none", done: draft.partner_name_default !== "" },
    { title: "Existing Users", screen: 2, value: draft.existing_users ? "sent" : "not sent", done: true },
    { title: lastTitle(started), screen: 3, value: "", done: false },
  ];
}

const lastTitle = (started: boolean): string => (started ? "Review and save" : "Review and start");

export const screenTitle = (draft: Draft, screen: number, started: boolean): string =>
  screen === 1
    ? "What is exported, and as whom"
    : screen === 3
      ? lastTitle(started)
      : draft.type === "audience_export"
        ? "List and identifiers"
        : "What Pinterest learns about each event";

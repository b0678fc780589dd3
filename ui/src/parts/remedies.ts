// What somebody does here about a job that needs them. The service's own words name commands, for those who work by them.
import type { JobRow } from "../api/types";
import { jobPath } from "../router";

export interface Remedy {
  says: string;
  does: string;
  to: string;
}

type Look = Pick<JobRow, "name" | "reason_code" | "fix">;

const edit = (name: string): string => `/edit-job/${encodeURIComponent(name)}`;

const remedies: Record<string, [says: string, does: string, to: (name: string) => string]> = {
  auth_error: ["Renew the authorization, or give its user the role Owner, Admin or Audience on the ad account. The job then goes on by itself.", "Look at authorizations", () => "/authorizations"],
  brake: ["Nobody is removed before somebody has looked at them. Additions go on.", "Look at the removals", jobPath],
  list_gone: ["Choose another list, or none to have a new one made.", "Choose a list", edit],
  cannot_reach_list: ["The list is asked for again every 15 minutes. Check the authorization and its role on the ad account.", "Look at authorizations", () => "/authorizations"],
  ad_account_gone: ["Correct the ad account, then resume the job.", "Correct the ad account", edit],
  account_gone: ["Correct the ad account, then resume the job.", "Correct the ad account", edit],
  only_errors: ["See what Pinterest answers, then resume the job.", "See the requests", (name) => jobPath(name, "requests")],
  events_refused: ["See what Pinterest says. Resuming the job sends the refused events again.", "See the requests", (name) => jobPath(name, "requests")],
  batch_refused: ["See what Pinterest says, then resume the job.", "See the requests", (name) => jobPath(name, "requests")],
  restored_events_held: ["They may have been sent after the backup was made. Send them or give them up.", "Decide about them", jobPath],
  restored: ["Make sure that no other instance runs, then resume the job.", "Look at the job", jobPath],
};

export function remedyOf(job: Look, sentence: (text: string) => string): Remedy {
  const [says, does, to] = remedies[job.reason_code] ?? [sentence(job.fix), "Look at the job", jobPath];
  return { says, does, to: to(job.name) };
}

// What can be done with a job: which verb of the service it is, what it does, and how it is asked about first. Which
// verbs the job's state admits is the service's answer (Job.verbs), not ours.
import { at, call } from "../api/client";
import type { Job, JobDone, Verb } from "../api/types";
import type { IconName } from "../parts/basics";
import { ask, say } from "../parts/dialogs";
import { count, people } from "../parts/format";
import { go } from "../router";

// Verbs that need nothing but the job.
type PlainVerb = Exclude<Verb, "stop" | "delete">;
const tell = (name: string, verb: PlainVerb): Promise<JobDone> => call("POST", at(`/api/v1/jobs/{name}/${verb}`, name));

type Action = Shown & ({ verb: PlainVerb; send?: never } | { verb: Verb; send: (name: string) => Promise<JobDone> });
interface Shown {
  text: string;
  icon: IconName;
  also?: (job: Job) => boolean; // what holds beside the verb being possible
  primary?: boolean;
  ask?: (job: Job) => { title: string; says: string; does: string; danger?: boolean; type?: string };
  then?: () => void;
}

const audience = (job: Job): boolean => job.type === "audience_export";
const onList = (job: Job): number => job.list?.identifiers ?? 0;
const braked = (job: Job): number => job.queue?.braked.users ?? 0;

const actions: Action[] = [
  {
    verb: "start",
    text: "Start job",
    icon: "play",
    primary: true,
    ask: (job) => ({
      title: `Start ${job.label || job.name}?`,
      says: audience(job)
        ? `The ${people(job.audience.members)} of ${job.audience.name} are compared with the list, and everyone with a valid identifier is sent. From then on the list follows the audience.`
        : `From now on, everybody who enters or leaves ${job.audience.name} becomes a conversion${job.events?.existing_users ? `, and so do the ${people(job.audience.members)} who are in it now` : ""}.`,
      does: "Start job",
    }),
  },
  { verb: "resume", text: "Resume", icon: "play", primary: true },
  {
    verb: "release",
    text: "Look at what is held",
    icon: "warning",
    primary: true,
    ask: (job) =>
      job.reason_code === "restored_events_held"
        ? {
            title: "Send what is held since the restore?",
            says: "These conversions are from before the restore. They may have been sent after the backup was made; sent again, Pinterest may count them twice.",
            does: "Send them",
            danger: true,
          }
        : {
            title: `Remove ${people(braked(job))} from the list?`,
            says: `The brake holds these removals because they are unusually many. Additions and erasures go on. If a file was wrong, import the right one instead: nothing has been removed yet.`,
            does: `Remove ${people(braked(job))}`,
            danger: true,
            type: String(braked(job)),
          },
  },
  {
    verb: "discard",
    text: "Give up what is held",
    icon: "cross",
    ask: () => ({
      title: "Give up the held conversions?",
      says: "They are never sent. Nothing that was sent already changes.",
      does: "Give them up",
      danger: true,
    }),
  },
  { verb: "keep", text: "Give up the removal", icon: "pause", primary: true },
  { verb: "flush", text: "Flush now", icon: "arrow" },
  { verb: "pause", text: "Pause", icon: "pause" },
  {
    verb: "resync",
    text: "Resync",
    icon: "again",
    ask: (job) => ({
      title: "Compare everybody with the list again?",
      says: `All ${people(job.audience.members)} are looked at, and only the difference is sent.`,
      does: "Resync",
    }),
  },
  {
    verb: "restart",
    text: "Restart",
    icon: "again",
    ask: () => ({
      title: "Restart the job?",
      says: "Settings and credentials are read again. Nothing is sent twice.",
      does: "Restart",
    }),
  },
  {
    verb: "stop",
    text: "Stop for good",
    icon: "cross",
    send: (name) => call("POST", at("/api/v1/jobs/{name}/stop", name), { yes: true }),
    ask: (job) => ({
      title: `Stop ${job.label || job.name} for good?`,
      says: audience(job)
        ? `The ${count(onList(job))} identifiers stay on the list, and the list no longer follows the audience. A stopped job cannot be started again.`
        : "No more conversions are made. A stopped job cannot be started again.",
      does: "Stop for good",
      danger: true,
      type: job.name,
    }),
  },
  {
    verb: "delete",
    text: "Delete",
    icon: "cross",
    also: (job) => job.managed_by !== "file" || job.state === "Draft",
    send: (name) => call("DELETE", at("/api/v1/jobs/{name}", name, { yes: true })),
    then: () => go("/jobs"),
    ask: (job) => ({
      title: `Delete ${job.label || job.name}?`,
      says:
        audience(job) && onList(job) > 0
          ? `The ${count(onList(job))} identifiers that it added stay on the list.`
          : "Its settings and its history go.",
      does: "Delete the job",
      danger: true,
      type: job.name,
    }),
  },
  {
    verb: "delete",
    text: "Remove everyone, then delete",
    icon: "cross",
    also: (job) => audience(job) && job.state !== "Draft" && job.state !== "Stopped" && onList(job) > 0,
    send: (name) => call("DELETE", at("/api/v1/jobs/{name}", name, { remove_first: true, yes: true })),
    ask: (job) => ({
      title: `Remove everyone and delete ${job.label || job.name}?`,
      says: `The ${count(onList(job))} identifiers that it added leave the list, then the job is deleted. This can be given up only for those who have not left yet.`,
      does: `Remove ${count(onList(job))} identifiers`,
      danger: true,
      type: String(onList(job)),
    }),
  },
];

export function run(action: Action, job: Job, reload: () => void): void {
  const act = async () => {
    const { result } = await (action.send ? action.send(job.name) : tell(job.name, action.verb));
    say(`${job.label || job.name}: ${result}`);
    if (action.then) action.then();
    else reload();
  };
  const question = action.ask?.(job);
  ask(
    question
      ? { ...question, act }
      : { title: `${action.text}: ${job.label || job.name}?`, says: effect[action.verb] ?? "", does: action.text, act },
  );
}

const effect: Partial<Record<Verb, string>> = {
  pause: "Nothing more is sent. Changes are kept and go out when it is resumed.",
  resume: "It goes on where it was.",
  keep: "Who has not left the list yet stays on it, and the job goes on.",
  flush: "What is queued is sent now instead of at the next flush.",
};

export const actionsOf = (job: Job): Action[] =>
  actions.filter((action) => job.verbs.includes(action.verb) && (action.also?.(job) ?? true));

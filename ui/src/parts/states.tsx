// A job's state in the four words that people learn, and one place that says which job needs somebody.
import type { Authorization, JobRow } from "../api/types";
import { Badge, type IconName, type Tone } from "./basics";

export type Group = "Needs attention" | "Sending" | "Waiting" | "Up to date" | "Paused" | "Draft" | "Stopped";
export const groups: Group[] = ["Needs attention", "Sending", "Waiting", "Up to date", "Paused", "Draft", "Stopped"];

type State = Pick<JobRow, "state" | "reason_code" | "phase" | "fix" | "warning">;

export function groupOf(job: State): Group {
  switch (job.state) {
    case "Draft":
      return "Draft";
    case "Paused":
      return "Paused";
    case "Stopped":
      return "Stopped";
    case "Failed":
      return "Needs attention";
  }
  // A reason with a fix lasts until somebody applies it; the others pass by themselves.
  if (job.reason_code && job.fix) return "Needs attention";
  if (job.phase.name !== "live" && job.state === "Running") return "Sending";
  if (job.state === "Sleeping" || job.reason_code) return "Waiting";
  return job.state === "Running" ? "Up to date" : "Waiting";
}

const looks: Record<Group, { tone: Tone; icon: IconName; bar: string }> = {
  "Needs attention": { tone: "bad", icon: "failed", bar: "red" },
  Sending: { tone: "send", icon: "arrow", bar: "blue" },
  Waiting: { tone: "send", icon: "clock", bar: "blue" },
  "Up to date": { tone: "ok", icon: "check", bar: "green" },
  Paused: { tone: "", icon: "pause", bar: "grey" },
  Draft: { tone: "", icon: "draft", bar: "grey" },
  Stopped: { tone: "", icon: "cross", bar: "grey" },
};

export const barOf = (group: Group): string => looks[group].bar;

export function StateBadge({ job }: { job: State }) {
  const group = groupOf(job);
  const { tone, icon } = looks[group];
  const { scanned, total, name } = job.phase;
  const progress = group === "Sending" && total > 0 && scanned < total ? ` ${Math.floor((100 * scanned) / total)} %` : "";
  return (
    <Badge tone={tone} icon={icon}>
      {group === "Sending" && name !== "live" ? name.charAt(0).toUpperCase() + name.slice(1) : group}
      {progress}
    </Badge>
  );
}

export const typeName = (type: string): string => (type === "audience_export" ? "Audience Export" : "Conversions Export");

// When somebody has to renew it. What a sign-in that is kept here brings renews itself, so its own end counts.
export const endOf = (each: Pick<Authorization, "method" | "kept_in" | "expires_at" | "sign_in_until">): string | null =>
  each.method === "sign_in" && each.kept_in === "store" ? each.sign_in_until : each.expires_at;

export function HealthBadge({ health }: { health: string }) {
  const known: Record<string, [Tone, IconName, string]> = {
    healthy: ["ok", "check", "Healthy"],
    unhealthy: ["bad", "failed", "Refused"],
    expiring: ["warn", "warning", "Ends soon"],
    warning: ["warn", "warning", "Look at this"],
    unknown: ["", "clock", "Not checked yet"],
  };
  const [tone, icon, text] = known[health] ?? (["warn", "warning", health] as [Tone, IconName, string]);
  return (
    <Badge tone={tone} icon={icon}>
      {text}
    </Badge>
  );
}

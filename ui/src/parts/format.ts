// Numbers and times as people of the browser's language read them.
const whole = new Intl.NumberFormat();

export const count = (n: number | null | undefined): string => (n == null ? "—" : whole.format(n).replace("-", "−"));

export function percent(part: number, all: number): string {
  if (!all) return "0 %";
  const share = (100 * part) / all;
  return `${share > 0 && share < 0.1 ? "< 0.1" : share.toFixed(share < 10 && share % 1 ? 1 : 0)} %`;
}

// "1 person", "2 people".
export const several = (n: number, one: string, many = one + "s"): string => `${count(n)} ${n === 1 ? one : many}`;
export const people = (n: number): string => several(n, "person", "people");

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const fullTime = (iso: string): string => full.format(new Date(iso));
export const clockTime = (ms: number): string => clock.format(ms);

// Relative up to an hour, then the clock, then the day: "4 s ago", "12 min ago", "14:02:11", "3 Sept, 06:02".
export function when(iso: string | null | undefined, now: number): string {
  if (!iso) return "never";
  const at = Date.parse(iso);
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 0) return "in " + span(-seconds);
  if (seconds < 3600) return seconds < 2 ? "just now" : span(seconds) + " ago";
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock.format(at) : day.format(at);
}

// 95 → "1:35", 7325 → "2 h 2 min"; below a minute "42 s".
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 600) return `${Math.floor(seconds / 60)} min${Math.floor(seconds % 60) ? ` ${Math.floor(seconds % 60)} s` : ""}`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const minutes = Math.floor((seconds % 3600) / 60);
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h${minutes ? ` ${minutes} min` : ""}`;
  return `${Math.floor(seconds / 86400)} days`;
}

export function bytes(n: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const)
    if (n >= size) return `${(n / size).toFixed(1)} ${unit}`;
  return `${n} bytes`;
}

// "a, b" → ["a", "b"]
export const listOf = (text: string): string[] => text.split(",").map((each) => each.trim()).filter(Boolean);

// "customer_list" → "Customer list"
export const words = (code: string): string => {
  const text = code.replace(/_/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

// Sentences from the service begin small and have no full stop, so that they can stand in a line of text.
export function sentence(text: string): string {
  if (!text) return "";
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : first + ".";
}

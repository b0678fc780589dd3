// Where the person is: one signal of the address, and links that change it without loading the page again.
import { signal } from "@preact/signals";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const place = signal<Place>(here());

// Pages that hold unsaved input put a question here; it is asked before the page is left.
export const leaving = signal<string | null>(null);

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (leaving.value && !confirm(leaving.value)) return;
  leaving.value = null;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  const before = place.value.path;
  place.value = here();
  if (place.value.path !== before) {
    scrollTo(0, 0);
    // So that a screen reader hears the new page, and Tab starts at its top.
    requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
  }
}

// Changes a part of the query and keeps the rest; null removes it.
export function goQuery(changes: Record<string, string | null>, how: "push" | "replace" = "replace"): void {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(place.value.path + (text ? "?" + text : ""), how);
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element).closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || link.pathname.startsWith("/sign-in")) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function startRouting(): void {
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => (place.value = here()));
  addEventListener("beforeunload", (event) => {
    if (leaving.value) event.preventDefault();
  });
}

// "/jobs/:name/:tab" against "/jobs/readers/runs" gives {name, tab}, or null.
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const found = path.replace(/\/+$/, "").split("/");
  if (wanted.length !== found.length) return null;
  const out: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = found[i] ?? "";
    if (!part.startsWith(":")) {
      if (part !== value) return null;
      continue;
    }
    try {
      out[part.slice(1)] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return out;
}

export const jobPath = (name: string, tab = ""): string =>
  `/jobs/${encodeURIComponent(name)}${tab && "/" + tab}`;

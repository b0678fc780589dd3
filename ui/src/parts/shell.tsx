// The frame of every page: navigation, search, connection, account, strips for what holds everywhere.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { at, connection } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { JobRow } from "../api/types";
import { go, place } from "../router";
import { caller, may, signOut } from "../session";
import { Icon, now, type IconName } from "./basics";
import { clockTime } from "./format";
import { OwnPassword } from "./password";
import { groupOf } from "./states";

type Item = { to: string; text: string; icon: IconName; key?: string; admin?: boolean };
const pages: Item[] = [
  { to: "/", text: "Home", icon: "home", key: "h" },
  { to: "/jobs", text: "Jobs", icon: "jobs", key: "j" },
  { to: "/audiences", text: "Audiences", icon: "people" },
  { to: "/profiles", text: "Profiles", icon: "person", key: "p" },
  { to: "/sources", text: "Sources", icon: "sources", key: "s" },
];
const operate: Item[] = [
  { to: "/authorizations", text: "Authorizations", icon: "key", key: "a" },
  { to: "/alerts", text: "Alerts", icon: "bell" },
  { to: "/audit", text: "Audit", icon: "page", admin: true },
  { to: "/access", text: "Users and tokens", icon: "people", admin: true },
  { to: "/settings", text: "Settings", icon: "settings", admin: true },
  { to: "/help", text: "Help", icon: "help" },
];

function Links({ items, needing }: { items: Item[]; needing: number }) {
  const path = place.value.path;
  return (
    <div>
      {items
        .filter((item) => !item.admin || may("admin"))
        .map((item) => {
          const current = item.to === "/" ? path === "/" : path === item.to || path.startsWith(item.to + "/");
          return (
            <a href={item.to} {...(current && { "aria-current": "page" as const })}>
              <Icon name={item.icon} />
              <span>{item.text}</span>
              {item.to === "/jobs" && needing > 0 && (
                <span class="badge bad">
                  {needing}
                  <span class="sr"> need attention</span>
                </span>
              )}
            </a>
          );
        })}
    </div>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" />
      <g stroke-width="2" stroke-linecap="round" stroke-linejoin="round">
        <path d="M6 8.5h9.5M12.5 5.5l3 3-3 3M18 15.5H8.5" />
      </g>
      <circle cx="6.5" cy="15.5" r="1.8" />
    </svg>
  );
}

const theme = () => document.documentElement.dataset["theme"] ?? "";
function setTheme(value: string): void {
  if (value) document.documentElement.dataset["theme"] = value;
  else delete document.documentElement.dataset["theme"];
  localStorage.setItem("theme", value);
}
{
  const kept = localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") setTheme(kept);
}

function Account() {
  const [changing, setChanging] = useState(false);
  const who = caller.value;
  if (!who) return null;
  const name = who.who.replace(/^(user|token) /, "");
  return (
    <>
      <button type="button" class="btn bare" popovertarget="me">
        <span class="hide">
          {name}, {who.role}
        </span>
        <Icon name="person" />
        <span class="sr">Account and theme</span>
      </button>
      <div id="me" class="pop" popover="auto">
        <div class="stack">
          <div>
            <b>{name}</b>
            <p class="muted small">{who.role}</p>
          </div>
          <fieldset class="row">
            <legend class="small muted">Theme</legend>
            {[["", "System"] as const, ["light", "Light"] as const, ["dark", "Dark"] as const].map(([value, text]) => (
              <label class="row">
                <input type="radio" name="theme" checked={theme() === value} onChange={() => setTheme(value)} /> {text}
              </label>
            ))}
          </fieldset>
          <button type="button" class="btn" onClick={() => setChanging(true)}>
            Change your password
          </button>
          <button type="button" class="btn" onClick={() => void signOut()}>
            Sign out
          </button>
          <p class="small muted">Drafts that only this browser has are forgotten.</p>
        </div>
      </div>
      {changing && <OwnPassword onClose={() => setChanging(false)} />}
    </>
  );
}

function Search({ jobs }: { jobs: JobRow[] }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inField = (event.target as Element).closest?.("input, select, textarea, [contenteditable], dialog");
      if (event.key !== "/" || inField || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const find = (event: Event) => {
    event.preventDefault();
    const wanted = input.current?.value.trim() ?? "";
    if (!wanted) return;
    const job = jobs.find((each) => [each.name, each.label].some((name) => name.toLowerCase() === wanted.toLowerCase()));
    go(job ? `/jobs/${encodeURIComponent(job.name)}` : `/profiles/${encodeURIComponent(wanted)}`);
    if (input.current) input.current.value = "";
  };
  return (
    <form class="search" role="search" onSubmit={find}>
      <Icon name="search" />
      <label class="sr" for="q">
        Find a person by key or e-mail address, or a job by name
      </label>
      <input id="q" ref={input} type="search" placeholder="Find a person by key or e-mail, or a job" autoComplete="off" list="job-names" />
      <datalist id="job-names">
        {jobs.map((job) => (
          <option value={job.label} />
        ))}
      </datalist>
      <kbd class="hide">/</kbd>
    </form>
  );
}

export function Shell({ children, rail }: { children: ComponentChildren; rail?: boolean }) {
  const jobs = useLoaded(at("/api/v1/jobs"), 5000);
  const rows = jobs.data?.jobs ?? [];
  const needing = rows.filter((job) => groupOf(job) === "Needs attention").length;
  const { up, since, simulated } = connection.value;
  useEffect(() => {
    document.body.classList.toggle("rail", rail ?? false);
  }, [rail]);
  // On a phone the navigation lies over the page; it goes once it has led somewhere.
  const path = place.value.path;
  useEffect(() => {
    const nav = document.getElementById("nav");
    if (nav?.matches(":popover-open")) nav.hidePopover();
  }, [path]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="shell">
        <nav class="side" id="nav" popover="auto" aria-label="Pages">
          <a class="brand" href="/">
            <Mark />
            <span>Pinrelay</span>
          </a>
          <Links items={pages} needing={needing} />
          <div>
            <h2>Operate</h2>
            <Links items={operate} needing={0} />
          </div>
        </nav>
        <div>
          <header class="top">
            <button type="button" class="btn icon menu" popovertarget="nav" aria-label="Menu">
              <Icon name="menu" />
            </button>
            <Search jobs={rows} />
            <span class="grow" />
            <span class="row small muted hide nowrap">
              <svg class={"key " + (up ? "green" : "amber")} viewBox="0 0 10 10" aria-hidden="true">
                <circle cx="5" cy="5" r="4" />
              </svg>
              {up ? `Live, ${clockTime(now.value)}` : `As of ${clockTime(since)}`}
            </span>
            <Account />
          </header>
          {!up && (
            <div class="strip warn" role="alert">
              <Icon name="warning" />
              The service does not answer. What you see is as of {clockTime(since)}; the page goes on by itself.
            </div>
          )}
          {simulated && (
            <div class="strip warn" role="region" aria-label="Simulator">
              <Icon name="warning" />
              Simulator: a stand-in for Pinterest answers. Nothing reaches Pinterest.
            </div>
          )}
          <main id="main" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
    </>
  );
}

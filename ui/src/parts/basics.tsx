// The small parts every page is made of: icon, badge, note, facts, card, and the four states a list can be in.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { signal } from "@preact/signals";

import type { Problem } from "../api/client";
import type { Loaded } from "../api/loaded";
import { clockTime, fullTime, sentence, when } from "./format";
import { icons, type IconName } from "./icons";

export type { IconName };
export type Tone = "ok" | "send" | "warn" | "bad" | "out" | "";

export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 1000);

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
      {icons[name]}
    </svg>
  );
}

export function Badge({ tone, icon, children }: { tone: Tone; icon: IconName; children: ComponentChildren }) {
  return (
    <span class={"badge " + tone}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

export function Note({ tone = "", children }: { tone?: Tone; children: ComponentChildren }) {
  const icon: IconName = tone === "bad" ? "failed" : tone === "warn" ? "warning" : tone === "ok" ? "check" : "help";
  return (
    <div class={"note " + tone}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

// What happened, why, and what to do.
export function ProblemNote({ problem, children }: { problem: Problem; children?: ComponentChildren }) {
  return (
    <div role="alert">
      <Note tone="bad">
        <p>
          <b>{sentence(problem.detail || problem.title)}</b> {sentence(problem.fix)}
        </p>
        {problem.errors && problem.errors.length > 0 && (
          <ul>
            {problem.errors.map((each) => (
              <li>
                <code>{each.pointer}</code> {sentence(each.message)} {sentence(each.fix)}
              </li>
            ))}
          </ul>
        )}
        {children}
      </Note>
    </div>
  );
}

export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <span class="muted">never</span>;
  return (
    <time dateTime={at} title={fullTime(at)}>
      {when(at, now.value)}
    </time>
  );
}

export function Card({
  title,
  aside,
  children,
  flush,
}: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  flush?: boolean;
}) {
  const id = useId();
  return (
    <section class={flush ? "card flush" : "card stack"} aria-labelledby={id}>
      <header class="row apart">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Heading({
  title,
  trail,
  lead,
  badge,
  children,
}: {
  title: string;
  trail?: ComponentChildren;
  lead?: ComponentChildren;
  badge?: ComponentChildren;
  children?: ComponentChildren;
}) {
  useEffect(() => {
    document.title = title + " · Pinrelay";
  }, [title]);
  return (
    <div class="stack tight">
      {trail && <p class="muted small">{trail}</p>}
      <div class="row apart start">
        <div class="stack tight heading">
          <div class="row">
            <h1>{title}</h1>
            {badge}
          </div>
          {lead && <p class="muted">{lead}</p>}
        </div>
        {children && <div class="row">{children}</div>}
      </div>
    </div>
  );
}

export function Stat({ name, children, says }: { name: string; children: ComponentChildren; says?: ComponentChildren }) {
  return (
    <div>
      <p class="muted small">{name}</p>
      <p class="mid">{children}</p>
      {says && <p class="small muted">{says}</p>}
    </div>
  );
}

export function Meter({ parts, of, name }: { parts: { tone: string; value: number }[]; of: number; name: string }) {
  let x = 0;
  return (
    <svg class="meter" role="img" aria-label={name}>
      {of > 0 &&
        parts.map(({ tone, value }) => {
          const width = (100 * value) / of;
          const rect = <rect class={tone} x={`${x}%`} width={`${width}%`} height="8" />;
          x += width;
          return rect;
        })}
    </svg>
  );
}

export function Key({ tone }: { tone: string }) {
  return (
    <svg class={"key " + tone} viewBox="0 0 10 10" aria-hidden="true">
      <rect width="10" height="10" rx="2" />
    </svg>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="pad stack tight empty">
      <p>
        <b>{title}</b>
      </p>
      {children}
    </div>
  );
}

// Nothing for the first 300 ms, so that a quick answer does not flicker; then grey lines.
export function Skeleton() {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="pad" aria-busy="true">
      <span class="sr">Loading</span>
      {shown && [90, 70, 80].map((width) => <svg class="meter bones" style={{ width: `${width}%` }} aria-hidden="true" />)}
    </div>
  );
}

// Loading, problem, or the content; with a mark of its age where the last try failed.
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  if (!of.data) return of.problem ? <ProblemNote problem={of.problem} /> : <Skeleton />;
  return (
    <>
      {of.problem && of.seenAt && (
        <Note tone="warn">
          <p>
            <b>As of {clockTime(of.seenAt)}.</b> {sentence(of.problem.detail)}
          </p>
        </Note>
      )}
      {children(of.data)}
    </>
  );
}

// The same for a page whose heading depends on the answer: until there is one, the page has its plain name.
export function ShownPage<T>({ title, of, children }: { title: string; of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  return (
    <>
      {!of.data && <Heading title={title} />}
      <Shown of={of}>{children}</Shown>
    </>
  );
}

export function Scroll({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={name}>
      {children}
    </div>
  );
}

// A table that scrolls by itself on a narrow screen, or turns into cards; its cells name their column in data-l.
export function Table({ name, heads, children }: { name: string; heads: string[]; children: ComponentChildren }) {
  return (
    <Scroll name={name}>
      <table class="cards">
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}

export function Copy({ text, what }: { text: string; what: string }) {
  const [done, set] = useState(false);
  return (
    <button
      type="button"
      class="btn"
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          set(true);
          setTimeout(() => set(false), 2000);
        });
      }}
    >
      <Icon name={done ? "check" : "copy"} />
      <span aria-live="polite">{done ? "Copied" : `Copy ${what}`}</span>
    </button>
  );
}

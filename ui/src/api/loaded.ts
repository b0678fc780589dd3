// What a page shows: the last answer, the problem of the last try, and when it was seen. A page never shows an old
// answer as a new one.
import { useEffect, useRef, useState } from "preact/hooks";

import { type Answer, at, type At, type Event, get, getFields, type Path, type Problem, problemOf } from "./client";

export interface Loaded<T> {
  data: T | null;
  problem: Problem | null;
  seenAt: number | null;
  reload: () => void;
}

// Fields in all pages: people map any of them.
export const useFields = (): Loaded<Answer<"/api/v1/fields">> => useLoaded(at("/api/v1/fields"), 0, getFields);

// Reads `path` now, then every `everyMs` milliseconds while the page is visible; null reads nothing.
export function useLoaded<P extends Path>(
  path: At<P> | null,
  everyMs = 0,
  ask: (path: At<P>, signal: AbortSignal) => Promise<Answer<P>> = get,
): Loaded<Answer<P>> {
  const [state, set] = useState<{ path: string | null; data: Answer<P> | null; problem: Problem | null; seenAt: number | null }>({
    path,
    data: null,
    problem: null,
    seenAt: null,
  });
  const tries = useRef(0);
  const [asked, askAgain] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer = 0;
    const read = async () => {
      try {
        const data = await ask(path, stop.signal);
        tries.current = 0;
        set({ path, data, problem: null, seenAt: Date.now() });
      } catch (error) {
        if (stop.signal.aborted) return;
        tries.current += 1;
        const problem = problemOf(error);
        set((old) => ({
          path,
          data: old.path === path ? old.data : null,
          problem,
          seenAt: old.path === path ? old.seenAt : null,
        }));
        // Whoever was told no is not asked every second; a service that is away is.
        if (problem.status >= 400 && problem.status < 500) return;
      }
      if (everyMs && !stop.signal.aborted) again();
    };
    const again = () => {
      timer = window.setTimeout(() => (document.hidden ? again() : void read()), everyMs * Math.min(8, 1 + tries.current));
    };
    void read();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, asked]);
  const current = state.path === path;
  return {
    data: current ? state.data : null,
    problem: current ? state.problem : null,
    seenAt: current ? state.seenAt : null,
    reload: () => askAgain((n) => n + 1),
  };
}

// The state of a live view by Server-Sent Events; where they do not come through, by asking every few seconds.
export function useLive<L extends Path, P extends Path>(live: At<L>, path: Event<L> extends Answer<P> ? At<P> : never): Loaded<Answer<P>> {
  const [streamed, set] = useState<{ live: string; data: Answer<P>; seenAt: number } | null>(null);
  const [refused, refuse] = useState(false);
  useEffect(() => {
    let failures = 0;
    const events = new EventSource(live);
    events.addEventListener("state", (event) => {
      failures = 0;
      refuse(false);
      set({ live, data: JSON.parse((event as MessageEvent<string>).data) as Answer<P>, seenAt: Date.now() });
    });
    events.onerror = () => {
      if (++failures >= 2 || events.readyState === EventSource.CLOSED) refuse(true);
    };
    return () => events.close();
  }, [live]);
  const asked = useLoaded<P>(refused ? path : null, 4000);
  const mine = streamed && streamed.live === live ? streamed : null;
  if (refused && asked.data && asked.seenAt && (!mine || asked.seenAt > mine.seenAt)) return asked;
  return { data: mine?.data ?? null, problem: refused ? asked.problem : null, seenAt: mine?.seenAt ?? null, reload: asked.reload };
}

// Lists that come in pages: what is there so far, and a way to more.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, problemOf, type Problem } from "../api/client";
import { ProblemNote } from "./basics";

export interface Pages<T> {
  rows: T[] | null;
  first: Record<string, unknown> | null; // the first page as it came, with what it says of all
  problem: Problem | null;
  more: (() => void) | null;
  reload: () => void;
}

export function usePages<T>(path: string, key: string): Pages<T> {
  const [state, set] = useState<{ path: string; rows: T[]; next: string | null; first: Record<string, unknown> | null }>({ path: "", rows: [], next: null, first: null });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, askAgain] = useState(0);
  const read = async (cursor: string | null, before: T[]) => {
    try {
      const page = await get<Record<string, unknown>>(path + (path.includes("?") ? "&" : "?") + "limit=50" + (cursor ? "&cursor=" + encodeURIComponent(cursor) : ""));
      set((old) => ({ path, rows: [...before, ...(page[key] as T[])], next: (page["next_cursor"] as string | null) ?? null, first: cursor ? old.first : page }));
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void read(null, []), [path, asked]);
  const mine = state.path === path;
  return {
    rows: mine ? state.rows : null,
    first: mine ? state.first : null,
    problem,
    more: mine && state.next ? () => void read(state.next, state.rows) : null,
    reload: () => askAgain((n) => n + 1),
  };
}

// Problem, nothing at all, the rows, and the button to older ones.
export function Paged<T>({
  of,
  empty,
  more,
  children,
}: {
  of: Pages<T>;
  empty: ComponentChildren;
  more: string;
  children: (rows: T[]) => ComponentChildren;
}) {
  return (
    <>
      {of.problem && <ProblemNote problem={of.problem} />}
      {of.rows && (of.rows.length === 0 ? empty : children(of.rows))}
      {of.more && (
        <div class="pad">
          <button type="button" class="btn" onClick={of.more}>
            {more}
          </button>
        </div>
      )}
    </>
  );
}

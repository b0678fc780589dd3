// Lists that come in pages: what is there so far, and a way to more.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Answer, type At, get, type Path, problemOf, type Problem } from "../api/client";
import { ProblemNote, Skeleton } from "./basics";

export interface Pages<T, Page = unknown> {
  rows: T[] | null;
  first: Page | null; // the first page as it came, with what it says of all
  problem: Problem | null;
  more: (() => void) | null;
  reload: () => void;
}

// What the list `K` of an answer holds.
type Row<A, K extends string> = A extends Record<K, (infer T)[]> ? T : never;

export function usePages<P extends Path, K extends string>(path: At<P>, key: K): Pages<Row<Answer<P>, K>, Answer<P>> {
  type T = Row<Answer<P>, K>;
  const [state, set] = useState<{ path: string; rows: T[]; next: string | null; first: Answer<P> | null }>({ path: "", rows: [], next: null, first: null });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [asked, askAgain] = useState(0);
  const read = async (cursor: string | null, before: T[]) => {
    try {
      const answer = await get((path + (path.includes("?") ? "&" : "?") + "limit=50" + (cursor ? "&cursor=" + encodeURIComponent(cursor) : "")) as At<P>);
      const page = answer as Record<K, T[]> & { next_cursor: string | null };
      set((old) => ({ path, rows: [...before, ...page[key]], next: page.next_cursor, first: cursor ? old.first : answer }));
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
      {of.problem ? <ProblemNote problem={of.problem} /> : !of.rows && <Skeleton />}
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

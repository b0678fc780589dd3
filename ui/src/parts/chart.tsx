// Amounts over time: bars for what happened, up and down from one line; lines for how things stood. Always from zero, and
// a time in which nobody counted is a gap. Each chart is a picture with a sentence for its name, gives one moment's values
// to pointer and arrow keys, and stands as a table beneath.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { History, HistoryAmounts } from "../api/types";
import { Card, Key, Scroll, Shown } from "./basics";
import { count } from "./format";

export interface Series {
  amount: keyof HistoryAmounts;
  name: string; // in a sentence: "312 added"
  tone: "green" | "violet" | "blue" | "amber" | "red";
}

// What a page may look back over, and in which steps.
export const spans = [
  { name: "Last hour", step: "minute", slots: 60 },
  { name: "Last 24 hours", step: "hour", slots: 24 },
  { name: "Last 14 days", step: "hour", slots: 336 },
  { name: "Last year", step: "day", slots: 365 },
] as const;
export type Span = (typeof spans)[number];

const height = 150;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const moment = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export const useHistory = (job: string | null, span: Span) =>
  useLoaded(job ? at("/api/v1/jobs/{name}/history", job, { step: span.step }) : at("/api/v1/history", { step: span.step }), 30000);

// The last slots of one amount, as long as the span: before the first one nobody counted.
export function valuesOf(history: History, amount: keyof HistoryAmounts, span: Span): (number | null)[] {
  const values = history.amounts[amount].values.slice(-span.slots);
  return [...Array<null>(Math.max(0, span.slots - values.length)).fill(null), ...values];
}

export const sumOf = (values: (number | null)[]): number => values.reduce<number>((sum, each) => sum + (each ?? 0), 0);

// 0 and the next round number that everything fits under: 1, 2 or 5 and zeros.
export function roundUp(most: number): number {
  if (most <= 1) return 1;
  const zeros = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((each) => each * zeros).find((each) => each >= most) ?? most;
}

export function Bars({ title, history, span, up, down }: { title: string; history: History; span: Span; up: Series; down?: Series }) {
  const above = valuesOf(history, up.amount, span);
  const below = down ? valuesOf(history, down.amount, span) : [];
  const top = roundUp(Math.max(...above.map((each) => each ?? 0)));
  const bottom = down ? roundUp(Math.max(...below.map((each) => each ?? 0))) : 0;
  const scale = (height - 8) / (top + bottom);
  const line = 4 + top * scale;
  const width = 100 / span.slots;
  const bar = (tone: string, slot: number, y: number, tall: number) =>
    tall > 0 && <rect class={tone} x={`${slot * width + width * 0.12}%`} width={`${width * 0.76}%`} y={y} height={Math.max(tall, 1)} />;
  return (
    <Chart
      title={title}
      series={down ? [up, down] : [up]}
      history={history}
      span={span}
      says={[up, ...(down ? [down] : [])].map((each) => `${count(sumOf(valuesOf(history, each.amount, span)))} ${each.name}`).join(", ")}
    >
      <Grid at={line} value={0} />
      <Grid at={4} value={top} />
      {down && <Grid at={height - 4} value={bottom} />}
      {above.map((each, slot) => bar(up.tone, slot, line - (each ?? 0) * scale, (each ?? 0) * scale))}
      {down && below.map((each, slot) => bar(down.tone, slot, line, (each ?? 0) * scale))}
    </Chart>
  );
}

export function Lines({ title, history, span, series }: { title: string; history: History; span: Span; series: Series[] }) {
  const all = series.map((each) => valuesOf(history, each.amount, span));
  const top = roundUp(Math.max(...all.flat().map((each) => each ?? 0)));
  const y = (value: number) => height - 4 - ((height - 8) * value) / top;
  return (
    <Chart
      title={title}
      series={series}
      history={history}
      span={span}
      says={series.map((each, i) => `${count(all[i]?.at(-1) ?? null)} ${each.name} now`).join(", ")}
    >
      <Grid at={y(0)} value={0} />
      <Grid at={y(top)} value={top} />
      <svg viewBox={`0 0 ${span.slots} ${height}`} width="100%" height={height} preserveAspectRatio="none">
        {series.map((each, i) => (
          <path class={"level " + each.tone} d={pathOf(all[i] ?? [], y)} />
        ))}
      </svg>
    </Chart>
  );
}

// A stroke for each stretch without a gap.
export function pathOf(values: (number | null)[], y: (value: number) => number): string {
  return values
    .map((each, slot) => (each === null ? "" : `${values[slot - 1] == null ? "M" : "L"}${slot} ${y(each).toFixed(1)}H${slot + 1}`))
    .join("");
}

function Grid({ at, value }: { at: number; value: number }) {
  return (
    <>
      <line class="axis" x1="0%" x2="100%" y1={at} y2={at} />
      <text x="-8" y={at + 4} text-anchor="end">
        {count(value)}
      </text>
    </>
  );
}

function Chart({
  title,
  series,
  history,
  span,
  says,
  children,
}: {
  title: string;
  series: Series[];
  history: History;
  span: Span;
  says: string;
  children: ComponentChildren;
}) {
  const [slot, point] = useState<number | null>(null);
  const end = Date.parse(history.first ?? "") + history.slots * history.step_ms;
  const begin = (at: number) => new Date(end - (span.slots - at) * history.step_ms);
  const values = series.map((each) => valuesOf(history, each.amount, span));
  const text = (at: number) =>
    values.every((each) => each[at] === null)
      ? "nobody counted"
      : series.map((each, i) => `${count(values[i]?.[at])} ${each.name}`).join(", ");
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    point(Math.min(span.slots - 1, Math.max(0, (slot ?? span.slots) + by)));
  };
  const follow = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const left = box.left + 44;
    point(Math.min(span.slots - 1, Math.max(0, Math.floor(((event.clientX - left) / (box.width - 44)) * span.slots))));
  };
  const label = span.step === "day" ? date : span.slots > 60 ? moment : clock;
  const ends = span.step === "day" ? year : span.slots > 60 ? date : clock;
  return (
    <Card
      title={title}
      aside={
        <span class="legend small">
          {series.map((each) => (
            <span>
              <Key tone={each.tone} />
              {each.name.charAt(0).toUpperCase() + each.name.slice(1)}
            </span>
          ))}
        </span>
      }
    >
      {history.first === null ? (
        <p class="muted">Counting begins a minute after the service does.</p>
      ) : (
        <>
          <div class="charted" role="group" tabIndex={0} aria-label={`${title}: arrow keys show single values`} onKeyDown={move} onBlur={() => point(null)}>
            <svg class="chart" height={height} role="img" aria-label={`${title}, ${span.name.toLowerCase()}: ${says}`} onPointerMove={follow} onPointerLeave={() => point(null)}>
              {children}
              {slot !== null && <rect class="pointed" x={`${(slot * 100) / span.slots}%`} width={`${100 / span.slots}%`} y="0" height={height} />}
            </svg>
          </div>
          <div class="row apart small muted under">
            <span>{ends.format(begin(0))}</span>
            <span role="status">{slot === null ? "" : `${label.format(begin(slot))}: ${text(slot)}`}</span>
            <span>{ends.format(begin(span.slots))}</span>
          </div>
          <details>
            <summary>As a table</summary>
            <Scroll name={`${title} as a table`}>
              <table class="dense">
                <thead>
                  <tr>
                    <th scope="col">From</th>
                    {series.map((each) => (
                      <th scope="col" class="num">
                        {each.name.charAt(0).toUpperCase() + each.name.slice(1)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {Array.from({ length: span.slots }, (_, at) => span.slots - 1 - at)
                    .filter((at) => values.some((each) => each[at]))
                    .slice(0, 100)
                    .map((at) => (
                      <tr key={at}>
                        <th scope="row">{moment.format(begin(at))}</th>
                        {values.map((each) => (
                          <td class="num">{count(each[at])}</td>
                        ))}
                      </tr>
                    ))}
                </tbody>
              </table>
            </Scroll>
          </details>
        </>
      )}
    </Card>
  );
}

// The charts of one job, over the time that somebody chooses.
export function JobCharts({ job, conversions }: { job: string; conversions: boolean }) {
  const [span, choose] = useState<Span>(spans[1]);
  const history = useHistory(job, span);
  return (
    <>
      <div class="row" role="group" aria-label="How far back">
        {spans.map((each) => (
          <button type="button" class="btn" aria-pressed={each === span} onClick={() => choose(each)}>
            {each.name}
          </button>
        ))}
      </div>
      <Shown of={history}>
        {(data) => (
          <div class="cols wide">
            {conversions ? (
              <Bars title="Conversions sent" history={data} span={span} up={{ amount: "added", name: "sent", tone: "green" }} />
            ) : (
              <Bars
                title="People added and removed"
                history={data}
                span={span}
                up={{ amount: "added", name: "added", tone: "green" }}
                down={{ amount: "removed", name: "removed", tone: "violet" }}
              />
            )}
            <Lines title="Waiting" history={data} span={span} series={[{ amount: "waiting", name: "waiting", tone: "blue" }]} />
            <Bars
              title="Not sent"
              history={data}
              span={span}
              up={{ amount: "invalid", name: "invalid", tone: "amber" }}
              down={{ amount: "rejected", name: "rejected", tone: "red" }}
            />
            <Lines
              title={conversions ? "Audience" : "Audience and list"}
              history={data}
              span={span}
              series={[
                { amount: "audience", name: "members", tone: "green" },
                ...(conversions ? [] : [{ amount: "on_list", name: "identifiers on the list", tone: "violet" } as const]),
              ]}
            />
          </div>
        )}
      </Shown>
    </>
  );
}

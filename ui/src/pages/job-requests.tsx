// What went to Pinterest, and what the service said of it.
import { useEffect, useState } from "preact/hooks";

import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { JobRequest } from "../api/types";
import { Badge, Card, Copy, Empty, Icon, type IconName, Scroll, Shown, Time, type Tone } from "../parts/basics";
import { count, sentence, span, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { goQuery, jobPath, place } from "../router";

// How Pinterest answered: "200 done", "No answer unknown"; nothing yet while the request is open.
const answered = (request: Pick<JobRequest, "status" | "verdict">): string =>
  request.verdict === "open" ? "Not answered yet" : `${request.status ?? "No answer"} ${words(request.verdict).toLowerCase()}`;

const looksOf: Partial<Record<JobRequest["verdict"], [Tone, IconName]>> = {
  done: ["ok", "check"],
  open: ["send", "clock"],
  unknown: ["out", "warning"],
};

function Verdict({ of }: { of: JobRequest }) {
  const [tone, icon] = looksOf[of.verdict] ?? ["warn", "warning"];
  return <Badge tone={tone} icon={icon}>{answered(of)}</Badge>;
}

// One request as it went out: masked, with the call to repeat by hand.
function Detail({ name, number }: { name: string; number: number }) {
  const one = useLoaded(at("/api/v1/jobs/{name}/requests", name, { number }));
  return (
    <Card
      title={`Request ${count(number)}`}
      aside={
        <button type="button" class="btn icon bare" aria-label="Close the request" onClick={() => goQuery({ request: null })}>
          <Icon name="cross" />
        </button>
      }
    >
      <Shown of={one}>
        {(request) => "curl" in request && (
          <>
            <dl class="kv">
              <dt>Call</dt>
              <dd class="mono">{request.method} {request.path}</dd>
              <dt>Answer</dt>
              <dd>{answered(request)}{request.verdict !== "open" && <>, after {count(request.duration_ms)} ms</>}</dd>
              {request.retry_after_ms !== null && <><dt>Asked to wait</dt><dd>{span(request.retry_after_ms / 1000)}</dd></>}
              {request.message && <><dt>Message</dt><dd>{request.message}</dd></>}
            </dl>
            {request.body !== null && <pre aria-label="Body, with values masked" tabIndex={0}>{JSON.stringify(request.body, null, 2)}</pre>}
            {request.body_note && <p class="small muted">Body: {sentence(request.body_note)}</p>}
            <div class="row"><Copy text={request.curl} what="as curl" /></div>
          </>
        )}
      </Shown>
    </Card>
  );
}

export function Requests({ name }: { name: string }) {
  const looked = Number(place.value.query.get("request") ?? 0);
  const pages = usePages(at("/api/v1/jobs/{name}/requests", name), "requests");
  return (
    <>
    {looked > 0 && <Detail name={name} number={looked} />}
    <Card title="Requests to Pinterest, newest first" flush aside={<button type="button" class="btn" onClick={pages.reload}><Icon name="again" />Refresh</button>}>
      <Paged of={pages} more="Show older ones" empty={<Empty title="No request yet"><p class="muted">Each call to Pinterest is listed here, with what Pinterest said.</p></Empty>}>
        {(rows) => (
        <Scroll name="Table of requests">
          <table class="cards">
            <thead>
              <tr>
                <th scope="col">Request</th>
                <th scope="col">What</th>
                <th scope="col" class="num">Records</th>
                <th scope="col">Answer</th>
                <th scope="col" class="num">Took</th>
                <th scope="col">Pinterest's id</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((each) => (
                <tr key={each.number}>
                  <th scope="row">
                    <a class="name" href={`${jobPath(name, "requests")}?request=${each.number}`}>{count(each.number)}</a>
                    <br />
                    <span class="small muted"><Time at={each.at} /></span>
                  </th>
                  <td class="all">
                    {words(each.what)}
                    <br />
                    <span class="small muted mono">{each.method} {each.path}</span>
                  </td>
                  <td class="num" data-l="Records">{count(each.records)}</td>
                  <td data-l="Answer">
                    <Verdict of={each} />
                    {each.message && <><br /><span class="small muted">{each.message}</span></>}
                  </td>
                  <td class="num" data-l="Took">{each.verdict === "open" ? "—" : `${count(each.duration_ms)} ms`}</td>
                  <td class="mono small" data-l="Pinterest's id">{each.pinterest_request_id || "—"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        )}
      </Paged>
    </Card>
    </>
  );
}

export function Log({ name }: { name: string }) {
  const [lines, set] = useState<{ id: string; text: string }[]>([]);
  const [find, setFind] = useState("");
  const [level, setLevel] = useState("");
  useEffect(() => {
    set([]);
    const events = new EventSource(at("/api/v1/live/log", { job: name }));
    events.addEventListener("log", (event) => {
      const { data, lastEventId } = event as MessageEvent<string>;
      set((old) => [...old.slice(-499), { id: lastEventId, text: data }]);
    });
    return () => events.close();
  }, [name]);
  const shown = lines.filter((line) => line.text.toLowerCase().includes(find.toLowerCase()) && (!level || line.text.includes(`"level":"${level}"`)));
  return (
    <Card title="Log, live">
      <div class="row">
        <div class="search">
          <Icon name="search" />
          <label class="sr" for="lf">Filter lines</label>
          <input id="lf" type="search" placeholder="Filter lines" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
        </div>
        <label class="row">
          Level
          <span>
            <select value={level} onChange={(event) => setLevel(event.currentTarget.value)}>
              <option value="">All</option>
              <option value="warn">Warnings</option>
              <option value="error">Errors</option>
            </select>
          </span>
        </label>
      </div>
      {shown.length === 0 ? (
        <p class="muted">{find || level ? "No line fits these filters." : "Nothing has happened since the service started."}</p>
      ) : (
        <pre class="log" tabIndex={0} aria-label="Log">{shown.map((line) => plain(line.text)).reverse().join("\n")}</pre>
      )}
    </Card>
  );
}

// A log line is JSON; people read when, what happened, and its details.
export function plain(text: string): string {
  try {
    const { at, level, event, fields } = JSON.parse(text) as { at: string; level: string; event: string; fields?: Record<string, unknown> };
    const { job: _, ...rest } = fields ?? {};
    const details = Object.entries(rest).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    return [new Date(at).toLocaleString(), level === "info" ? "" : level.toUpperCase(), event, details.join(", ")].filter(Boolean).join("  ");
  } catch {
    return text;
  }
}

// What went to Pinterest, and what the service said of it.
import { useEffect, useState } from "preact/hooks";

import type { Request } from "../api/types";
import { Badge, Card, Empty, Icon, Scroll, Time } from "../parts/basics";
import { count, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";

export function Requests({ name }: { name: string }) {
  const pages = usePages<Request>(`/api/v1/jobs/${encodeURIComponent(name)}/requests`, "requests");
  return (
    <Card title="Requests to Pinterest, newest first" flush aside={<button type="button" class="btn" onClick={pages.reload}><Icon name="again" />Refresh</button>}>
      <Paged of={pages} more="Show older ones" empty={<Empty title="No request yet" />}>
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
                    {count(each.number)}
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
                    <Badge tone={each.verdict === "done" ? "ok" : each.verdict === "unknown" ? "out" : "warn"} icon={each.verdict === "done" ? "check" : "warning"}>
                      {each.status || "none"} {each.verdict}
                    </Badge>
                    {each.message && <><br /><span class="small muted">{each.message}</span></>}
                  </td>
                  <td class="num" data-l="Took">{each.duration_ms} ms</td>
                  <td class="mono small" data-l="Pinterest's id">{each.pinterest_request_id || "—"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        )}
      </Paged>
    </Card>
  );
}

export function Log({ name }: { name: string }) {
  const [lines, set] = useState<{ id: string; text: string }[]>([]);
  const [find, setFind] = useState("");
  useEffect(() => {
    set([]);
    const events = new EventSource(`/api/v1/live/log?job=${encodeURIComponent(name)}`);
    events.addEventListener("log", (event) => {
      const { data, lastEventId } = event as MessageEvent<string>;
      set((old) => [...old.slice(-499), { id: lastEventId, text: data }]);
    });
    return () => events.close();
  }, [name]);
  const shown = lines.filter((line) => line.text.toLowerCase().includes(find.toLowerCase()));
  return (
    <Card title="Log, live">
      <div class="search">
        <Icon name="search" />
        <label class="sr" for="lf">Filter lines</label>
        <input id="lf" type="search" placeholder="Filter lines" value={find} onInput={(event) => setFind(event.currentTarget.value)} />
      </div>
      {shown.length === 0 ? (
        <p class="muted">{find ? "No line holds this." : "Nothing has happened since the service started."}</p>
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

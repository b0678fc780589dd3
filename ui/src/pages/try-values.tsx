// What the mapping makes of somebody, from what is stored to what is sent: of a real member, as the form is filled in, or
// of values that are typed here. The service does the work, masks members' values, and keeps nothing of it.
import { useEffect, useState } from "preact/hooks";

import { at, call, type Problem, problemOf } from "../api/client";
import type { IdentifierField, MappedValue, PreviewRow } from "../api/types";
import { Badge, Card, ProblemNote } from "../parts/basics";
import { sentence, words } from "../parts/format";
import { TextField } from "../parts/forms";
import { type Draft, nameFrom, settingsOf } from "./draft";
import { whole } from "./entry";
import type { AudienceSample } from "../api/types";

const LIVE_AFTER_MS = 400; // of no typing

// Invented people's values, with the blemishes that real ones have.
const samples: Record<string, string> = {
  em: " Ada.Lovelace@Example.org", email: " Ada.Lovelace@Example.org", ph: "+44 20 7946 0958", hashed_maids: "6D92078A-8246-4BA4-AE5B-76104861E7DC",
  mobile_id: "6D92078A-8246-4BA4-AE5B-76104861E7DC", client_ip_address: "203.0.113.7", client_user_agent: "Mozilla/5.0 (X11; Linux x86_64)",
  external_id: "customer-1815", fn: "Ada", ln: "Lovelace", ct: "London", st: "", zp: "SW1Y 4LE", country: "GB", ge: "f", db: "1815-12-10",
  event_id: "A-1001", order_id: "A-1001", event_name: "checkout", action_source: "web", value: "19,90", currency: "eur",
  event_source_url: "https://shop.example.org/thanks", click_id: "dj0yJnU9", content_name: "Sketch of the engine", num_items: "1",
  sha256_email: "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514",
};
const sampleOf = (target: string): string => (target === "event_time" ? new Date(Date.now() - 600_000).toISOString() : (samples[target] ?? ""));

// [our field, Pinterest's], each of our fields once.
function mapped(draft: Draft): [string, string][] {
  const pairs: [string, string][] =
    draft.type === "audience_export"
      ? (["email", "sha256_email", "mobile_id"] as const).filter((key) => draft[key]).map((key) => [draft[key], key])
      : whole([...draft.identifiers, ...draft.event, ...draft.details]).flatMap(({ to, fields }) => fields.filter(Boolean).map((field): [string, string] => [field, to]));
  return pairs.filter(([field], i) => pairs.findIndex(([other]) => other === field) === i);
}

// As the draft would have it; nothing is saved for it.
async function preview(draft: Draft, of: { rows: Record<string, unknown>[] } | { people: string[] }, signal?: AbortSignal): Promise<PreviewRow | null> {
  const name = draft.name || nameFrom(draft.label) || "new-job";
  const body = { settings: settingsOf(draft), ...of };
  return (await call("POST", at("/api/v1/jobs/{name}/preview", name), body, signal && { signal })).rows[0] ?? null;
}

export function TryValues({ draft, sample }: { draft: Draft; sample: AudienceSample | null }) {
  const [typing, setTyping] = useState(false);
  const members = sample?.people ?? [];
  const typed = typing || members.length === 0;
  return mapped(draft).length === 0 ? (
    <Card title="What would be sent of somebody">
      <p class="muted">Map a field, and see here what becomes of its values.</p>
    </Card>
  ) : typed ? (
    <OwnValues draft={draft} back={members.length > 0 ? () => setTyping(false) : undefined} />
  ) : (
    <Member draft={draft} members={members} other={() => setTyping(true)} />
  );
}

function Member({ draft, members, other }: { draft: Draft; members: AudienceSample["people"]; other: () => void }) {
  const [shown, show] = useState(0); // which of them
  const [row, setRow] = useState<PreviewRow | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const member = members[shown % members.length];
  const settings = JSON.stringify(settingsOf(draft));
  // What is wrong with the settings so far, rather than with the question.
  const open = problem?.errors?.map((each) => each.message) ?? (problem?.pointer ? [problem.detail] : []);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setRow(await preview(draft, { people: [member?.profile_id ?? ""] }, stop.signal));
        setProblem(null);
      } catch (error) {
        if (stop.signal.aborted) return;
        setRow(null);
        setProblem(problemOf(error));
      }
    }, LIVE_AFTER_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [settings, member?.profile_id]);
  return (
    <Card title="What would be sent of a member" aside={row && "values" in row ? <Verdict reason={row.reason} /> : undefined}>
      <p class="small muted">
        <span class="mono">{member?.person}</span>, {(shown % members.length) + 1} of {members.length} drawn from the audience. It follows what you map.
      </p>
      {row && "values" in row && <ValuesTable values={row.values} />}
      {row && "error" in row && <p class="small t-amber">{sentence(row.error)}</p>}
      {problem &&
        (open.length > 0 ? (
          <div class="small muted">
            <p>Shown as soon as the rest is filled in:</p>
            <ul>
              {open.map((each) => (
                <li>{sentence(each)}</li>
              ))}
            </ul>
          </div>
        ) : (
          <ProblemNote problem={problem} />
        ))}
      <div class="row">
        {members.length > 1 && (
          <button type="button" class="btn" onClick={() => show(shown + 1)}>
            Another member
          </button>
        )}
        <button type="button" class="btn" onClick={other}>
          Try other values
        </button>
      </div>
    </Card>
  );
}

function OwnValues({ draft, back }: { draft: Draft; back: (() => void) | undefined }) {
  const [typed, type] = useState<Record<string, string>>({});
  const [row, setRow] = useState<PreviewRow | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const fields = mapped(draft);
  const valueOf = (field: string, target: string) => typed[field] ?? sampleOf(target);
  const look = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const values = Object.fromEntries(fields.map(([field, target]) => [field, valueOf(field, target)]).filter(([, value]) => value));
      setRow(await preview(draft, { rows: [{ key: "preview", fields: values }] }));
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
      setRow(null);
    }
    setBusy(false);
  };
  return (
    <Card title="What would be sent of somebody" aside={row && "values" in row ? <Verdict reason={row.reason} /> : undefined}>
      {row && "error" in row && (
        <p class="t-red small">
          {sentence(row.error)} {sentence(row.fix)}
        </p>
      )}
      {row && "values" in row && <ValuesTable values={row.values} />}
      <form class="stack" onSubmit={look}>
        <p class="small muted">An invented person. Change the values to what yours look like.</p>
        {fields.map(([field, target]) => (
          <TextField key={field} label={field} value={valueOf(field, target)} onValue={(value) => type({ ...typed, [field]: value })} />
        ))}
        <div class="row">
          <button class="btn" disabled={busy}>
            Show what would be sent
          </button>
          {back && (
            <button type="button" class="btn" onClick={back}>
              Back to members
            </button>
          )}
        </div>
      </form>
      {problem && (
        <ProblemNote problem={problem}>
          {problem.errors && <p class="small">As soon as these are filled in, values can be tried.</p>}
        </ProblemNote>
      )}
    </Card>
  );
}

const Verdict = ({ reason }: { reason: string | null }) =>
  reason ? (
    <Badge tone="warn" icon="warning">
      {words(reason)}
    </Badge>
  ) : (
    <Badge tone="ok" icon="check">
      Would be sent
    </Badge>
  );

const text = (value: unknown): string =>
  value === null || value === undefined ? "" : Array.isArray(value) ? value.map(text).filter(Boolean).join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);

export function ValuesTable({ values }: { values: (MappedValue | IdentifierField)[] }) {
  const rows = values.flatMap((each) =>
    "values" in each
      ? each.values.map((one) => ({ name: each.field, raw: one.value, normalised: "", sent: one.identifier ?? "", why: one.reason ?? "" }))
      : [{ name: `${each.field || "same for everybody"} → ${each.target}`, raw: each.raw.join(", "), normalised: text(each.normalised), sent: text(each.sent), why: "" }],
  );
  const middle = rows.some((row) => row.normalised);
  return (
    <table class="cards values">
      <thead>
        <tr>
          <th scope="col">Field, as it is stored</th>
          {middle && <th scope="col">Normalised</th>}
          <th scope="col">Sent</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <th scope="row" class="mono">
              <span class="muted">{row.name}</span>
              <br />
              {row.raw || <span class="muted">empty</span>}
            </th>
            {middle && (
              <td data-l="Normalised" class="mono">
                {row.normalised}
              </td>
            )}
            <td data-l="Sent" class="mono">
              {row.sent ? <span class="t-green">{row.sent}</span> : <span class="muted">{row.why ? words(row.why) : "left out"}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

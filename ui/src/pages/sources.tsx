// How people come in: write keys, and what came of files.
import { useState } from "preact/hooks";

import { at, call } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Import, WriteKey } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Scroll, Shown, Time, type Tone } from "../parts/basics";
import { ask, Dialog } from "../parts/dialogs";
import { bytes, count, listOf, people, percent, sentence, several, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";
import { Form, SelectField, TextField } from "../parts/forms";
import { may } from "../session";

// "profile, enter, exit; only Readers; from 10.0.0.0/8; 1,000 rows a minute"
function limitsOf(key: WriteKey): string {
  if (key.unlimited) return "limited in nothing: it may also delete people";
  return [
    `sends ${key.rows.join(", ")}`,
    key.audiences && `only ${key.audiences.join(", ")}`,
    key.networks && `from ${key.networks.join(", ")}`,
    key.rows_a_minute && `${count(key.rows_a_minute)} rows a minute`,
    key.bytes_a_minute && `${bytes(key.bytes_a_minute)} a minute`,
  ]
    .filter(Boolean)
    .join("; ");
}

export function Sources() {
  const keys = useLoaded(may("admin") ? at("/api/v1/write-keys") : null, 10000);
  const imports = usePages(at("/api/v1/imports"), "imports");
  const [made, setMade] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  return (
    <>
      <Heading title="Sources" lead="How people come in: rows over HTTP as things happen, or files.">
        {may("operator") && (
          <a class="btn" href="/sources/upload">
            Upload a file
          </a>
        )}
        {may("admin") && (
          <button type="button" class="btn main" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New write key
          </button>
        )}
      </Heading>
      {making && (
        <NewKey
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false);
            setMade(key);
            keys.reload();
          }}
        />
      )}
      {made && <Once secret={made} />}
      {may("admin") && (
        <Shown of={keys}>
          {({ write_keys: rows }) => (
            <Card title="Write keys" flush>
              {rows.length === 0 ? (
                <Empty title="No write key yet">
                  <p class="muted">Whoever sends rows shows one. Each sender gets a key of its own, so that one can be ended alone.</p>
                </Empty>
              ) : (
                <ul class="items plain">
                  {rows.map((key) => (
                    <li class="row apart">
                      <div>
                        <b>{key.name}</b>
                        <p class="small muted">
                          {key.kept_in === "file" ? "in the configuration file" : <>made <Time at={key.created_at} />, last used <Time at={key.used_at} /></>}
                          {key.kept_in === "store" && key.ended && ", ended"}
                          {key.kept_in === "store" && !key.ended && key.expires_at && <>, ends <Time at={key.expires_at} /></>}
                          {key.kept_in === "store" && key.suspended && ", suspended since a restore: pinrelay restore --confirm at the machine lets it in again"}
                        </p>
                        <p class="small muted">{sentence(limitsOf(key))}</p>
                      </div>
                      {key.kept_in !== "file" && (
                        <button
                          type="button"
                          class="btn bare"
                          onClick={() =>
                            ask({
                              title: `End the write key ${key.name}?`,
                              says: "Rows sent with it are refused from now on. Rows that were accepted stay.",
                              does: "End it",
                              danger: true,
                              type: key.name,
                              act: async () => {
                                await call("DELETE", at("/api/v1/write-keys/{name}", key.name));
                                keys.reload();
                              },
                            })
                          }
                        >
                          End it
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Shown>
      )}
      {!made && (
        <Card title="One row at a time, over HTTP">
          <p class="muted">Whatever can send a request can send people: your shop, your CRM, a shell. Put your write key in place of <code>$KEY</code>.</p>
          <pre aria-label="Example" tabIndex={0}>
            {curlOf("$KEY")}
          </pre>
          <div class="row">
            <Copy text={curlOf("$KEY")} what="the command" />
          </div>
        </Card>
      )}
      <Card title="Files" flush>
        <Paged of={imports} more="Show more" empty={
            <Empty title="No file yet">
              <p class="muted">A CSV or NDJSON file brings many people in at once. You see what is in it before anything is imported.</p>
              {may("operator") && (
                <div class="row">
                  <a class="btn" href="/sources/upload">
                    Upload a file
                  </a>
                </div>
              )}
            </Empty>
          }>
          {(rows) => (
          <Scroll name="Table of imports">
            <table class="cards">
              <thead>
                <tr><th scope="col">Import</th><th scope="col">State</th><th scope="col">Audience</th><th scope="col" class="num">Rows</th><th scope="col" class="num">Bad rows</th><td /></tr>
              </thead>
              <tbody>
                {[...rows].reverse().map((each) => (
                  <ImportRow each={each} reload={imports.reload} key={each.number} />
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

// The server's folders are nobody's business here: only the name of the file.
const baseName = (path: string): string => path.split("/").pop() ?? path;

function ImportRow({ each, reload }: { each: Import; reload: () => void }) {
  const tone: Tone = each.state === "done" ? "ok" : each.state === "held" ? "warn" : each.state === "failed" ? "bad" : "send";
  const decide = (verb: "release" | "discard") =>
    ask({
      title: verb === "release" ? `Let ${people(each.exits)} leave ${each.audience}?` : "Drop the exits of this file?",
      says: verb === "release" ? "They leave the audience, and every job follows." : "Everybody stays. Who entered by the file stays, too.",
      does: verb === "release" ? `Let ${people(each.exits)} leave` : "Drop the exits",
      danger: verb === "release",
      act: async () => {
        await call("POST", at(`/api/v1/imports/{number}/${verb}`, each.number));
        reload();
      },
    });
  return (
    <tr>
      <th scope="row">{each.number}<br /><span class="small muted mono">{baseName(each.path)}</span></th>
      <td class="all" data-l="State">
        <Badge tone={tone} icon={tone === "ok" ? "check" : tone === "send" ? "arrow" : "warning"}>{words(each.state)}{each.state === "reading" && ` ${percent(each.bytes_done, each.bytes)}`}</Badge>
        {each.error && <><br /><span class="small muted">{sentence(each.error)}</span></>}
        {each.unreadable_keys > 0 && <><br /><span class="small t-amber">{several(each.unreadable_keys, "row")} with a key that cannot be read</span></>}
      </td>
      <td data-l="Audience">{each.audience || <span class="muted">none</span>}{each.mode === "snapshot" && <><br /><span class="small muted">snapshot: the whole audience</span></>}</td>
      <td class="num" data-l="Rows">{count(each.rows)}</td>
      <td class="num" data-l="Bad rows">{count(each.bad_rows)}</td>
      <td class="num">
        {each.state === "held" && may("operator") && (
          <div class="row">
            <button type="button" class="btn" onClick={() => decide("discard")}>Discard</button>
            <button type="button" class="btn" onClick={() => decide("release")}>Release</button>
          </div>
        )}
      </td>
    </tr>
  );
}

const rowTypes = [
  ["profile", "what is known of a person"],
  ["enter", "a person enters an audience"],
  ["exit", "a person leaves an audience"],
  ["delete", "a person is erased everywhere"],
] as const;
const ends = [
  ["", "Never"],
  ["30d", "After 30 days"],
  ["90d", "After 90 days"],
  ["365d", "After a year"],
] as const;

// Named for one sender, and limited to what that sender does: what leaks then does little.
function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (key: string) => void }) {
  const [name, setName] = useState("");
  const [rows, setRows] = useState<string[]>(["profile", "enter", "exit"]);
  const [audiences, setAudiences] = useState("");
  const [networks, setNetworks] = useState("");
  const [most, setMost] = useState("");
  const [expires, setExpires] = useState("");
  const act = async () => {
    const made = await call("POST", at("/api/v1/write-keys"), {
      name: name.trim(),
      rows: rows.join(","),
      ...(listOf(audiences).length > 0 && { audiences: listOf(audiences) }),
      ...(listOf(networks).length > 0 && { networks: listOf(networks) }),
      ...(most.trim() && { rows_a_minute: Number(most) }),
      ...(expires && { expires }),
    });
    onMade(made.key);
  };
  return (
    <Dialog title="New write key" onClose={onClose}>
      <Form does="Make the key" act={act}>
        <TextField label="Name" hint="Who or what sends by it: website, crm. Small letters, digits, - and _." value={name} onValue={setName} required />
        <fieldset class="stack tight">
          <legend>May send</legend>
          {rowTypes.map(([type, says]) => (
            <label class="row" key={type}>
              <input
                type="checkbox"
                checked={rows.includes(type)}
                onChange={(event) => setRows(rowTypes.map(([each]) => each).filter((each) => (each === type ? event.currentTarget.checked : rows.includes(each))))}
              />
              <span>
                {words(type)} <span class="small muted">{says}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <TextField label="Only these audiences" optional hint="Separated by commas. Without any, every audience." value={audiences} onValue={setAudiences} />
        <TextField label="Only from these networks" optional hint="10.0.0.0/8, 203.0.113.7. Without any, from anywhere." value={networks} onValue={setNetworks} />
        <TextField label="Rows a minute, at most" optional type="number" hint="Without one, as many as the service allows each sender." value={most} onValue={setMost} />
        <SelectField label="Ends" value={expires} onValue={setExpires} options={ends.map(([value, text]) => ({ value, text }))} />
      </Form>
    </Dialog>
  );
}

// One person into the audience Readers.
const curlOf = (key: string): string => `curl ${location.origin}/v1/changes \\
  -H "Authorization: Bearer ${key}" \\
  --data-binary '{"type":"profile","key":"u1","fields":{"email":"ada@example.org"}}
{"type":"enter","key":"u1","audience":"Readers"}'`;

function Once({ secret }: { secret: string }) {
  const curl = curlOf(secret);
  return (
    <Card title="The new key, shown this once" aside={<Copy text={secret} what="the key" />}>
      <code>{secret}</code>
      <p class="muted">Ready to try: this puts one person into the audience Readers.</p>
      <pre aria-label="Example" tabIndex={0}>{curl}</pre>
      <div class="row"><Copy text={curl} what="the command" /></div>
    </Card>
  );
}

// A file: sent, looked at, imported.
import { useState } from "preact/hooks";

import { at, call, get, sendFile } from "../api/client";
import type { FileLook } from "../api/types";
import { Card, Heading, Table } from "../parts/basics";
import { say } from "../parts/dialogs";
import { bytes, several } from "../parts/format";
import { Form, SelectField, TextField } from "../parts/forms";
import { go } from "../router";

export function UploadPage() {
  const [file, setFile] = useState<File | null>(null);
  const [upload, setUpload] = useState<string | null>(null);
  const [look, setLook] = useState<FileLook | null>(null);
  const [key, setKey] = useState("");
  const [audience, setAudience] = useState("");
  const [mode, setMode] = useState("upsert");
  const columns = look?.columns ?? [];
  const send = async () => {
    if (!file) return;
    const sent = await sendFile(file);
    const seen = await get(at("/api/v1/uploads/{name}", sent.upload));
    setUpload(sent.upload);
    setLook(seen);
    const guess = seen.columns.map((each) => each.name).find((name) => ["key", "id", "user_id", "customer_id"].includes(name.toLowerCase()));
    setKey(seen.key ?? guess ?? "");
  };
  const start = async () => {
    if (!upload) return;
    await call("POST", at("/api/v1/imports"), { upload, ...(columns.length > 0 && key && { key }), ...(audience.trim() && { audience: audience.trim() }), mode });
    say("The import has begun");
    go("/sources");
  };
  return (
    <>
      <Heading title="Upload a file" trail={<a href="/sources">Sources</a>} lead="CSV with a header, or NDJSON. Nothing is imported before you have seen what is in it." />
      <div class="split">
        <div class="stack">
          <section class="card">
            <Form does={upload ? "Send it again" : "Send the file"} act={send} disabled={!file}>
              <div class="field">
                <label for="file">1. File</label>
                <input id="file" type="file" accept=".csv,.tsv,.txt,.ndjson,.jsonl" onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
                {file && <p class="small muted">{file.name}, {bytes(file.size)}</p>}
              </div>
            </Form>
          </section>
          {upload && (
            <section class="card">
              <Form does="Import it" act={start} disabled={mode === "snapshot" && !audience.trim()}>
                {columns.length > 0 && (
                  <SelectField label="2. Key" hint="The column by which people are recognised, in every file and row alike." value={key} onValue={setKey} none="Choose a column" options={columns.map((each) => ({ value: each.name, text: each.name }))} />
                )}
                <TextField label="3. Audience" optional hint="Everybody in the file enters it." value={audience} onValue={setAudience} />
                <SelectField
                  label="4. Mode"
                  hint={mode === "snapshot" ? "Who is in the audience and not in the file leaves it. Unusually many are held until you release them." : "Nobody leaves by this file."}
                  value={mode}
                  onValue={setMode}
                  options={[{ value: "upsert", text: "Add and update" }, { value: "snapshot", text: "Snapshot: the file is the whole audience" }]}
                />
              </Form>
            </section>
          )}
        </div>
        {look ? (
          <Card title="What is in it" flush>
            <Mistakes of={look} />
            <Table name="Columns" heads={["Column", "Type", "Samples, masked"]}>
              {columns.map((each) => (
                <tr>
                  <th scope="row" class="mono">{each.name}</th>
                  <td data-l="Type">{each.type}</td>
                  <td data-l="Samples" class="mono">{each.samples.join(", ")}</td>
                </tr>
              ))}
            </Table>
          </Card>
        ) : (
          <Card title="What a file may hold">
            <p class="muted">One row a person. A column becomes a field; the key says who it is.</p>
            <pre aria-label="Example">{"key,email,city\nu1,ada@example.org,Ulm\nu2,bo@example.org,Bonn"}</pre>
          </Card>
        )}
      </div>
    </>
  );
}

// What cannot be read, with what to do about it. The service lists the first ones.
function Mistakes({ of }: { of: FileLook }) {
  const mistakes = of.mistakes;
  if (mistakes.length === 0) return null;
  return (
    <div class="pad" role="status">
      <p>
        <strong>
          {several(of.rows, "row")} looked at can be read, {several(of.bad_rows, "row")} cannot.
        </strong>
      </p>
      <ul>
        {mistakes.map((each) => (
          <li>
            Line {each.line}: {each.message}. {each.fix}
          </li>
        ))}
      </ul>
    </div>
  );
}

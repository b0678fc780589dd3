// Alerts, the audit log, who has access, and the state of the installation.
import { useState } from "preact/hooks";

import { call } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { AuditEntry, Role } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Shown, Time } from "../parts/basics";
import { ask, Dialog, say } from "../parts/dialogs";
import { Form, SelectField, TextField } from "../parts/forms";
import { Paged, usePages } from "../parts/paged";
import { sentence, words } from "../parts/format";
import { may } from "../session";
import { AuditRows } from "./audit-rows";

interface Alert {
  name: string;
  kind: string;
  of?: string | null;
  to: string[] | string;
}
interface Open {
  alert: string;
  kind?: string;
  object?: string;
  message?: string;
  since?: string;
  opened_at?: string;
}

const kinds = [
  "job_failed", "authorization_unhealthy", "rejected_share", "invalid_share", "no_success", "audience_size", "added",
  "removed", "silence", "erasures_waiting", "many_withdrawals", "restored_events_held", "snapshot_held",
];

export function Alerts() {
  const all = useLoaded<{ alerts: Alert[]; open: Open[] }>("/api/v1/alerts", 5000);
  const [making, setMaking] = useState(false);
  return (
    <>
      <Heading title="Alerts" lead="Who is told when something needs a person, by mail or webhook.">
        {may("admin") && (
          <button type="button" class="btn main" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New alert
          </button>
        )}
      </Heading>
      {making && <NewAlert onClose={() => setMaking(false)} onMade={() => { setMaking(false); all.reload(); }} />}
      <Shown of={all}>
        {({ alerts, open }) => (
          <>
            {open.length > 0 && (
              <Card title="Open now" flush>
                <ul class="items">
                  {open.map((each) => (
                    <li>
                      <Badge tone="warn" icon="warning">{words(each.kind ?? each.alert)}</Badge>
                      <div><b>{each.object ?? each.alert}</b><p class="small muted">{sentence(each.message ?? "")}</p></div>
                      <Time at={each.since ?? each.opened_at} />
                    </li>
                  ))}
                </ul>
              </Card>
            )}
            <Card title="Alerts that are set" flush>
              {alerts.length === 0 ? (
                <Empty title="None is set"><p class="muted">What needs a person stands on the home page in any case. An alert tells somebody who does not look.</p></Empty>
              ) : (
                <ul class="items plain">
                  {alerts.map((each) => (
                    <li class="row apart">
                      <div><b>{each.name}</b><p class="small muted">{words(each.kind)}{each.of && ` of ${each.of}`}, to {Array.isArray(each.to) ? each.to.join(", ") : each.to}</p></div>
                      {may("admin") && (
                        <div class="row">
                          <button type="button" class="btn" onClick={() => void call("POST", `/api/v1/alerts/${encodeURIComponent(each.name)}/test`).then(() => say("The test is sent"), (error: Error) => say(error.message))}>Send test</button>
                          <button
                            type="button"
                            class="btn bare"
                            onClick={() => ask({ title: `Remove the alert ${each.name}?`, says: "Nobody is told by it any more.", does: "Remove it", danger: true, act: async () => { await call("DELETE", `/api/v1/alerts/${encodeURIComponent(each.name)}`); all.reload(); } })}
                          >
                            Remove
                          </button>
                        </div>
                      )}
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          </>
        )}
      </Shown>
    </>
  );
}

function NewAlert({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState("job_failed");
  const [to, setTo] = useState("");
  return (
    <Dialog title="New alert" onClose={onClose}>
      <Form does="Set the alert" act={async () => { await call("PUT", `/api/v1/alerts/${encodeURIComponent(name.trim())}`, { kind, to }); onMade(); }}>
        <TextField label="Name" value={name} onValue={setName} required hint="Small letters, digits, - and _." />
        <SelectField label="Kind" value={kind} onValue={setKind} options={kinds.map((value) => ({ value, text: words(value) }))} />
        <TextField label="To" value={to} onValue={setTo} required hint="Webhooks and mail addresses, separated by commas." />
      </Form>
    </Dialog>
  );
}

export function Audit() {
  const pages = usePages<AuditEntry>("/api/v1/audit", "entries");
  const [find, setFind] = useState("");
  const fits = (entry: AuditEntry) =>
    `${entry.who} ${entry.action} ${entry.object} ${entry.detail}`.toLowerCase().includes(find.toLowerCase());
  const none = find ? "No entry that is loaded holds this." : "Nothing has been changed.";
  return (
    <>
      <Heading title="Audit" lead="Who changed what, newest first. Entries are chained, so that none can be taken out unseen." />
      <Card title="Entries" flush aside={<div class="search"><Icon name="search" /><label class="sr" for="af">Filter entries</label><input id="af" type="search" placeholder="Person, action or object" value={find} onInput={(event) => setFind(event.currentTarget.value)} /></div>}>
        <Paged of={pages} more="Show older ones" empty={<AuditRows entries={[]} empty={none} />}>
          {(rows) => <AuditRows entries={rows.filter(fits)} empty={none} />}
        </Paged>
      </Card>
    </>
  );
}

interface User { name: string; role: Role; state: string; signed_in_at: string | null }
interface Token { name: string; role: Role; created_at: string; expires_at: string | null; used_at: string | null; ended: boolean }
interface Session { number: number; user: string; from: string; since: string; seen_at: string }

const roles: Role[] = ["viewer", "operator", "admin"];

export function Access() {
  const users = useLoaded<{ users: User[] }>("/api/v1/users");
  const tokens = useLoaded<{ tokens: Token[] }>("/api/v1/tokens");
  const sessions = useLoaded<{ sessions: Session[] }>("/api/v1/sessions");
  const [making, setMaking] = useState<"user" | "token" | null>(null);
  const [made, setMade] = useState<{ title: string; text: string } | null>(null);
  const end = (title: string, says: string, path: string, reload: () => void) =>
    ask({ title, says, does: "End it", danger: true, act: async () => { await call("DELETE", path); reload(); } });
  return (
    <>
      <Heading title="Users and tokens" lead="A viewer looks, an operator runs jobs, an administrator also decides who has access.">
        <button type="button" class="btn" onClick={() => setMaking("token")}><Icon name="plus" />New token</button>
        <button type="button" class="btn main" onClick={() => setMaking("user")}><Icon name="plus" />New user</button>
      </Heading>
      {made && (
        <Card title={made.title} aside={<Copy text={made.text} what="it" />}><code>{made.text}</code></Card>
      )}
      {making && (
        <NewAccess
          what={making}
          onClose={() => setMaking(null)}
          onMade={(title, text) => { setMaking(null); setMade({ title, text }); users.reload(); tokens.reload(); }}
        />
      )}
      <Shown of={users}>
        {({ users: rows }) => (
          <Card title="Users" flush>
            <ul class="items plain">
              {rows.map((each) => (
                <li class="row apart">
                  <div><b>{each.name}</b><p class="small muted">{each.role}, {words(each.state).toLowerCase()}, signed in <Time at={each.signed_in_at} /></p></div>
                  <button type="button" class="btn bare" onClick={() => end(`Remove the user ${each.name}?`, "Sessions and access end at once.", `/api/v1/users/${encodeURIComponent(each.name)}`, users.reload)}>Remove</button>
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Shown>
      <Shown of={tokens}>
        {({ tokens: rows }) => (
          <Card title="API tokens" flush>
            {rows.length === 0 ? <Empty title="No token yet"><p class="muted">Programs call the API with one.</p></Empty> : (
              <ul class="items plain">
                {rows.map((each) => (
                  <li class="row apart">
                    <div><b>{each.name}</b><p class="small muted">{each.role}, last used <Time at={each.used_at} />{each.expires_at && <>, ends <Time at={each.expires_at} /></>}</p></div>
                    <button type="button" class="btn bare" onClick={() => end(`End the token ${each.name}?`, "Whoever uses it is refused at once.", `/api/v1/tokens/${encodeURIComponent(each.name)}`, tokens.reload)}>End it</button>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </Shown>
      <Shown of={sessions}>
        {({ sessions: rows }) => (
          <Card title="Signed in now" flush>
            <ul class="items plain">
              {rows.map((each) => (
                <li class="row apart">
                  <div><b>{each.user}</b><p class="small muted">from {each.from}, since <Time at={each.since} />, seen <Time at={each.seen_at} /></p></div>
                  <button type="button" class="btn bare" onClick={() => end("Sign this session out?", `${each.user} from ${each.from} has to sign in again.`, `/api/v1/sessions/${each.number}`, sessions.reload)}>Sign out</button>
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Shown>
    </>
  );
}

function NewAccess({ what, onClose, onMade }: { what: "user" | "token"; onClose: () => void; onMade: (title: string, text: string) => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const act = async () => {
    const made = await call<{ link?: string; token?: string }>("POST", what === "user" ? "/api/v1/users" : "/api/v1/tokens", { name: name.trim(), role });
    if (made.link) onMade(`The link for ${name}: it sets the password, once, within 30 minutes`, made.link);
    else onMade(`The token ${name}, shown this once`, made.token ?? "");
  };
  return (
    <Dialog title={what === "user" ? "New user" : "New token"} onClose={onClose}>
      <Form does={what === "user" ? "Make the user" : "Make the token"} act={act}>
        <TextField label="Name" value={name} onValue={setName} required hint="Small letters, digits, - and _." />
        <SelectField label="Role" value={role} onValue={(value) => setRole(value as Role)} options={roles.map((value) => ({ value, text: words(value) }))} />
      </Form>
    </Dialog>
  );
}

interface Check { name: string; level: string; result: string; fix: string }

export function Settings() {
  const doctor = useLoaded<{ checks: Check[]; warnings: number; problems: number }>("/api/v1/doctor", 15000);
  return (
    <Shown of={doctor}>
      {({ checks, warnings, problems }) => (
        <>
          <Heading
            title={problems ? `${problems} of ${checks.length} checks failed` : warnings ? "Everything works; something to look at" : "Everything is in order"}
            lead="Settings of the installation stand in its configuration file. This is what the service finds."
          />
          <section class="card flush" aria-label="Checks">
            <ul class="items">
              {[...checks].sort((a, b) => order(a) - order(b)).map((check) => (
                <li key={check.name}>
                  <Badge tone={check.level === "ok" ? "ok" : check.level === "warning" ? "warn" : "bad"} icon={check.level === "ok" ? "check" : check.level === "warning" ? "warning" : "failed"}>
                    {check.level === "ok" ? "Fine" : check.level === "warning" ? "Look at it" : "Problem"}
                  </Badge>
                  <div><h2>{words(check.name)}</h2><p class="small muted">{sentence(check.result)} {check.level !== "ok" && sentence(check.fix)}</p></div>
                </li>
              ))}
            </ul>
          </section>
        </>
      )}
    </Shown>
  );
}

const order = (check: Check): number => (check.level === "ok" ? 2 : check.level === "warning" ? 1 : 0);

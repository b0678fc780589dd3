// The audit log, who has access, and the state of the installation.
import { useState } from "preact/hooks";

import { at, type At, call, problemOf } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { AuditEntry, Check, Role, User } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Note, Shown, ShownPage, Time } from "../parts/basics";
import { ask, Dialog } from "../parts/dialogs";
import { Form, SelectField, TextField } from "../parts/forms";
import { Paged, usePages } from "../parts/paged";
import { count, listOf, sentence, words } from "../parts/format";
import { may } from "../session";
import { AuditRows } from "./audit-rows";
import { SecurityEvents } from "./security";

export function Audit() {
  const pages = usePages(at("/api/v1/audit"), "entries");
  const [find, setFind] = useState("");
  const fits = (entry: AuditEntry) =>
    `${entry.who} ${entry.action} ${entry.object} ${entry.detail}`.toLowerCase().includes(find.toLowerCase());
  const none = find ? "No entry that is loaded holds this." : "Nothing has been changed.";
  return (
    <>
      <Heading title="Audit" lead="Who changed what, newest first. Entries are chained, so that none can be taken out unseen." />
      <Whole />
      <Card title="Entries" flush aside={<div class="search"><Icon name="search" /><label class="sr" for="af">Filter entries</label><input id="af" type="search" placeholder="Person, action or object" value={find} onInput={(event) => setFind(event.currentTarget.value)} /></div>}>
        <Paged of={pages} more="Show older ones" empty={<AuditRows entries={[]} empty={none} />}>
          {(rows) => <AuditRows entries={rows.filter(fits)} empty={none} />}
        </Paged>
      </Card>
      {may("admin") && <SecurityEvents />}
    </>
  );
}

// Whether the chain of entries is whole, asked when somebody wants to know.
function Whole() {
  const [answer, set] = useState<{ tone: "ok" | "bad"; text: string } | null>(null);
  const verify = async () => {
    try {
      const { rows, whole, broken_at } = await call("GET", at("/api/v1/audit/verify"));
      if (whole) set({ tone: "ok", text: `All ${count(rows)} entries are there, unchanged and in order.` });
      else set({ tone: "bad", text: `Entry ${count(broken_at)} does not fit the one before it: the log was altered.` });
    } catch (error) {
      const problem = problemOf(error);
      set({ tone: "bad", text: `${sentence(problem.detail)} ${sentence(problem.fix)}` });
    }
  };
  return (
    <div class="row">
      <button type="button" class="btn" onClick={() => void verify()}><Icon name="check" />Check that the log is whole</button>
      <div class="grow" role="status">{answer && <Note tone={answer.tone}><p>{answer.text}</p></Note>}</div>
    </div>
  );
}

const roles: Role[] = ["viewer", "operator", "admin"];

export function Access() {
  const users = useLoaded(at("/api/v1/users"));
  const tokens = useLoaded(at("/api/v1/tokens"));
  const sessions = useLoaded(at("/api/v1/sessions"));
  const [making, setMaking] = useState<"user" | "token" | null>(null);
  const [made, setMade] = useState<{ title: string; text: string } | null>(null);
  const end = (title: string, says: string, path: At<"/api/v1/users/{name}" | "/api/v1/tokens/{name}" | "/api/v1/sessions/{number}">, reload: () => void) =>
    ask({ title, says, does: "End it", danger: true, act: async () => { await call("DELETE", path); reload(); } });
  // The choice stays as it was until the service has the new one.
  const changeRole = (user: User, choice: HTMLSelectElement) => {
    const role = choice.value as Role;
    choice.value = user.role;
    ask({
      title: `Make ${user.name} ${role === "viewer" ? "a viewer" : role === "operator" ? "an operator" : "an administrator"}?`,
      says: "It holds at once. Where they are signed in, they have to sign in again.",
      does: "Change the role",
      act: async () => { await call("PATCH", at("/api/v1/users/{name}", user.name), { role }); users.reload(); },
    });
  };
  const reset = (user: User) =>
    ask({
      title: `A new password link for ${user.name}?`,
      says: "The link sets a new password, once, within 30 minutes. Links that were made before no longer work.",
      does: "Make the link",
      act: async () => {
        const made = await call("POST", at("/api/v1/users/{name}/reset", user.name));
        setMade({ title: `The link for ${user.name}: it sets the password, once, within 30 minutes`, text: made.link });
      },
    });
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
                  <div class="row">
                    <label class="row small">
                      <span class="sr">Role of {each.name}</span>
                      <select value={each.role} onChange={(event) => changeRole(each, event.currentTarget)}>
                        {roles.map((role) => <option value={role}>{words(role)}</option>)}
                      </select>
                    </label>
                    <button type="button" class="btn" onClick={() => reset(each)}>New password link</button>
                    <button type="button" class="btn bare" onClick={() => end(`Remove the user ${each.name}?`, "Sessions and access end at once.", at("/api/v1/users/{name}", each.name), users.reload)}>Remove</button>
                  </div>
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
                    <div><b>{each.name}</b><p class="small muted">{each.role}, last used <Time at={each.used_at} />{each.expires_at && <>, ends <Time at={each.expires_at} /></>}{each.jobs && `, only of ${each.jobs.join(", ") || "jobs that are gone"}`}{each.networks && `, from ${each.networks.join(", ")}`}</p></div>
                    <button type="button" class="btn bare" onClick={() => end(`End the token ${each.name}?`, "Whoever uses it is refused at once.", at("/api/v1/tokens/{name}", each.name), tokens.reload)}>End it</button>
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
                  <button type="button" class="btn bare" onClick={() => end("Sign this session out?", `${each.user} from ${each.from} has to sign in again.`, at("/api/v1/sessions/{number}", each.number), sessions.reload)}>Sign out</button>
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
  const [jobs, setJobs] = useState("");
  const [networks, setNetworks] = useState("");
  const act = async () => {
    const given = { name: name.trim(), role };
    if (what === "user") {
      const { link } = await call("POST", at("/api/v1/users"), given);
      return onMade(`The link for ${name}: it sets the password, once, within 30 minutes`, link);
    }
    const { token } = await call("POST", at("/api/v1/tokens"), {
      ...given,
      ...(listOf(jobs).length > 0 && { jobs: listOf(jobs) }),
      ...(listOf(networks).length > 0 && { networks: listOf(networks) }),
    });
    onMade(`The token ${name}, shown this once`, token);
  };
  return (
    <Dialog title={what === "user" ? "New user" : "New token"} onClose={onClose}>
      <Form does={what === "user" ? "Make the user" : "Make the token"} act={act}>
        <TextField label="Name" value={name} onValue={setName} required hint="Small letters, digits, - and _." />
        <SelectField label="Role" value={role} onValue={(value) => setRole(value as Role)} options={roles.map((value) => ({ value, text: words(value) }))} />
        {what === "token" && (
          <>
            <TextField label="Only of these jobs" optional hint="Separated by commas. It then acts on these alone, and sees no others." value={jobs} onValue={setJobs} />
            <TextField label="Only from these networks" optional hint="10.0.0.0/8, 203.0.113.7. Without any, from anywhere." value={networks} onValue={setNetworks} />
          </>
        )}
      </Form>
    </Dialog>
  );
}

export function Settings() {
  const version = useLoaded(at("/api/v1/version"));
  const doctor = useLoaded(at("/api/v1/doctor"), 15000);
  return (
    <ShownPage title="Settings" of={doctor}>
      {({ checks, warnings, problems }) => (
        <>
          <Heading
            title={problems ? `${problems} of ${checks.length} checks failed` : warnings ? "Everything works; something to look at" : "Everything is in order"}
            lead={<>This is what the service finds of itself. Its settings stand in the configuration file{version.data && <>; this is Pinrelay {version.data.version}</>}.</>}
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
    </ShownPage>
  );
}

const order = (check: Check): number => (check.level === "ok" ? 2 : check.level === "warning" ? 1 : 0);

// What lets jobs act at Pinterest: the list, and the wizard for a new one in the order of the specification: provider,
// method, prerequisites, then Sign-In or Conversion Token.
import { useEffect, useState } from "preact/hooks";

import { at, call } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Authorization, Method } from "../api/types";
import { Card, Copy, Empty, Heading, Icon, Note, Shown, ShownPage, Time } from "../parts/basics";
import { ask, Dialog, say } from "../parts/dialogs";
import { Form, TextField } from "../parts/forms";
import { sentence, several } from "../parts/format";
import { endOf, HealthBadge, typeName } from "../parts/states";
import { go, place } from "../router";
import { may } from "../session";
import { nameFrom } from "./draft";

export function Authorizations() {
  const all = useLoaded(at("/api/v1/authorizations"), 10000);
  return (
    <ShownPage title="Authorizations" of={all}>
      {({ authorizations: rows }) => {
        const sick = rows.filter((each) => each.health !== "healthy").length;
        const title =
          rows.length === 0 ? "No authorization yet" : sick ? `${sick} of ${several(rows.length, "authorization")} ${sick === 1 ? "needs" : "need"} you` : rows.length === 1 ? "The authorization is healthy" : `All ${rows.length} authorizations are healthy`;
        return (
          <>
            <Heading title={title} lead="They let jobs act at Pinterest. Each is checked whenever Pinterest refuses it, and once a day.">
              {may("admin") && (
                <a class={"btn" + (rows.length === 0 ? " main" : "")} href="/authorizations/new">
                  <Icon name="plus" />
                  New authorization
                </a>
              )}
            </Heading>
            <section class="card flush" aria-label="Authorizations">
              {rows.length === 0 ? (
                <Empty title="Jobs need one to act at Pinterest">
                  <p class="muted">Sign in for lists and conversions, or paste a conversion token for conversions alone.</p>
                  {!may("admin") && <p class="muted">An administrator makes them.</p>}
                </Empty>
              ) : (
                <ul class="items">
                  {rows.map((each) => (
                    <Row each={each} reload={all.reload} key={each.name} />
                  ))}
                </ul>
              )}
            </section>
            <p class="small">
              <a href="/help/authorizations">About authorizations: methods, states, and what each button does</a>
            </p>
            <p class="small muted">Secrets are sealed by a key that lies beside the store; a backup of the store alone opens none of them.</p>
          </>
        );
      }}
    </ShownPage>
  );
}

function EditWords({ each, onClose, onDone }: { each: Authorization; onClose: () => void; onDone: () => void }) {
  const [label, setLabel] = useState(each.label);
  const [description, setDescription] = useState(each.description);
  const act = async () => {
    await call("PATCH", at("/api/v1/authorizations/{name}", each.name), { label, description });
    onDone();
  };
  return (
    <Dialog title={`Edit ${each.label || each.name}`} onClose={onClose}>
      <Form does="Save" act={act}>
        <TextField label="Label" value={label} onValue={setLabel} required hint="What people call it." />
        <TextField label="Description" optional value={description} onValue={setDescription} />
        <p class="small muted">Its credentials stay as they are. To replace them, sign in again or replace the token.</p>
      </Form>
    </Dialog>
  );
}

function Row({ each, reload }: { each: Authorization; reload: () => void }) {
  const [editing, edit] = useState(false);
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      const answer = await call("POST", at("/api/v1/authorizations/{name}/verify", each.name));
      say(`${each.label || each.name}: ${answer.result}`);
    } catch (error) {
      say(String(error instanceof Error ? error.message : error));
    }
    setBusy(false);
    reload();
  };
  return (
    <li>
      {editing && <EditWords each={each} onClose={() => edit(false)} onDone={() => { edit(false); reload(); }} />}
      <HealthBadge health={each.health} />
      <div class="grow">
        <h2>{each.label || each.name}</h2>
        <p class="small muted">
          {each.method === "sign_in" ? "Pinterest Sign-In" : "Pinterest Conversion Token"}
          {each.kept_in === "file" && ", token in a file"}
          {each.tier === "trial" && ", trial access"}
          {each.connected_as && `, as ${each.connected_as}`}
        </p>
        {each.ad_account && <p class="small muted">Ad account {each.ad_account}</p>}
        {each.description && <p class="small muted">{each.description}</p>}
        {each.health !== "healthy" && (
          <p class="small">
            {sentence(each.reason)} {sentence(each.fix)}
          </p>
        )}
      </div>
      <div class="small muted">
        <p>{each.used_by.length ? <>Used by {each.used_by.map((job, i) => <>{i > 0 && ", "}<a href={`/jobs/${encodeURIComponent(job)}`}>{job}</a></>)}</> : "Not used"}</p>
        <p>{each.checked_at ? <>Checked <Time at={each.checked_at} /></> : "Not checked yet"}</p>
        {endOf(each) && <p>Ends <Time at={endOf(each)} /></p>}
      </div>
      <div class="row">
        {may("operator") && (
          <button type="button" class="btn" disabled={busy} onClick={check}>
            Check now
          </button>
        )}
        {may("admin") && each.kept_in === "store" && (
          <>
            <button type="button" class="btn" onClick={() => edit(true)}>
              Edit
            </button>
            <a class="btn" href={`/authorizations/new?again=${encodeURIComponent(each.name)}`}>
              {each.method === "sign_in" ? "Sign in again" : "Replace the token"}
            </a>
            {each.used_by.length === 0 && (
              <button
                type="button"
                class="btn bare"
                onClick={() =>
                  ask({
                    title: `Remove ${each.label || each.name}?`,
                    says: "No job uses it. Lists that jobs have left by it can no longer be reached, so erasures do not get there.",
                    does: "Remove it",
                    danger: true,
                    type: each.name,
                    act: async () => {
                      await call("DELETE", at("/api/v1/authorizations/{name}", each.name, { yes: true }));
                      reload();
                    },
                  })
                }
              >
                Remove
              </button>
            )}
          </>
        )}
      </div>
    </li>
  );
}

export function NewAuthorization() {
  const providers = useLoaded(at("/api/v1/providers"));
  const again = place.value.query.get("again");
  const existing = useLoaded(again ? at("/api/v1/authorizations") : null);
  const old = existing.data?.authorizations.find((each) => each.name === again);
  const [method, choose] = useState<Method["name"] | null>(null);
  const chosen = method ?? old?.method ?? "sign_in";
  if (!may("admin"))
    return (
      <>
        <Heading title="New authorization" trail={<a href="/authorizations">Authorizations</a>} />
        <Note>
          <p>Only administrators make authorizations. Ask one of them; then it can be chosen in your job.</p>
        </Note>
      </>
    );
  return (
    <>
      <Heading title={again ? `Renew ${old?.label || again}` : "New authorization"} trail={<><a href="/authorizations">Authorizations</a> / {again ? "Renew" : "New"}</>} />
      <Shown of={providers}>
        {({ providers: [provider] }) =>
          provider ? (
            <div class="split">
              <div class="stack">
                <section class="card stack">
                  <h2>1. Provider</h2>
                  <div class="choice">
                    <b>{provider.name}</b>
                    <span class="muted small grow">{provider.summary}</span>
                    <Icon name="check" />
                  </div>
                </section>
                <section class="card stack">
                  <fieldset class="stack tight">
                    <legend>2. Method</legend>
                    {provider.methods.map((each) => (
                      <label class="choice" key={each.name}>
                        <input type="radio" name="method" checked={chosen === each.name} disabled={again !== null} onChange={() => choose(each.name)} />
                        <span class="grow">
                          <b>{each.title}</b>
                          <br />
                          <span class="small muted">
                            {each.job_types.map(typeName).join(" and ")}; it {each.summary}
                          </span>
                        </span>
                      </label>
                    ))}
                  </fieldset>
                </section>
                {again && !old ? null : chosen === "sign_in" ? <SignIn old={old} /> : <Token old={old} />}
              </div>
              <Prerequisites method={provider.methods.find((each) => each.name === chosen)} />
            </div>
          ) : null
        }
      </Shown>
    </>
  );
}

function Prerequisites({ method }: { method: Method | undefined }) {
  if (!method) return null;
  return (
    <Card title={method.name === "sign_in" ? "Before you sign in" : "Where the token comes from"}>
      <ul class="stack">
        {method.prerequisites.map((each) => (
          <li class="row start">
            <Icon name="check" />
            <span class="grow">
              {sentence(each.what)}
              <br />
              <span class="small muted">
                {sentence(each.how.replace(/`/g, ""))}{" "}
                {each.link && (
                  <a href={each.link} target="_blank" rel="noreferrer">
                    {new URL(each.link).host}
                  </a>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {method.name === "sign_in" && (
        <div class="stack tight">
          <h3>Redirect URI, to be registered with the app exactly so</h3>
          <div class="row">
            <code class="grow">{location.origin}/oauth/pinterest</code>
            <Copy text={location.origin + "/oauth/pinterest"} what="the address" />
          </div>
        </div>
      )}
      <p class="small">
        <a href="/help/authorizations">More about authorizations</a>
      </p>
    </Card>
  );
}

// Where a job in the making waits, the page goes back there with the name.
function done(name: string): void {
  const back = place.value.query.get("back");
  if (back && back.startsWith("/") && !back.startsWith("//")) go(`${back}?authorization=${encodeURIComponent(name)}`);
  else go("/authorizations");
  say("The authorization is saved");
}

function Token({ old }: { old: Authorization | undefined }) {
  const [label, setLabel] = useState(old?.label ?? "");
  const [description, setDescription] = useState(old?.description ?? "");
  const [token, setToken] = useState("");
  const [account, setAccount] = useState(old?.ad_account ?? "");
  const act = async () => {
    const name = old?.name ?? nameFrom(label);
    await call("POST", at("/api/v1/authorizations"), { name, ad_account: account.trim(), token: token.trim(), label, description });
    setToken("");
    done(name);
  };
  return (
    <section class="card">
      <Form does="Save Authorization" act={act} disabled={!nameFrom(old?.name ?? label)}>
        <TextField label="3. Label" value={label} onValue={setLabel} required hint="What people call it." />
        <TextField label="4. Description" optional value={description} onValue={setDescription} />
        <TextField label="5. Token" type="password" value={token} onValue={setToken} required autoComplete="new-password" hint="It is checked with Pinterest, sealed, and never shown again." />
        <TextField label="6. Account ID" value={account} onValue={setAccount} required hint="The digits of the ad account in Ads Manager's address." />
      </Form>
    </section>
  );
}

const kept = "sign-in ticket";
const back = "sign-in back"; // where the service's page leads a tab that went to Pinterest itself

// What was filled in survives a sign-in in this tab, where a window may not be opened.
function useKept(key: string, first: string): [string, (value: string) => void] {
  const [value, set] = useState(() => sessionStorage.getItem(key) ?? first);
  return [
    value,
    (next) => {
      sessionStorage.setItem(key, next);
      set(next);
    },
  ];
}

function forgetKept(): void {
  for (const key of [kept, "sign-in label", "sign-in description"]) sessionStorage.removeItem(key);
}

function SignIn({ old }: { old: Authorization | undefined }) {
  const [label, setLabel] = useKept("sign-in label", old?.label ?? "");
  const [description, setDescription] = useKept("sign-in description", old?.description ?? "");
  const [ticket, setTicket] = useState<string | null>(() => sessionStorage.getItem(kept));
  const state = useLoaded(ticket ? at("/api/v1/sign-ins/{ticket}", ticket) : null, 1500);
  const phase = state.data?.phase ?? "";
  useEffect(() => {
    if (state.problem?.status === 404) {
      sessionStorage.removeItem(kept);
      setTicket(null);
    }
  }, [state.problem?.status]);
  const begin = async () => {
    sessionStorage.removeItem(back); // a window begins with a copy of what this tab keeps
    // Opened before the answer, while the click still allows it; a blocker leaves it null and this tab goes instead.
    const popup = open("about:blank", "pinterest", "popup,width=620,height=760");
    try {
      const made = await call("POST", at("/api/v1/sign-ins"));
      sessionStorage.setItem(kept, made.ticket);
      setTicket(made.ticket);
      if (popup) popup.location.href = made.start_url;
      else {
        sessionStorage.setItem(back, location.pathname + location.search);
        location.assign(made.start_url);
      }
    } catch (error) {
      popup?.close();
      throw error;
    }
  };
  const save = async () => {
    if (!ticket) return;
    const name = old?.name ?? nameFrom(label);
    await call("POST", at("/api/v1/sign-ins/save"), { name, ticket, label, description });
    forgetKept();
    done(name);
  };
  const ready = phase === "signed_in";
  return (
    <>
      <section class="card">
        <Form does={ready ? "Sign in with another account" : ticket ? "Open the window again" : "Sign in at Pinterest"} act={begin}>
          <h2>3. Sign in</h2>
          {!ticket && <p class="small muted">A window of Pinterest opens. Nothing is saved before you save.</p>}
          {ticket && !ready && phase !== "failed" && (
            <Note>
              <p>Waiting for Pinterest. Sign in in the window that opened; this page notices by itself.</p>
            </Note>
          )}
          {phase === "failed" && (
            <Note tone="bad">
              <p>
                <b>{sentence(state.data?.message || "Pinterest did not sign you in")}</b> {sentence(state.data?.fix ?? "")}
              </p>
            </Note>
          )}
          {ready && (
            <Note tone="ok">
              <p>
                <b>Signed in{state.data?.connected_as && ` as ${state.data.connected_as}`}.</b> Give it a label and save it.
              </p>
            </Note>
          )}
        </Form>
      </section>
      <section class="card">
        <Form does="Save Authorization" act={save} disabled={!ready || !nameFrom(old?.name ?? label)}>
          <TextField label="4. Label" value={label} onValue={setLabel} required hint="What people call it." />
          <TextField label="5. Description" optional value={description} onValue={setDescription} />
        </Form>
      </section>
    </>
  );
}

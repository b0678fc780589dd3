// Alerts: what is open, who is told of what, where to, and what was told.
import { useState } from "preact/hooks";

import { at, call } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Alert, AlertKind, Threshold } from "../api/types";
import { Badge, Card, Copy, Empty, Heading, Icon, Shown, Table, Time } from "../parts/basics";
import { ask, Dialog, say } from "../parts/dialogs";
import { sentence, words } from "../parts/format";
import { Form, SelectField, TextField } from "../parts/forms";
import { may } from "../session";

const labels: Record<Threshold, string> = { above: "Above, in percent", min: "Fewer than", max: "More than", hours: "Within hours" };
const hintOf = (kind: AlertKind, each: Threshold): string =>
  kind.defaults[each] === undefined ? "a number of people" : `optional; ${kind.defaults[each]} unless you say otherwise`;

export function Alerts() {
  const all = useLoaded(at("/api/v1/alerts"), 5000);
  const [making, setMaking] = useState(false);
  const open = all.data?.open ?? [];
  return (
    <>
      <Heading
        title={open.length ? `${open.length} open ${open.length === 1 ? "alert" : "alerts"}` : "Alerts"}
        lead="Who is told when something needs a person, by mail or webhook. Each episode is told once, and once more when it is over."
      >
        {may("admin") && (
          <button type="button" class="btn main" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New alert
          </button>
        )}
      </Heading>
      {making && (
        <NewAlert
          onClose={() => setMaking(false)}
          onMade={() => {
            setMaking(false);
            all.reload();
          }}
        />
      )}
      <Shown of={all}>
        {(data) => (
          <>
            {data.open.length > 0 && (
              <Card title="Open now" flush>
                <ul class="items">
                  {data.open.map((each) => (
                    <li key={each.number}>
                      <Badge tone="warn" icon="warning">
                        {words(each.kind)}
                      </Badge>
                      <div>
                        <b>{each.object || each.alert}</b>
                        <p class="small muted">
                          {sentence(each.summary)} {sentence(each.next_step)}
                        </p>
                      </div>
                      <span class="small muted nowrap">
                        <Time at={each.since} />
                      </span>
                    </li>
                  ))}
                </ul>
              </Card>
            )}
            <Card title="Alerts that are set" flush>
              {data.alerts.length === 0 ? (
                <Empty title="None is set">
                  <p class="muted">What needs a person stands on the home page in any case. An alert tells somebody who does not look.</p>
                </Empty>
              ) : (
                <ul class="items plain">
                  {data.alerts.map((each) => (
                    <AlertRow key={each.name} each={each} reload={all.reload} />
                  ))}
                </ul>
              )}
            </Card>
          </>
        )}
      </Shown>
      {may("admin") && <Webhooks />}
      <History />
    </>
  );
}

const thresholdText = (each: Alert): string =>
  [
    each.above !== null && `above ${each.above} %`,
    each.min !== null && `fewer than ${each.min}`,
    each.max !== null && `more than ${each.max}`,
    each.hours !== null && `within ${each.hours} h`,
  ]
    .filter(Boolean)
    .join(", ");

function AlertRow({ each, reload }: { each: Alert; reload: () => void }) {
  const path = at("/api/v1/alerts/{name}", each.name);
  const test = () => void call("POST", at("/api/v1/alerts/{name}/test", each.name)).then(() => say("The test is sent"), (error: Error) => say(sentence(error.message)));
  const remove = () =>
    ask({
      title: `Remove the alert ${each.name}?`,
      says: "Nobody is told by it any more.",
      does: "Remove it",
      danger: true,
      act: async () => {
        await call("DELETE", path);
        reload();
      },
    });
  const details = thresholdText(each);
  const receivers = Array.isArray(each.to) ? each.to.join(", ") : each.to;
  return (
    <li class="row apart">
      <div>
        <b>{each.name}</b>
        <p class="small muted">
          {words(each.kind)}
          {each.of && ` of ${each.of}`}
          {details && `, ${details}`}, {receivers ? `to ${receivers}` : "only shown here"}
        </p>
      </div>
      {may("admin") && (
        <div class="row">
          {receivers && (
            <button type="button" class="btn" onClick={test}>
              Send test
            </button>
          )}
          <button type="button" class="btn bare" onClick={remove}>
            Remove
          </button>
        </div>
      )}
    </li>
  );
}

function NewAlert({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState("job_failed");
  const [of, setOf] = useState("");
  const [limits, setLimits] = useState<Partial<Record<Threshold, string>>>({});
  const [to, setTo] = useState("");
  const kinds = useLoaded(at("/api/v1/alert-kinds"));
  const chosen = kinds.data?.kinds.find((each) => each.kind === kind);
  const watches = chosen?.watches ?? "job", takes = chosen?.takes ?? [];
  const act = async () => {
    const numbers = Object.fromEntries(takes.filter((each) => limits[each]?.trim()).map((each) => [each, Number(limits[each])]));
    await call("PUT", at("/api/v1/alerts/{name}", name.trim()), { kind, ...(to.trim() && { to }), ...(of.trim() && { of: of.trim() }), ...numbers });
    onMade();
  };
  return (
    <Dialog title="New alert" onClose={onClose}>
      <Form does="Set the alert" act={act}>
        <TextField label="Name" value={name} onValue={setName} required hint="Small letters, digits, - and _." />
        <SelectField
          label="Kind"
          hint={chosen?.meaning.replaceAll("`", "") ?? ""}
          value={kind}
          onValue={setKind}
          options={(kinds.data?.kinds ?? []).map((each) => ({ value: each.kind, text: words(each.kind) }))}
        />
        {watches !== "service" && (
          <TextField label={`Only of this ${watches}`} optional value={of} onValue={setOf} hint={`Its name. Without one, every ${watches} is watched.`} />
        )}
        {chosen && takes.map((each) => (
          <TextField key={each} label={labels[each]} hint={hintOf(chosen, each)} type="number" value={limits[each] ?? ""} onValue={(value) => setLimits({ ...limits, [each]: value })} />
        ))}
        <TextField label="To" value={to} onValue={setTo} optional hint="Names of webhooks and mail addresses, separated by commas. Without any, the alert is only shown on this page." />
      </Form>
    </Dialog>
  );
}

function Webhooks() {
  const all = useLoaded(at("/api/v1/webhooks"));
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const test = async (name: string) => {
    try {
      const answer = await call("POST", at("/api/v1/webhooks/{name}/test", name));
      say(`${name}: ${words(answer.result).toLowerCase()}`);
    } catch (error) {
      say(sentence(error instanceof Error ? error.message : String(error)));
    }
  };
  const remove = (name: string) =>
    ask({
      title: `Remove the webhook ${name}?`,
      says: "No alert can be sent there any more. One that an alert uses is not removed.",
      does: "Remove it",
      danger: true,
      act: async () => {
        await call("DELETE", at("/api/v1/webhooks/{name}", name));
        all.reload();
      },
    });
  return (
    <>
      {making && (
        <NewWebhook
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setSecret(made);
            all.reload();
          }}
        />
      )}
      {secret && (
        <Card title="The signing secret, shown this once" aside={<Copy text={secret} what="the secret" />}>
          <code>{secret}</code>
          <p class="muted">The receiver checks our signatures with it.</p>
        </Card>
      )}
      <Card
        title="Webhooks"
        flush
        aside={
          <button type="button" class="btn" onClick={() => setMaking(true)}>
            <Icon name="plus" />
            New webhook
          </button>
        }
      >
        <Shown of={all}>
          {({ webhooks }) =>
            webhooks.length === 0 ? (
              <Empty title="No webhook yet">
                <p class="muted">A public https address that alerts are posted to, signed. Mail needs none: name the address in the alert.</p>
              </Empty>
            ) : (
              <ul class="items plain">
                {webhooks.map((each) => (
                  <li class="row apart" key={each.name}>
                    <div class="grow">
                      <b>{each.name}</b>
                      <p class="small muted">
                        <code>{each.url}</code>
                        {each.managed_by_file && ", in the configuration file"}
                      </p>
                    </div>
                    <div class="row">
                      <button type="button" class="btn" onClick={() => void test(each.name)}>
                        Send test
                      </button>
                      {!each.managed_by_file && (
                        <button type="button" class="btn bare" onClick={() => remove(each.name)}>
                          Remove
                        </button>
                      )}
                    </div>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </Card>
    </>
  );
}

function NewWebhook({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const act = async () => {
    const made = await call("POST", at("/api/v1/webhooks"), { name: name.trim(), url: url.trim() });
    onMade(made.secret);
  };
  return (
    <Dialog title="New webhook" onClose={onClose}>
      <Form does="Make the webhook" act={act}>
        <TextField label="Name" value={name} onValue={setName} required hint="What alerts call it. Small letters, digits, - and _." />
        <TextField label="Address" value={url} onValue={setUrl} required hint="A public https address." />
      </Form>
    </Dialog>
  );
}

function History() {
  const past = useLoaded(at("/api/v1/alert-history", { limit: 50 }), 15000);
  if (!past.data || (past.data.episodes.length === 0 && past.data.messages.length === 0)) return null;
  const { episodes, messages } = past.data;
  return (
    <>
      <Card title="What happened" flush>
        <ul class="items plain">
          {episodes.map((each) => (
            <li key={each.number} class="row apart">
              <div class="grow">
                <b>{each.object || each.alert}</b>
                <p class="small muted">{sentence(each.summary)}</p>
              </div>
              <span class="small muted">
                <Time at={each.since} />
                {each.until ? (
                  <>
                    {" "}
                    to <Time at={each.until} />
                  </>
                ) : (
                  ", open"
                )}
              </span>
            </li>
          ))}
        </ul>
      </Card>
      {messages.length > 0 && (
        <Card title="Messages that were sent" flush>
          <Table name="Table of messages" heads={["When", "Alert", "To", "Outcome"]}>
            {messages.map((each) => (
              <tr key={each.id}>
                <td data-l="When">
                  <Time at={each.created_at} />
                </td>
                <td data-l="Alert">
                  {each.alert}
                  <br />
                  <span class="small muted">{words(each.type)}</span>
                </td>
                <td data-l="To">{each.to}</td>
                <td class="all">
                  {words(each.state)}
                  {each.error && <p class="small muted">{sentence(each.error)}</p>}
                </td>
              </tr>
            ))}
          </Table>
        </Card>
      )}
    </>
  );
}

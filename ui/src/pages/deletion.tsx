// Deleting a person, and the receipt of it: what was held, and what has left which list when.
import { at, call } from "../api/client";
import { useLoaded } from "../api/loaded";
import type { Deletion, DeletionList } from "../api/types";
import { Badge, Card, Heading, Icon, type IconName, Note, ShownPage, Table, Time, type Tone } from "../parts/basics";
import { ask } from "../parts/dialogs";
import { count, sentence, several } from "../parts/format";
import { go } from "../router";

const states: Record<DeletionList["state"], [Tone, IconName, string]> = {
  removed: ["ok", "check", "Removed"],
  shared: ["", "people", "Stays"],
  on_the_way: ["out", "clock", "On its way"],
  on_hold: ["warn", "warning", "On hold"],
  forgotten: ["warn", "help", "Not known"],
  settled: ["ok", "check", "Nothing waits"],
};

export const receiptPath = (number: number): string => `/deletions/${number}`;

// What has to be typed is the effect itself.
export function askToDelete(id: string, person: string): void {
  ask({
    title: `Delete ${person}?`,
    says: (
      <>
        <p>
          Their fields and memberships are erased here at once, and conversions that wait are not sent. What we added of them leaves every list with the next requests. This
          cannot be taken back.
        </p>
        <p class="muted">You get a receipt that says what left which list, and when Pinterest acknowledged it.</p>
      </>
    ),
    does: "Delete this person",
    danger: true,
    type: "delete for good",
    act: async () => {
      const answer = await call("DELETE", at("/api/v1/profiles/{key}", id));
      go(receiptPath(answer.receipt));
    },
  });
}

export function ReceiptPage({ number }: { number: string }) {
  const receipt = useLoaded(at("/api/v1/deletions/{number}", number), 3000);
  return (
    <ShownPage title={`Receipt ${number}`} of={receipt}>
      {(data) => <ReceiptView receipt={data} />}
    </ShownPage>
  );
}

function answerOf(lists: DeletionList[], waiting: number): string {
  if (waiting) return `Deleted here; ${several(waiting, "list")} to go`;
  if (lists.length === 0) return "Deleted; they were on no list";
  return lists.every((each) => each.state === "removed") ? "Deleted, and removed from every list" : "Deleted; nothing more is awaited";
}

function ReceiptView({ receipt }: { receipt: Deletion }) {
  const { held, lists } = receipt;
  const waiting = lists.filter((each) => ["on_the_way", "on_hold"].includes(each.state)).length;
  return (
    <>
      <Heading
        title={answerOf(lists, waiting)}
        trail={<a href="/profiles">Profiles</a>}
        badge={waiting ? <Badge tone="out" icon="clock">Under way</Badge> : <Badge tone="ok" icon="check">Complete</Badge>}
        lead={
          <>
            Receipt {count(receipt.receipt)} for <code>{receipt.profile_id}</code>, deleted <Time at={receipt.deleted_at} /> by {receipt.by}.
          </>
        }
      >
        <button type="button" class="btn" onClick={() => print()}>
          <Icon name="page" />
          Print
        </button>
      </Heading>
      <Card title="What was held">
        <dl class="kv">
          <dt>Fields</dt>
          <dd>{count(held.fields)}, erased at once</dd>
          <dt>Audiences</dt>
          <dd>member of {count(held.audiences)}, left at once</dd>
          <dt>Conversions</dt>
          <dd>
            {held.conversions_ended ? `${count(held.conversions_ended)} waited and ${held.conversions_ended === 1 ? "is" : "are"} not sent` : "none waited"}
            {held.conversions_in_flight > 0 && `; ${count(held.conversions_in_flight)} were on their way to Pinterest`}
          </dd>
        </dl>
      </Card>
      <Card title="Lists at Pinterest" flush>
        {lists.length === 0 ? (
          <p class="pad muted">None of this person's identifiers were on a list that jobs have written.</p>
        ) : (
          <Table name="Table of lists" heads={["List", "State", "Identifiers", "Acknowledged"]}>
            {lists.map((list) => (
              <ListRow key={list.name + list.ad_account} list={list} />
            ))}
          </Table>
        )}
      </Card>
      <Note>
        <p>{receipt.remains}</p>
      </Note>
    </>
  );
}

function ListRow({ list }: { list: DeletionList }) {
  const [tone, icon, word] = states[list.state];
  return (
    <tr>
      <th scope="row">
        {list.name}
        <br />
        <span class="small muted">ad account {list.ad_account}</span>
      </th>
      <td data-l="State">
        <Badge tone={tone} icon={icon}>
          {word}
        </Badge>
        <br />
        <span class="small muted">{sentence(list.meaning)}</span>
      </td>
      <td data-l="Identifiers">
        {list.identifiers ? `${count(list.removed)} of ${count(list.identifiers)} removed` : ""}
        {list.shared > 0 && (
          <span class="small muted">
            {list.identifiers > 0 && <br />}
            {count(list.shared)} shared
          </span>
        )}
      </td>
      <td data-l="Acknowledged">
        {list.removed_at ? <Time at={list.removed_at} /> : <span class="muted">not yet</span>}
        {list.request !== null && <span class="small muted"> by request {count(list.request)}</span>}
      </td>
    </tr>
  );
}

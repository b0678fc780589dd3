// What whoever guards the service wants to know.
import { useState } from "preact/hooks";

import { at } from "../api/client";
import { useLoaded } from "../api/loaded";
import { Card, Empty, Table, Time } from "../parts/basics";
import { SelectField } from "../parts/forms";
import { count, words } from "../parts/format";
import { Paged, usePages } from "../parts/paged";

export function SecurityEvents() {
  const [kind, setKind] = useState("");
  // Each kind of event has an alert of the same name, which watches the service.
  const alerts = useLoaded(at("/api/v1/alert-kinds"));
  const kinds = (alerts.data?.kinds ?? []).filter((each) => each.watches === "service");
  const pages = usePages(at("/api/v1/security/events", { kind: kind || undefined }), "events");
  return (
    <Card title="Security events" flush>
      <div class="pad">
        <SelectField
          label="Kind"
          hint="Who failed to come in, who was refused, and who looked at a person. Of many alike within a minute, how many there were."
          value={kind}
          onValue={setKind}
          options={[{ value: "", text: "All" }, ...kinds.map((each) => ({ value: each.kind, text: words(each.kind) }))]}
        />
      </div>
      <Paged of={pages} more="Show older events" empty={<Empty title="Nothing of this kind"><p class="muted">Nobody was refused, and nobody looked at a person.</p></Empty>}>
        {(rows) => (
          <Table name="Table of security events" heads={["When", "What", "Who", "From", "Times"]}>
            {rows.map((each) => (
              <tr key={each.number}>
                <td data-l="When"><Time at={each.at} /></td>
                <td class="all">
                  <b>{words(each.kind)}</b>
                  <br />
                  <span class="small muted">{each.what}{each.whom && `, ${each.whom}`}</span>
                </td>
                <td data-l="Who">{each.who || "unknown"}</td>
                <td data-l="From">{each.source}</td>
                <td data-l="Times" class="num">{count(each.count)}</td>
              </tr>
            ))}
          </Table>
        )}
      </Paged>
    </Card>
  );
}

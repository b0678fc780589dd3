// Entries of the audit log as a table.
import type { ComponentChildren } from "preact";

import type { AuditEntry } from "../api/types";
import { Badge, Empty, Table, Time } from "../parts/basics";
import { words } from "../parts/format";

export function AuditRows({ entries, empty }: { entries: AuditEntry[]; empty: ComponentChildren }) {
  if (entries.length === 0) return <Empty title="Nothing yet"><p class="muted">{empty}</p></Empty>;
  return (
    <Table name="Table of changes" heads={["When", "Who", "What", "Outcome"]}>
      {entries.map((entry) => (
        <tr key={entry.number}>
          <td data-l="When"><Time at={entry.at} /></td>
          <td data-l="Who">{entry.who}<br /><span class="small muted">{entry.origin}</span></td>
          <td class="all"><b>{entry.action}</b> {entry.object}<br /><span class="small muted">{entry.detail}</span></td>
          <td data-l="Outcome">{entry.outcome === "done" ? <Badge tone="ok" icon="check">Done</Badge> : <Badge tone="warn" icon="warning">{words(entry.outcome)}</Badge>}</td>
        </tr>
      ))}
    </Table>
  );
}

// Words of the product, and every field that Pinterest takes, from the same tables as the program's own.
import { useState } from "preact/hooks";

import { useLoaded } from "../api/loaded";
import type { Catalogue, PinterestField, Reason } from "../api/types";
import { Card, Heading, Icon, Scroll, Shown } from "../parts/basics";
import { sentence, words } from "../parts/format";
import { titleOf } from "./mapping";

const vocabulary: [string, string][] = [
  ["Profile", "One person, as your systems know them: a key and fields."],
  ["Audience", "People who belong together. They enter and leave it, row by row or by file."],
  ["Job", "Keeps one audience flowing to one place at Pinterest: an Audience Export to a customer list, a Conversions Export to conversions."],
  ["Authorization", "What lets jobs act at Pinterest: a sign-in or a conversion token."],
  ["Queue", "People who wait for the next flush of an Audience Export."],
  ["Flush", "The queue is sent: five minutes after the first of them came, or with 10,000 people."],
  ["Resync", "Everybody is compared with the list, and only the difference is sent."],
  ["Brake", "Unusually many removals are held until a person has looked at them."],
  ["Omitted, invalid, rejected", "Left out on purpose; not valid by our checks; refused by Pinterest."],
  ["Uncertain", "Pinterest gave no answer, and a repeat could count twice: it is not sent again."],
];

const keys: [string, string][] = [
  ["/", "Find a person or a job"],
  ["g then h, j, p, s, a", "Home, Jobs, Profiles, Sources, Authorizations"],
  ["↑ ↓ on a row's handle", "Move a mapping row"],
];

export function Help() {
  const targets = useLoaded<{ fields: PinterestField[] }>("/api/v1/pinterest-fields");
  const catalogue = useLoaded<Catalogue>("/api/v1/reasons");
  const [find, set] = useState("");
  return (
    <>
      <Heading title="Help" lead="Words, keys, and every field that Pinterest takes." />
      <Card title="Words">
        <dl class="kv">{vocabulary.flatMap(([word, says]) => [<dt>{word}</dt>, <dd>{says}</dd>])}</dl>
      </Card>
      <Card title="Keys">
        <dl class="kv">{keys.flatMap(([key, says]) => [<dt><kbd>{key}</kbd></dt>, <dd>{says}</dd>])}</dl>
      </Card>
      <Shown of={catalogue}>
        {({ reasons, conditions }) => (
          <>
            <Reasons title="Why somebody was not sent" rows={reasons} />
            <Reasons title="Why a job waits or has failed" rows={conditions} />
          </>
        )}
      </Shown>
      <Shown of={targets}>
        {({ fields }) => (
          <Card title="Fields of conversions" flush aside={<div class="search"><Icon name="search" /><label class="sr" for="hf">Find a field</label><input id="hf" type="search" placeholder="Find a field" value={find} onInput={(event) => set(event.currentTarget.value)} /></div>}>
            <Scroll name="Table of fields">
              <table class="cards">
                <thead><tr><th scope="col">Field</th><th scope="col">Mapped under</th><th scope="col">Takes</th><th scope="col">Help</th></tr></thead>
                <tbody>
                  {fields.filter((each) => `${each.target} ${titleOf(each.target)} ${each.help}`.toLowerCase().includes(find.toLowerCase())).map((each) => (
                    <tr>
                      <th scope="row">{titleOf(each.target)}<br /><code>{each.target}</code></th>
                      <td data-l="Mapped under">{each.mapping}</td>
                      <td data-l="Takes">{each.takes}{each.hashed && <> <span class="tag">SHA-256</span></>}<br /><span class="small muted">{each.limits}</span></td>
                      <td class="all muted">{each.help.replace(/`/g, "")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scroll>
          </Card>
        )}
      </Shown>
    </>
  );
}

function Reasons({ title, rows }: { title: string; rows: Reason[] }) {
  return (
    <Card title={title} flush>
      <Scroll name={`Table: ${title}`}>
        <table class="cards">
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col">What it means</th>
              <th scope="col">What to do</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <tr key={each.code}>
                <th scope="row">
                  {words(each.code)}
                  <br />
                  <code>{each.code}</code> {each.outcome && <span class="small muted">{each.outcome}</span>}
                </th>
                <td class="all">{sentence(each.meaning)}</td>
                <td data-l="What to do">{sentence(each.fix) || <span class="muted">Nothing</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Card>
  );
}

// Audiences, the fields of people, and one audience.
import { at } from "../api/client";
import { useFields, useLoaded } from "../api/loaded";
import { Card, Empty, Heading, Meter, Scroll, Shown, Table } from "../parts/basics";

import { count, people, percent } from "../parts/format";
import { jobPath } from "../router";
import { may } from "../session";
import { typeWord } from "./mapping";
import { useSample } from "./sample";

export function Audiences() {
  const all = useLoaded(at("/api/v1/audiences"), 5000);
  const fields = useFields();
  return (
    <>
      <Heading title="Audiences" lead="An audience exists from the first person who enters it. People enter and leave by rows or files; jobs follow.">
        {may("operator") && (
          <a class="btn" href="/sources/upload">
            Upload a file
          </a>
        )}
      </Heading>
      <Shown of={all}>
        {({ audiences }) => (
          <section class="card flush" aria-label="Audiences">
            {audiences.length === 0 ? (
              <Empty title="No audience yet">
                <p class="muted">Send rows that say who enters one, or upload a file.</p>
                <div class="row">
                  <a class="btn main" href="/sources">
                    Send people in
                  </a>
                </div>
              </Empty>
            ) : (
              <Scroll name="Table of audiences">
                <table class="cards">
                  <thead>
                    <tr>
                      <th scope="col">Audience</th>
                      <th scope="col" class="num">
                        People
                      </th>
                      <th scope="col">Jobs</th>
                    </tr>
                  </thead>
                  <tbody>
                    {audiences.map((each) => (
                      <tr key={each.name}>
                        <th scope="row">
                          <a class="name" href={`/audiences/${encodeURIComponent(each.name)}`}>
                            {each.name}
                          </a>
                        </th>
                        <td class="num" data-l="People">
                          {count(each.members)}
                        </td>
                        <td data-l="Jobs">
                          {each.jobs.length === 0 ? (
                            <span class="muted">none</span>
                          ) : (
                            each.jobs.map((job, i) => (
                              <>
                                {i > 0 && ", "}
                                <a href={jobPath(job.name)}>{job.name}</a>
                              </>
                            ))
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            )}
          </section>
        )}
      </Shown>
      <Shown of={fields}>
        {(data) => (
          <Card title="Fields of people" flush aside={<span class="small muted">{people(data.people)}</span>}>
            {data.fields.length === 0 ? (
              <Empty title="No field yet">
                <p class="muted">Fields are learned from the rows that come in, each with its type.</p>
              </Empty>
            ) : (
              <Table name="Table of fields" heads={["Field", "Type", "Coverage"]}>
                {data.fields.map((field) => (
                  <tr key={field.name}>
                    <th scope="row" class="mono">
                      {field.name}
                    </th>
                    <td data-l="Type">{typeWord(field.type)}</td>
                    <td data-l="Coverage">
                      {percent(field.people, data.people)} <span class="muted">{people(field.people)}</span>
                      <Meter name={percent(field.people, data.people)} of={data.people} parts={[{ tone: "green", value: field.people }]} />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
        )}
      </Shown>
    </>
  );
}

// From a sample, which is drawn anew when the page is loaded.
function Sample({ name }: { name: string }) {
  const sample = useSample(name);
  return (
    <Shown of={sample}>
      {(data) =>
        data.looked_at === 0 ? (
          <Card title="What its people look like">
            <p class="muted">Nobody is in it now.</p>
          </Card>
        ) : (
          <>
            <Card title="What its people look like" flush aside={<span class="small muted">{data.looked_at < data.members ? `from ${people(data.looked_at)} drawn from it` : people(data.looked_at)}</span>}>
              <Table name="Table of fields of this audience" heads={["Field", "Type", "Coverage", "Some values, masked"]}>
                {data.fields.map((field) => (
                  <tr key={field.name}>
                    <th scope="row" class="mono">
                      {field.name}
                    </th>
                    <td data-l="Type">{typeWord(field.type)}</td>
                    <td data-l="Coverage">
                      {percent(field.people, data.looked_at)}
                      <Meter name={percent(field.people, data.looked_at)} of={data.looked_at} parts={[{ tone: "green", value: field.people }]} />
                    </td>
                    <td data-l="Some values, masked" class="mono">
                      {field.values.join(", ")}
                    </td>
                  </tr>
                ))}
              </Table>
            </Card>
            <Card title="Some of its people">
              <ul class="row">
                {data.people.map((each) => (
                  <li>
                    <a class="mono" href={`/profiles/${encodeURIComponent(each.profile_id)}`}>
                      {each.person}
                    </a>
                  </li>
                ))}
              </ul>
            </Card>
          </>
        )
      }
    </Shown>
  );
}

export function AudiencePage({ name }: { name: string }) {
  const one = useLoaded(at("/api/v1/audiences/{name}", name), 3000);
  return (
    <>
      <Heading title={name} trail={<a href="/audiences">Audiences</a>} lead={one.data ? `${people(one.data.members)} now` : undefined}>
        {may("operator") && (
          <a class="btn" href="/sources/upload">
            Upload a file
          </a>
        )}
      </Heading>
      <Shown of={one}>
        {(audience) => (
          <Card title="Jobs that use it" flush>
            {audience.jobs.length === 0 ? (
              <Empty title="No job uses this audience">
                <p class="muted">Its people go nowhere yet. A job keeps them on a customer list, or turns them into conversions.</p>
                {may("operator") && (
                  <div class="row">
                    <a class="btn main" href="/new-job">
                      New job
                    </a>
                  </div>
                )}
              </Empty>
            ) : (
              <ul class="items plain">
                {audience.jobs.map((job) => (
                  <li class="row apart">
                    <a class="name" href={jobPath(job.name)}>
                      {job.name}
                    </a>
                    <span class="muted">{job.state}</span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        )}
      </Shown>
      {may("operator") && <Sample name={name} />}
    </>
  );
}

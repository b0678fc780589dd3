// All jobs, the ones that need somebody first.
import { useState } from "preact/hooks";

import { at } from "../api/client";
import { useLive } from "../api/loaded";
import type { JobRow } from "../api/types";
import { Card, Empty, Heading, Icon, Shown, Table, Time } from "../parts/basics";
import { sentence } from "../parts/format";
import { groupOf, groups, StateBadge, typeName } from "../parts/states";
import { goQuery, jobPath, place } from "../router";
import { may } from "../session";

export function Jobs() {
  const jobs = useLive(at("/api/v1/live/jobs"), at("/api/v1/jobs"));
  return (
    <>
      <Heading title="Jobs" lead="Each job keeps one audience flowing to one place at Pinterest.">
        {may("operator") && (
          <a class="btn main" href="/new-job">
            <Icon name="plus" />
            New job
          </a>
        )}
      </Heading>
      <Shown of={jobs}>{(data) => <JobTable jobs={data.jobs} />}</Shown>
    </>
  );
}

// Rows cost time to draw, and hundreds of them are found by the filter, not by reading.
const AT_FIRST = 50;

function JobTable({ jobs }: { jobs: JobRow[] }) {
  const [all, showAll] = useState(false);
  const query = place.value.query;
  const state = query.get("state") ?? "", type = query.get("type") ?? "", text = (query.get("find") ?? "").toLowerCase();
  const fits = (job: JobRow) =>
    (!type || job.type === type) &&
    (!text || [job.name, job.label, job.audience, job.list?.name ?? "", job.ad_account ?? ""].some((each) => each.toLowerCase().includes(text)));
  const found = jobs.filter(fits);
  const rows = found
    .filter((job) => !state || groupOf(job) === state)
    .sort((a, b) => groups.indexOf(groupOf(a)) - groups.indexOf(groupOf(b)) || a.label.localeCompare(b.label));
  if (jobs.length === 0)
    return (
      <Card title="No job yet">
        <p class="muted">Audience Export keeps a customer list equal to an audience. Conversions Export turns people who come and go into conversions.</p>
        {may("operator") && (
          <a class="btn main" href="/new-job">
            Make the first job
          </a>
        )}
      </Card>
    );
  return (
    <>
      <div class="stack">
        <nav class="row" aria-label="Filter by state">
          <button type="button" class="btn chip" {...(!state && { "aria-current": "true" as const })} onClick={() => goQuery({ state: null })}>
            All <span class="muted">{found.length}</span>
          </button>
          {groups.map((group) => {
            const number = found.filter((job) => groupOf(job) === group).length;
            return (
              (number > 0 || state === group) && (
                <button
                  type="button"
                  class="btn chip"
                  {...(state === group && { "aria-current": "true" as const })}
                  onClick={() => goQuery({ state: group })}
                >
                  {group} <span class="muted">{number}</span>
                </button>
              )
            );
          })}
        </nav>
        <form class="row" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
          <div class="search">
            <Icon name="search" />
            <label class="sr" for="jf">
              Filter jobs
            </label>
            <input
              id="jf"
              type="search"
              placeholder="Name, audience, list or account"
              value={query.get("find") ?? ""}
              onInput={(event) => goQuery({ find: event.currentTarget.value })}
            />
          </div>
          <label class="row">
            Type{" "}
            <span>
              <select value={type} onChange={(event) => goQuery({ type: event.currentTarget.value })}>
                <option value="">Both</option>
                <option value="audience_export">Audience Export</option>
                <option value="conversions_export">Conversions Export</option>
              </select>
            </span>
          </label>
        </form>
      </div>
      <section class="card flush" aria-label="Jobs">
        {rows.length === 0 ? (
          <Empty title="No job fits these filters">
            <div class="row">
              <button type="button" class="btn" onClick={() => goQuery({ state: null, type: null, find: null })}>
                Clear filters
              </button>
            </div>
          </Empty>
        ) : (
          <>
            <Table name="Table of jobs" heads={["Job", "State", "Audience and destination", "Export", "Last success"]}>
              {(all ? rows : rows.slice(0, AT_FIRST)).map((job) => (
                <Row job={job} key={job.name} />
              ))}
            </Table>
            {!all && rows.length > AT_FIRST && (
              <div class="pad">
                <button type="button" class="btn" onClick={() => showAll(true)}>
                  Show all {rows.length}
                </button>
              </div>
            )}
          </>
        )}
      </section>
    </>
  );
}

function Row({ job }: { job: JobRow }) {
  return (
    <tr>
      <th scope="row">
        <a class="name" href={job.state === "Draft" ? `/edit-job/${encodeURIComponent(job.name)}` : jobPath(job.name)}>
          {job.label || job.name}
        </a>
        <br />
        <span class="small muted mono">{job.name}</span>
        {job.test_mode && <span class="tag test">Test mode</span>}
      </th>
      <td class="all">
        <StateBadge job={job} />
        <br />
        <span class="small muted">{sentence(job.reason)}</span>
      </td>
      <td data-l="Audience and destination" class="all">
        {job.audience}
        <br />
        <span class="small muted">{job.list?.name || (job.ad_account ? `ad account ${job.ad_account}` : "a new list")}</span>
      </td>
      <td data-l="Export" class="nowrap">
        {typeName(job.type)}
        <br />
        <span class="small muted">by {job.authorization}</span>
      </td>
      <td data-l="Last success">
        <Time at={job.last_success_at} />
      </td>
    </tr>
  );
}

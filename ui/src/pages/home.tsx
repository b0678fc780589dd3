// Is everything all right? What needs a person comes first, then how much flows and where it stops.
import { useLive, useLoaded } from "../api/loaded";
import type { Audience, Authorization, JobRow } from "../api/types";
import { Card, Empty, Heading, Icon, Key, Meter, Shown, Time } from "../parts/basics";
import { people, sentence, several } from "../parts/format";
import { barOf, groupOf, groups, HealthBadge, StateBadge } from "../parts/states";
import { jobPath } from "../router";
import { may } from "../session";
import { FirstSteps } from "./first-steps";
import { Flow } from "./flow";

export function Home() {
  const jobs = useLive<{ jobs: JobRow[] }>("/api/v1/live/jobs", "/api/v1/jobs");
  const audiences = useLoaded<{ audiences: Audience[] }>("/api/v1/audiences", 5000);
  const authorizations = useLoaded<{ authorizations: Authorization[] }>("/api/v1/authorizations", 15000);
  if (!jobs.data || !audiences.data || !authorizations.data)
    return (
      <>
        <Heading title="Home" />
        <Shown of={jobs}>{() => <Shown of={audiences}>{() => <Shown of={authorizations}>{() => null}</Shown>}</Shown>}</Shown>
      </>
    );
  const rows = jobs.data.jobs;
  const auths = authorizations.data.authorizations;
  if (rows.length === 0) return <FirstSteps audiences={audiences.data.audiences} authorizations={auths} />;
  return <Running rows={rows} audiences={audiences.data.audiences} authorizations={auths} />;
}

function Running({ rows, audiences, authorizations }: { rows: JobRow[]; audiences: Audience[]; authorizations: Authorization[] }) {
  const needing = rows.filter((job) => groupOf(job) === "Needs attention");
  const working = rows.filter((job) => ["Sending", "Waiting", "Up to date"].includes(groupOf(job)));
  const paused = rows.filter((job) => groupOf(job) === "Paused").length;
  const drafts = rows.filter((job) => groupOf(job) === "Draft").length;
  const sick = authorizations.filter((each) => each.health !== "healthy");
  const title =
    needing.length > 0
      ? `${needing.length} of ${rows.length} jobs ${needing.length === 1 ? "needs" : "need"} you`
      : working.length > 0
        ? `All ${several(working.length, "job")} that run are fine`
        : "No job is running";
  const rest = [
    needing.length > 0 && `${working.length} work as they should`,
    paused > 0 && `${paused} paused`,
    drafts > 0 && several(drafts, "draft"),
  ].filter(Boolean);
  return (
    <>
      <Heading
        title={title}
        lead={`${rest.length ? rest.join("; ") + ". " : ""}Nothing is lost: what cannot go out is kept.`}
      >
        {may("operator") && (
          <a class="btn" href="/new-job">
            <Icon name="plus" />
            New job
          </a>
        )}
      </Heading>
      {(needing.length > 0 || sick.length > 0) && (
        <Card title="Needs attention" flush>
          <ul class="items">
            {needing.map((job) => (
              <li key={job.name}>
                <StateBadge job={job} />
                <div class="grow">
                  <h3>
                    <a class="name" href={jobPath(job.name)}>
                      {job.label || job.name}
                    </a>
                  </h3>
                  <p class="small muted">
                    {sentence(job.reason)} {sentence(job.fix)}
                  </p>
                </div>
                <a class="btn" href={jobPath(job.name)}>
                  Look at the job
                </a>
              </li>
            ))}
            {sick.map((each) => (
              <li key={each.name}>
                <HealthBadge health={each.health} />
                <div class="grow">
                  <h3>{each.label || each.name}</h3>
                  <p class="small muted">
                    {sentence(each.reason)} {sentence(each.fix)} {each.used_by.length > 0 && `Used by ${several(each.used_by.length, "job")}.`}
                  </p>
                </div>
                <a class="btn" href="/authorizations">
                  Look at it
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title="How people get to Pinterest" aside={<span class="small muted">{several(rows.length, "job")}</span>}>
        <Flow jobs={rows} audiences={audiences} />
      </Card>
      <div class="cols wide">
        <Card title="Jobs by state">
          <Meter
            name={groups.map((group) => `${group} ${rows.filter((job) => groupOf(job) === group).length}`).join(", ")}
            of={rows.length}
            parts={groups.map((group) => ({ tone: barOf(group), value: rows.filter((job) => groupOf(job) === group).length }))}
          />
          <p class="legend small">
            {groups.map((group) => {
              const number = rows.filter((job) => groupOf(job) === group).length;
              return (
                number > 0 && (
                  <span>
                    <Key tone={barOf(group)} />
                    <a href={`/jobs?state=${encodeURIComponent(group)}`}>{group}</a> <b>{number}</b>
                  </span>
                )
              );
            })}
          </p>
        </Card>
        <Card
          title="Authorizations"
          flush
          aside={
            <a class="small" href="/authorizations">
              All
            </a>
          }
        >
          {authorizations.length === 0 ? (
            <Empty title="None yet">
              <p class="muted">Jobs need one to act at Pinterest.</p>
            </Empty>
          ) : (
            <ul class="items">
              {authorizations.slice(0, 5).map((each) => (
                <li key={each.name}>
                  <HealthBadge health={each.health} />
                  <div>
                    <b>{each.label || each.name}</b>
                    <p class="small muted">
                      {each.method === "sign_in" ? "Pinterest Sign-In" : "Pinterest Conversion Token"}
                      {each.expires_at && (
                        <>
                          {" "}
                          · ends <Time at={each.expires_at} />
                        </>
                      )}
                    </p>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
      <Card title="Audiences" flush>
        <ul class="items plain">
          {audiences.map((audience) => (
            <li class="row apart" key={audience.name}>
              <a class="name" href={`/audiences/${encodeURIComponent(audience.name)}`}>
                {audience.name}
              </a>
              <span class="muted">
                {people(audience.members)}, {several(audience.jobs.length, "job")}
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

// Is everything all right? What needs a person comes first, then how much flows and where it stops.
import { at } from "../api/client";
import { useLive, useLoaded } from "../api/loaded";
import type { Audience, Authorization, JobRow } from "../api/types";
import { Card, Empty, Heading, Icon, Key, Meter, Shown, Stat, Time } from "../parts/basics";
import { Bars, Lines, spans, useHistory } from "../parts/chart";
import { count, people, sentence, several } from "../parts/format";
import { remedyOf } from "../parts/remedies";
import { barOf, endOf, groupOf, groups, HealthBadge, StateBadge } from "../parts/states";
import { jobPath } from "../router";
import { may } from "../session";
import { FirstSteps } from "./first-steps";
import { Flow } from "./flow";

export function Home() {
  const jobs = useLive(at("/api/v1/live/jobs"), at("/api/v1/jobs"));
  const audiences = useLoaded(at("/api/v1/audiences"), 5000);
  const authorizations = useLoaded(at("/api/v1/authorizations"), 15000);
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
        ? working.length === 1
          ? "The job at work is fine"
          : `${working.length === 2 ? "Both" : `All ${working.length}`} jobs at work are fine`
        : "No job is at work";
  const rest = [
    needing.length > 0 && `${working.length === 1 ? "1 works" : `${working.length} work`} as ${working.length === 1 ? "it" : "they"} should`,
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
            {needing.map((job) => {
              const remedy = remedyOf(job, sentence);
              return (
              <li key={job.name}>
                <StateBadge job={job} />
                <div class="grow">
                  <h3>
                    <a class="name" href={jobPath(job.name)}>
                      {job.label || job.name}
                    </a>
                  </h3>
                  <p class="small muted">
                    {sentence(job.reason)} {remedy.says}
                  </p>
                </div>
                <a class="btn" href={remedy.to}>
                  {remedy.does}
                </a>
              </li>
              );
            })}
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
                  Renew it
                </a>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Numbers rows={rows} audiences={audiences} authorizations={authorizations} />
      <Card title="How people get to Pinterest" aside={<span class="small muted">{several(rows.length, "job")}</span>}>
        <Flow jobs={rows} audiences={audiences} />
      </Card>
      <Activity />
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
      <div class="cols wide">
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
                      {endOf(each) && (
                        <>
                          {" "}
                          · ends <Time at={endOf(each)} />
                        </>
                      )}
                    </p>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card
          title="Audiences"
          flush
          aside={
            <a class="small" href="/audiences">
              All
            </a>
          }
        >
          <ul class="items plain">
            {[...audiences]
              .sort((a, b) => b.members - a.members)
              .slice(0, 5)
              .map((audience) => (
                <li class="row apart" key={audience.name}>
                  <a class="name" href={`/audiences/${encodeURIComponent(audience.name)}`}>
                    {audience.name}
                  </a>
                  <span class="muted">
                    {people(audience.members)}, {audience.jobs.length ? several(audience.jobs.length, "job") : "no job"}
                  </span>
                </li>
              ))}
          </ul>
        </Card>
      </div>
    </>
  );
}

// All jobs together, by the hour.
function Activity() {
  const history = useHistory(null, spans[1]);
  return (
    <Shown of={history}>
      {(data) => (
        <div class="cols wide">
          <Bars
            title="People per hour"
            history={data}
            span={spans[1]}
            up={{ amount: "added", name: "added or sent", tone: "green" }}
            down={{ amount: "removed", name: "removed", tone: "violet" }}
          />
          <Lines title="Waiting" history={data} span={spans[1]} series={[{ amount: "waiting", name: "waiting", tone: "blue" }]} />
        </div>
      )}
    </Shown>
  );
}

// The four numbers that tell whether anything moves.
function Numbers({ rows, audiences, authorizations }: { rows: JobRow[]; audiences: Audience[]; authorizations: Authorization[] }) {
  const used = audiences.filter((each) => each.jobs.length > 0);
  const members = used.reduce((sum, each) => sum + each.members, 0);
  const last = rows.map((job) => job.last_success_at).filter((at) => at !== null).sort().at(-1) ?? null;
  const sending = rows.filter((job) => groupOf(job) === "Sending").length;
  const waiting = rows.filter((job) => groupOf(job) === "Waiting").length;
  const ending = authorizations.filter(endOf).sort((a, b) => (endOf(a) ?? "").localeCompare(endOf(b) ?? ""))[0];
  return (
    <section class="cols numbers" aria-label="In numbers">
      <div class="card">
        <Stat name="In audiences with a job" says={used.length === audiences.length ? several(used.length, "audience") : `${used.length} of ${several(audiences.length, "audience")}`}>
          {people(members)}
        </Stat>
      </div>
      <div class="card">
        <Stat name="Jobs at work" says={[sending && `${sending} sending`, waiting && `${waiting} waiting`].filter(Boolean).join(", ") || "nothing waits"}>
          {count(rows.filter((job) => ["Sending", "Waiting", "Up to date"].includes(groupOf(job))).length)}
        </Stat>
      </div>
      <div class="card">
        <Stat name="Last success" says="Pinterest accepted something">
          <Time at={last} />
        </Stat>
      </div>
      <div class="card">
        <Stat name="Next authorization to end" says={ending ? ending.label || ending.name : "none has a date on which it ends"}>
          {ending ? <Time at={endOf(ending)} /> : "Never"}
        </Stat>
      </div>
    </section>
  );
}

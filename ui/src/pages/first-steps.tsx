// Before the first job: three steps, each of which ticks itself off when it has happened.
import type { Audience, Authorization } from "../api/types";
import { Badge, Heading, Icon } from "../parts/basics";
import { may } from "../session";

export function FirstSteps({ audiences, authorizations }: { audiences: Audience[]; authorizations: Authorization[] }) {
  const arrived = audiences.some((audience) => audience.members > 0);
  const connected = authorizations.length > 0;
  const steps = [
    {
      done: arrived,
      title: "Send people in",
      says: "By HTTP as things happen, or as a file. Rows are on disk before you get an answer.",
      links: [
        ["/sources", "Make a write key"],
        ["/sources/upload", "Upload a file"],
      ],
    },
    {
      done: connected,
      title: "Connect Pinterest",
      says: "Sign in for lists and conversions, or paste a conversion token for conversions alone. You need a Pinterest Business account.",
      links: [["/authorizations/new", "New authorization"]],
    },
    {
      done: false,
      title: "Make the first job",
      says: "Audience Export keeps a customer list equal to an audience. Conversions Export turns people who come and go into conversions.",
      links: [
        ["/new-job/audience-export", "Audience Export"],
        ["/new-job/conversions-export", "Conversions Export"],
      ],
    },
  ] as const;
  const next = steps.findIndex((step) => !step.done);
  return (
    <>
      <Heading
        title={arrived || connected ? "Almost there" : "Nothing flows yet. Three steps to the first person on a list."}
        lead="About five minutes. Nothing is sent before you have seen exactly what, and started it."
      />
      <ol class="cols wide">
        {steps.map((step, i) => (
          <li class="card stack" key={step.title}>
            <div class="row">
              {step.done ? (
                <Badge tone="ok" icon="check">
                  Done
                </Badge>
              ) : (
                <span class="badge">{i + 1} of 3</span>
              )}
              <h2>{step.title}</h2>
            </div>
            <p class="muted">{step.says}</p>
            {may("operator") && (
              <div class="row">
                {step.links.map(([to, text], link) => (
                  <a class={"btn" + (i === next && link === 0 ? " main" : "")} href={to}>
                    {text}
                    <Icon name="arrow" />
                  </a>
                ))}
              </div>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}

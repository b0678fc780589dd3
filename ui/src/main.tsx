// The pages by their addresses.
import { render, type ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { Heading } from "./parts/basics";
import { Overlays } from "./parts/dialogs";
import { Shell } from "./parts/shell";
import { Authorizations, NewAuthorization } from "./pages/authorizations";
import { AudiencePage, Audiences } from "./pages/audiences";
import { ReceiptPage } from "./pages/deletion";
import { People, PersonPage } from "./pages/person";
import { Sources } from "./pages/sources";
import { UploadPage } from "./pages/upload";
import { Help } from "./pages/help";
import { Home } from "./pages/home";
import { JobPage } from "./pages/job";
import { Jobs } from "./pages/jobs";
import { Alerts } from "./pages/alerts";
import { Access, Audit, Settings } from "./pages/operate";
import { ChooseType, CopyJob, EditJob, NewJob } from "./pages/wizard";
import { go, match, place, startRouting } from "./router";
import { caller, may, readCaller } from "./session";

type Page = (found: Record<string, string>) => ComponentChildren;
const routes: [string, Page, "rail"?][] = [
  ["", () => <Home />],
  ["/jobs", () => <Jobs />],
  ["/jobs/:name", ({ name = "" }) => <JobPage key={name} name={name} tab="" />],
  ["/jobs/:name/:tab", ({ name = "", tab = "" }) => <JobPage key={name} name={name} tab={tab} />],
  ["/new-job", () => <ChooseType />],
  ["/new-job/audience-export", () => <NewJob key="audience" type="audience_export" />, "rail"],
  ["/new-job/conversions-export", () => <NewJob key="conversions" type="conversions_export" />, "rail"],
  ["/copy-job/:name", ({ name = "" }) => <CopyJob key={name} name={name} />, "rail"],
  ["/edit-job/:name", ({ name = "" }) => <EditJob key={name} name={name} />, "rail"],
  ["/authorizations", () => <Authorizations />],
  ["/authorizations/new", () => <NewAuthorization />],
  ["/audiences", () => <Audiences />],
  ["/audiences/:name", ({ name = "" }) => <AudiencePage key={name} name={name} />],
  ["/profiles", () => <People />],
  ["/profiles/:id", ({ id = "" }) => <PersonPage key={id} id={id} />],
  ["/deletions/:number", ({ number = "" }) => <ReceiptPage key={number} number={number} />],
  ["/sources", () => <Sources />],
  ["/sources/upload", () => <UploadPage />],
  ["/alerts", () => <Alerts />],
  ["/audit", () => <Audit />],
  ["/access", () => <Access />],
  ["/settings", () => <Settings />],
  ["/help", () => <Help topic="" />],
  ["/help/:topic", ({ topic = "" }) => <Help topic={topic} />],
];

const shortcuts: Record<string, string> = { h: "/", j: "/jobs", p: "/profiles", s: "/sources", a: "/authorizations" };

function useShortcuts(): void {
  useEffect(() => {
    let after = 0; // when g was pressed
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if ((event.target as Element).closest?.("input, select, textarea, dialog")) return;
      const to = shortcuts[event.key];
      if (event.key === "?") go("/help/keys");
      else if (event.key === "n" && may("operator")) go("/new-job");
      else if (event.key === "g") after = event.timeStamp;
      else if (to && event.timeStamp - after < 1500) {
        after = 0;
        go(to);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

function App() {
  useShortcuts();
  if (!caller.value) return null;
  for (const [pattern, page, rail] of routes) {
    const found = match(pattern, place.value.path);
    if (found)
      return (
        <Shell rail={rail === "rail"}>
          {page(found)}
          <Overlays />
        </Shell>
      );
  }
  return (
    <Shell>
      <Heading title="There is no such page" lead="The address may be old, or mistyped." />
      <div class="row">
        <a class="btn main" href="/">
          Home
        </a>
      </div>
    </Shell>
  );
}

startRouting();
void readCaller().then(() => render(<App />, document.getElementById("app") as HTMLElement));

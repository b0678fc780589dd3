// What people do with the interface, from beginning to end. `node flows.mjs NAME` runs one against the service that
// the environment names; tests/ui/ui.py makes a world for each and checks at the simulator what came of it.
import { axe, claim, expect, heading, open, pick, Wrong } from "./browser.mjs";

const world = JSON.parse(process.env.PINRELAY_WORLD ?? "{}");

// Every page, with something on it where there is a job readers.
const routes = [
  "/", "/jobs", "/jobs/readers", "/jobs/readers/runs", "/jobs/readers/records", "/jobs/readers/requests",
  "/jobs/readers/log", "/jobs/readers/plan", "/jobs/readers/configuration", "/jobs/readers/activity", "/new-job",
  "/new-job/audience-export", "/new-job/audience-export?screen=2", "/new-job/audience-export?screen=3",
  "/new-job/conversions-export", "/new-job/conversions-export?screen=2", "/new-job/conversions-export?screen=3",
  "/authorizations", "/authorizations/new", "/audiences", "/audiences/Readers", "/profiles", "/profiles/u1",
  "/profiles/nobody", "/sources", "/sources/upload", "/alerts", "/audit", "/access", "/settings", "/help", "/no/such/page",
];

// Until nothing of the page is loading any more.
async function settled(page, path) {
  await page.goto(world.base + path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), undefined, { timeout: 5000 }).catch(() => undefined);
}

const flows = {
  // The first administrator comes by the link and finds the three steps.
  async first_run(page) {
    await claim(page, world);
    await heading(page, /Nothing flows yet/);
    expect((await page.getByRole("link", { name: "New authorization" }).count()) === 1, "no way to an authorization");
    await page.getByText("Simulator: a stand-in").waitFor();
  },

  // Conversion token → job by its wizard → test → start: the specification's steps in its order.
  async conversions_export(page) {
    await claim(page, world);
    await page.goto(world.base + "/authorizations/new");
    await page.getByRole("radio", { name: /Pinterest Conversion Token/ }).check();
    await page.getByLabel("3. Label").fill("Acme conversions");
    await page.getByLabel(/4. Description/).fill("Orders of the shop");
    await page.getByLabel("5. Token").fill(world.conversionToken);
    await page.getByLabel("6. Account ID").fill(world.adAccount);
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByText("Acme conversions").first().waitFor();
    await page.goto(world.base + "/new-job");
    await page.getByRole("link", { name: "Conversions Export" }).click();
    await page.getByRole("radio", { name: /Acme conversions/ }).check();
    await page.getByLabel("4. Label").fill("Orders as checkouts");
    await page.getByLabel(/5. Description/).fill("Each order once");
    await pick(page, "6. Audience", "Readers");
    await page.getByRole("button", { name: /^Next/ }).click();
    await pick(page, "Our field for E-mail address", "email");
    await pick(page, "Our field for Event ID", "order_id");
    await page.getByRole("button", { name: "ordered_at → Event time" }).click();
    await page.getByLabel(/9. Action Source Default/).selectOption("web");
    await page.getByLabel(/10. Event Name Default/).selectOption("checkout");
    // A reload in the middle loses nothing.
    await page.reload();
    await page.getByText("Enough to match").waitFor();
    expect((await page.getByLabel(/10. Event Name Default/).inputValue()) === "checkout", "the draft was lost");
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("Pinterest answered 200").waitFor();
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Orders as checkouts");
  },

  // Sign-in by the popup → list made by the job: the Audience Export.
  async audience_export(page, context) {
    await claim(page, world);
    await page.goto(world.base + "/authorizations/new");
    const popup = context.waitForEvent("page");
    await page.getByRole("button", { name: "Sign in at Pinterest" }).click();
    const pinterest = await popup;
    await pinterest.locator("#approve").click();
    await page.getByText(/^Signed in/).waitFor();
    await page.getByLabel("4. Label").fill("Acme ads team");
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByText("Acme ads team").first().waitFor();
    await page.goto(world.base + "/new-job/audience-export");
    await page.getByRole("radio", { name: /Acme ads team/ }).check();
    await page.getByLabel("4. Label").fill("Readers to Pinterest");
    await pick(page, "6. Audience", "Readers");
    await page.getByRole("button", { name: /^Next/ }).click();
    await pick(page, "Pinterest Ad Account", "Sample account 1");
    await pick(page, "Email", "email");
    await page.getByText("Not with Email").waitFor();
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Readers to Pinterest");
    await page.getByText("The list at Pinterest").waitFor();
  },

  // What is missing is told at once, beside its field, and what was filled in stays.
  async wizard_tells_everything_that_is_wrong(page) {
    await claim(page, world);
    await page.goto(world.base + "/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Half a job");
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: /^Next/ }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    for (const pointer of ["/settings/authorization", "/settings/audience", "/settings/ad_account", "/settings/identifiers"])
      expect((await alert.innerText()).includes(pointer), `${pointer} is not told`);
    expect(await page.getByRole("button", { name: "Start job" }).isDisabled(), "an incomplete job can be started");
    await page.getByRole("button", { name: /^Back/ }).click();
    await page.getByRole("button", { name: /^Back/ }).click();
    expect((await page.getByLabel("4. Label").inputValue()) === "Half a job", "the label was lost");
  },

  // Pause, resume, and a deletion that has to be typed.
  async job_is_operated(page) {
    await claim(page, world);
    await page.goto(world.base + "/jobs/readers");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("button", { name: "Stop for good" }).click();
    const dialog = page.getByRole("dialog");
    const does = dialog.getByRole("button", { name: "Stop for good" });
    expect(await does.isDisabled(), "a job is stopped without its name being typed");
    await dialog.getByRole("textbox").fill("readers");
    await does.click();
    await page.getByText("Stopped").first().waitFor();
  },

  // Who was not sent, by reason, and the person behind a record.
  async records_lead_to_a_person(page) {
    await claim(page, world);
    await page.goto(world.base + "/jobs/readers/records");
    await page.getByRole("link", { name: /Invalid email/ }).click();
    await page.getByRole("row").nth(1).getByRole("link").click();
    await heading(page, /^Person/);
    await page.getByText("Invalid email").first().waitFor();
    const text = await page.getByRole("main").innerText();
    expect(!text.includes("nobody at all"), "a value is shown unmasked");
  },

  // A file: sent, looked at, imported.
  async file_is_uploaded(page) {
    await claim(page, world);
    await page.goto(world.base + "/sources/upload");
    await page.getByLabel("1. File").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("id,email\nf1,f1@example.org\nf2,f2@example.org\n") });
    await page.getByRole("button", { name: "Send the file" }).click();
    await page.getByRole("cell", { name: /@/ }).first().waitFor();
    await page.getByLabel(/2. Key/).selectOption("id");
    await page.getByLabel(/3. Audience/).fill("From a file");
    await page.getByRole("button", { name: "Import it" }).click();
    await page.getByText("From a file").first().waitFor();
  },

  // A write key is shown once, with a command that works.
  async write_key_is_made(page) {
    await claim(page, world);
    await page.goto(world.base + "/sources");
    await page.getByRole("button", { name: "New write key" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("website");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByText(/^prw_/).innerText()).trim();
    const answer = await fetch(world.base + "/v1/changes", {
      method: "POST",
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/x-ndjson" },
      body: '{"type":"enter","key":"w1","audience":"By key"}\n',
    });
    expect(answer.status === 202, `the key is refused: ${answer.status}`);
    await page.reload();
    expect((await page.getByText(key).count()) === 0, "the key is shown again");
  },

  // A user is invited, sets a password in another browser, and sees only what the role allows.
  async viewer_sees_what_a_viewer_may(page, context, browser) {
    await claim(page, world);
    await page.goto(world.base + "/access");
    await page.getByRole("button", { name: "New user" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("vera");
    await dialog.getByLabel("Role").selectOption("viewer");
    await dialog.getByRole("button", { name: "Make the user" }).click();
    const link = (await page.getByText(/\/sign-in#/).innerText()).trim();
    const other = await browser.newContext({ locale: "en-GB" });
    const hers = await other.newPage();
    await claim(hers, { ...world, claimLink: link });
    await hers.goto(world.base + "/jobs/readers");
    await heading(hers, "readers");
    for (const name of ["Pause", "Flush now", "Resume", "More actions"])
      expect((await hers.getByRole("button", { name }).count()) === 0, `a viewer is offered ${name}`);
    expect((await hers.getByRole("link", { name: "Audit" }).count()) === 0, "a viewer is offered the audit log");
    // Nothing of a session is left after signing out and going back.
    await hers.getByRole("button", { name: /Account and theme/ }).click();
    await hers.getByRole("button", { name: "Sign out" }).click();
    await hers.waitForURL(/\/sign-in/);
    await hers.goBack().catch(() => undefined);
    await hers.waitForURL(/\/sign-in/);
    expect(!(await hers.content()).includes("readers"), "a page of the session is shown after signing out");
  },

  // Text from outside is text: labels, audiences and Pinterest's words never become markup.
  async text_from_outside_stays_text(page) {
    await claim(page, world);
    const bad = `<img src=x onerror="window.owned=1"><script>window.owned=1</script>`;
    const put = await page.evaluate(
      async ([label, adAccount]) => {
        const answer = await fetch("/api/v1/jobs/bad", {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ settings: { type: "conversions_export", label, description: label, authorization: "acme", audience: label, ad_account: adAccount, identifiers: [{ email: "em" }], event: [{ order_id: "event_id" }, { ordered_at: "event_time" }], action_source_default: "web", event_name_default: "lead" } }),
        });
        return answer.status;
      },
      [bad.slice(0, 120), world.adAccount],
    );
    expect(put === 200, `the job is refused: ${put}`);
    for (const path of ["/", "/jobs", "/jobs/bad", "/jobs/bad/configuration", "/jobs/bad/plan", "/audiences", "/audit"]) {
      await page.goto(world.base + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForTimeout(150);
      expect(!(await page.evaluate(() => window.owned)) && (await page.locator("main img").count()) === 0, `markup came through on ${path}`);
    }
  },

  // The service goes away: what is shown is marked, and comes back by itself.
  async service_goes_away(page) {
    await claim(page, world);
    await page.goto(world.base + "/jobs/readers");
    await heading(page, "readers");
    await page.route("**/api/**", (route) => route.abort());
    await page.getByText(/The service does not answer/).waitFor({ timeout: 20_000 });
    expect((await page.getByText(/As of/).count()) > 0, "nothing says as of when");
    await page.unroute("**/api/**");
    await page.getByText(/^Live,/).waitFor({ timeout: 40_000 });
  },

  // Every page as a picture, to be looked at: light and dark, wide and on a phone.
  async pictures(page) {
    await claim(page, world);
    for (const colorScheme of ["light", "dark"])
      for (const width of [1440, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        for (const path of routes) {
          await settled(page, path);
          await page.waitForTimeout(300);
          const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "home";
          await page.screenshot({ path: `${world.pictures}/${name}-${colorScheme}-${width}.png`, fullPage: true });
        }
      }
  },

  // Every route, in both themes and wide and narrow: no violation, nothing to scroll sideways.
  async axe_on_every_route(page) {
    await claim(page, world);
    let states = 0;
    const found = [];
    for (const [colorScheme, width] of [["light", 1280], ["dark", 360]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of routes) {
        await settled(page, path);
        for (const violation of await axe(page)) found.push(`${path} ${colorScheme}: ${violation}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) found.push(`${path} at ${width}: ${over} pixels too wide`);
        states += 1;
      }
    }
    console.log(`${states} states`);
    expect(found.length === 0, found.join("\n"));
  },
};

const name = process.argv[2];
const { browser, context, page, wrong } = await open(world);
try {
  expect(flows[name], `there is no flow ${name}`);
  await flows[name](page, context, browser);
  expect(wrong.length === 0, wrong.join("\n"));
} catch (error) {
  console.log(error instanceof Wrong ? error.message : error.stack);
  console.log(`at ${page.url()}`);
  if (world.pictures) await page.screenshot({ path: `${world.pictures}/${name}.png`, fullPage: true }).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await browser.close();
}

// Text from outside stays text, wherever it comes from; the page's policy is never broken, and no secret is kept.
import { expect, heading } from "../browser.mjs";

// Each would run, load or break something were it taken for markup, a script or an address.
const corpus = [
  `<img src=x onerror="window.owned=1">`,
  `<script>window.owned=1</script>`,
  `"><svg onload=window.owned=1>`,
  `'-window.owned=1-'`,
  `javascript:window.owned=1`,
  `</textarea><iframe src=/>`,
  `{{constructor.constructor('window.owned=1')()}}`,
  `\u202Egpj.exe\u202C <b>bold</b>`,
];

async function unharmed(scene, where) {
  const { page } = scene;
  await scene.settled();
  expect(!(await page.evaluate(() => window.owned)), `a script ran on ${where}`);
  expect((await page.locator("main img, main iframe, main script, main b b").count()) === 0, `markup came through on ${where}`);
  const links = await page.locator("a[href]").evaluateAll((found) => found.map((each) => each.protocol));
  expect(links.every((each) => /^https?:$/.test(each)), `an address is no page: ${links.filter((each) => !/^https?:$/.test(each))} on ${where}`);
}

export default {
  async labels_and_descriptions_of_jobs_stay_text(scene) {
    for (const [i, bad] of corpus.entries()) await scene.conversionsJob(`bad-${i}`, "Readers", false, { label: bad, description: bad });
    for (const path of ["/", "/jobs", "/jobs/bad-0", "/jobs/bad-1/configuration", "/jobs/bad-2/plan", "/jobs/bad-3/activity", "/edit-job/bad-4", "/edit-job/bad-5?screen=2", "/edit-job/bad-6?screen=3", "/copy-job/bad-7"]) {
      await scene.page.goto(scene.world.base + path);
      await unharmed(scene, path);
    }
  },

  async audiences_fields_and_values_stay_text(scene) {
    const rows = corpus.map((bad, i) => ({ type: "enter", key: `x${i} ${bad}`.slice(0, 100), audience: bad.slice(0, 100) }));
    await scene.send(...rows);
    await scene.enter("Of bad values", { "bad-values": Object.fromEntries(corpus.slice(0, 4).map((bad, i) => [`field_${i}`, bad])) });
    await scene.until("the audiences are there", async () => (await scene.api("GET", "/api/v1/audiences")).json.audiences.some((each) => each.name === corpus[0]));
    for (const path of ["/audiences", `/audiences/${encodeURIComponent(corpus[0])}`, `/audiences/${encodeURIComponent(corpus[4])}`, "/profiles/bad-values", `/profiles/${encodeURIComponent(`x0 ${corpus[0]}`)}`, "/new-job/audience-export"]) {
      await scene.page.goto(scene.world.base + path);
      await unharmed(scene, path);
    }
    const box = scene.page.getByRole("combobox", { name: "6. Audience" });
    await box.click();
    await scene.page.getByRole("option").filter({ hasText: corpus[0] }).click();
    await unharmed(scene, "the picker of audiences");
  },

  async every_text_field_takes_the_corpus_as_text(scene) {
    const { page, world } = scene;
    const paths = ["/new-job/audience-export", "/new-job/audience-export?screen=2", "/new-job/conversions-export?screen=2", "/authorizations/new", "/profiles", "/jobs", "/audit", "/help/fields", "/sources/upload"];
    let filled = 0;
    for (const path of paths) {
      await page.goto(world.base + path);
      await scene.settled();
      const fields = page.locator("input:not([type=radio], [type=checkbox], [type=file], [type=number], :disabled):visible");
      for (let i = 0; i < (await fields.count()); i += 1) {
        await fields.nth(i).fill(corpus[(filled + i) % corpus.length]);
        await page.keyboard.press("Tab");
      }
      filled += await fields.count();
      await unharmed(scene, path);
      await page.reload();
      await unharmed(scene, `${path}, loaded again`);
    }
    expect(filled > 25, `only ${filled} fields were found`);
  },

  async what_pinterest_says_stays_text(scene) {
    const { page, world } = scene;
    const bad = corpus[0];
    const problemText = { code: 29, message: bad };
    // Lists and accounts are named by others; answers hold Pinterest's words.
    await page.route("**/api/v1/authorizations/*/ad-accounts*", (route) =>
      route.fulfill({ json: { ad_accounts: [{ id: world.adAccount, name: bad, permissions: [bad], job_types: ["audience_export"] }] } }));
    await page.route("**/api/v1/authorizations/*/lists*", (route) =>
      route.fulfill({ json: { lists: [{ id: "1", name: bad, status: bad, records_uploaded: 1, made_by_us: false, used_by: [bad] }] } }));
    await page.route("**/api/v1/jobs/readers/requests*", (route) =>
      route.fulfill({ json: { requests: [{ number: 1, at: new Date().toISOString(), method: "PATCH", path: bad, what: bad, records: 1, status: 400, verdict: bad, message: JSON.stringify(problemText), duration_ms: 1, retry_after_ms: null, pinterest_request_id: bad }], next_cursor: null } }));
    await page.route("**/api/v1/jobs/readers/records*", (route) =>
      route.fulfill({ json: { records: [{ person: bad, profile_id: bad, reason: bad, outcome: bad, at: null, identifier: bad, request: 1, detail: bad, meaning: bad, fix: bad }], next_cursor: null } }));
    for (const path of ["/new-job/audience-export?screen=2", "/jobs/readers/requests", "/jobs/readers/records"]) {
      await page.goto(world.base + path);
      await unharmed(scene, path);
      expect((await page.getByRole("main").innerText()).includes("<img") || path.includes("screen"), `what was said is not shown on ${path}`);
    }
  },

  async an_address_that_was_made_up_does_no_harm(scene) {
    const { page, world } = scene;
    for (const path of [`/jobs/${encodeURIComponent(corpus[0])}`, `/jobs?find=${encodeURIComponent(corpus[2])}&state=${encodeURIComponent(corpus[1])}`, `/profiles/${encodeURIComponent("../../api/v1/session")}`, `/authorizations/new?back=${encodeURIComponent("//evil.example.com")}`, `/new-job/audience-export?authorization=${encodeURIComponent(corpus[1])}`]) {
      await page.goto(world.base + path);
      await unharmed(scene, path);
      expect(new URL(page.url()).origin === world.base, `${path} led to ${page.url()}`);
    }
  },

  async an_address_that_is_no_text_is_refused({ page, world }) {
    const answer = await page.goto(world.base + "/jobs/%E0%A4%A");
    expect(answer.status() === 400, `it is answered with ${answer.status()}`);
  },

  async a_sign_in_leads_to_no_other_site(scene) {
    const { page, context } = await scene.elsewhere();
    for (const next of ["//evil.example.com", "/\\evil.example.com", "https://evil.example.com", "javascript:alert(1)"]) {
      await context.clearCookies();
      await page.goto(`${scene.world.base}/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByLabel("Name").fill("admin");
      await page.getByLabel("Password").fill(scene.world.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
      expect(new URL(page.url()).origin === scene.world.base, `${next} led to ${page.url()}`);
    }
    await context.close();
  },

  async the_policy_stands_and_would_stop_a_script(scene) {
    const { page, wrong } = scene;
    await scene.goto("/");
    const blocked = await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), { once: true });
          const script = document.createElement("script");
          script.textContent = "window.owned = 1";
          document.head.append(script);
        }),
    );
    expect(/script-src/.test(blocked) && !(await page.evaluate(() => window.owned)), `an inline script is not stopped: ${blocked}`);
    // That refusal was provoked; any other would have failed the flow.
    wrong.splice(0, wrong.length, ...wrong.filter((each) => !/inline script/i.test(each)));
  },

  async no_secret_is_kept_in_the_browser(scene) {
    const { page, context, world } = scene;
    for (const path of ["/", "/authorizations", "/sources", "/access", "/jobs/readers/requests"]) await scene.goto(path);
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(!/pina_|prw_|token"/.test(kept), `a secret is kept: ${kept}`);
    for (const cookie of await context.cookies()) expect(cookie.httpOnly && cookie.sameSite !== "None", `${cookie.name} can be read by scripts`);
    expect(!(await page.content()).includes(world.conversionToken), "a secret is in the page");
  },

  async a_page_shows_nothing_of_one_user_to_the_next(scene) {
    const { page } = scene;
    await scene.goto("/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Of the administrator");
    const state = await scene.context.storageState();
    const { json } = await scene.api("POST", "/api/v1/users", { name: "next", role: "operator" });
    const { page: theirs, context } = await scene.elsewhere({ storageState: { cookies: [], origins: state.origins } });
    await theirs.goto(json.link);
    await theirs.getByLabel("Password").fill(scene.world.password);
    await theirs.getByRole("button", { name: "Set password and sign in" }).click();
    await theirs.waitForURL(scene.world.base + "/");
    await theirs.goto(scene.world.base + "/new-job/audience-export");
    await heading(theirs, /What is exported/);
    expect((await theirs.getByLabel("4. Label").inputValue()) === "", "the draft of another user is shown");
    await context.close();
  },
};

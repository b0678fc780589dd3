// The service is away, slow, or says no: nothing pretends, nothing that was filled in is lost.
import { expect, heading, pick } from "../browser.mjs";
import { down, problem } from "../scene.mjs";

const next = (page) => page.getByRole("button", { name: /^Next/ }).click();

// What each page shows that must be marked when the service goes away.
const pages = {
  home: ["/", /at work|need/],
  jobs: ["/jobs", "Jobs"],
  job: ["/jobs/readers", "readers"],
};

const goesAway = ([path, title]) =>
  async function flow(scene) {
    const { page } = scene;
    await scene.goto(path);
    await heading(page, title);
    const back = await scene.apiAnswers(down, "**/api/**");
    await page.getByText(/The service does not answer/).waitFor({ timeout: 60_000 });
    await page.getByText(/^As of/).first().waitFor();
    await heading(page, title);
    await back();
    await page.getByText(/^Live,/).waitFor({ timeout: 60_000 });
    await page.getByText(/The service does not answer/).waitFor({ state: "detached" });
  };

// A page that never had an answer says why, and how it goes on.
const fails = (path, pattern) =>
  async function flow(scene) {
    await scene.page.route(pattern, problem(500, "internal", "the service has failed", "look at its log"));
    await scene.page.goto(scene.world.base + path);
    await scene.page.getByRole("alert").filter({ hasText: "The service has failed. Look at its log." }).first().waitFor();
  };

export default {
  home_is_marked_while_the_service_is_away: goesAway(pages.home),
  the_jobs_are_marked_while_the_service_is_away: goesAway(pages.jobs),
  a_job_is_marked_while_the_service_is_away: goesAway(pages.job),
  audiences_that_cannot_be_read_say_why: fails("/audiences", "**/api/v1/audiences"),
  sources_that_cannot_be_read_say_why: fails("/sources", "**/api/v1/imports*"),
  records_that_cannot_be_read_say_why: fails("/jobs/readers/records", "**/api/v1/jobs/readers/records*"),
  a_person_who_cannot_be_read_says_why: fails("/profiles/u1", "**/api/v1/profiles/u1"),

  async a_real_restart_of_the_service_is_noticed_and_survived(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers");
    await heading(page, "readers");
    await scene.outside("stop");
    await page.getByText(/The service does not answer/).waitFor({ timeout: 60_000 });
    await scene.outside("start");
    await page.getByText(/^Live,/).waitFor({ timeout: 60_000 });
    await page.getByText(/The service does not answer/).waitFor({ state: "detached" });
    await heading(page, "readers");
  },

  async a_form_that_is_sent_while_the_service_is_away_stays_and_is_sent_again(scene) {
    const { page, world } = scene;
    await scene.goto("/authorizations/new");
    await page.getByRole("radio", { name: /Pinterest Conversion Token/ }).check();
    await page.getByLabel("3. Label").fill("While it was away");
    await page.getByLabel("5. Token").fill(world.conversionToken);
    await page.getByLabel("6. Account ID").fill(world.adAccount);
    const back = await scene.apiAnswers(down, "**/api/v1/authorizations");
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByRole("alert").filter({ hasText: /does not answer/ }).first().waitFor();
    expect((await page.getByLabel("3. Label").inputValue()) === "While it was away", "the form was emptied");
    await back();
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByRole("heading", { name: "While it was away" }).waitFor();
  },

  async the_review_of_a_job_says_that_the_service_is_away_and_goes_on(scene) {
    const { page } = scene;
    await scene.audienceJob("away-at-the-review", "Readers");
    await scene.goto("/edit-job/away-at-the-review?screen=2");
    const back = await scene.apiAnswers(down, "**/api/v1/jobs/away-at-the-review");
    await next(page);
    await page.getByRole("alert").filter({ hasText: /does not answer/ }).first().waitFor();
    expect(await page.getByRole("button", { name: "Start job" }).isDisabled(), "it can be started without a plan");
    await back();
    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
  },

  async a_slow_answer_shows_that_the_page_is_loading(scene) {
    const { page, world } = scene;
    let release = () => undefined;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/api/v1/audiences", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(world.base + "/audiences");
    await page.locator("[aria-busy=true]").first().waitFor();
    await page.getByText("Loading").first().waitFor({ state: "attached" });
    release();
    await page.getByRole("link", { name: "Readers", exact: true }).waitFor();
  },

  async a_button_that_waits_for_a_slow_answer_cannot_be_pressed_again(scene) {
    const { page } = scene;
    let release = () => undefined, asked = 0;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/api/v1/tokens", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      asked += 1;
      await held;
      return route.continue();
    });
    await scene.goto("/access");
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("slow");
    const makes = page.getByRole("button", { name: "Make the token" });
    await makes.click();
    await scene.until("the button waits", () => makes.isDisabled());
    release();
    await page.getByText(/The token slow, shown this once/).waitFor();
    expect(asked === 1, `it was asked ${asked} times`);
  },

  async a_session_that_ends_in_the_middle_of_a_job_leads_back_to_it(scene) {
    const { page, context, world } = scene;
    await scene.goto("/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Signed out meanwhile");
    await pick(page, "6. Audience", "Readers");
    await context.clearCookies();
    await page.waitForURL(/\/sign-in\?next=/);
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill(world.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/new-job\/audience-export/);
    await scene.settled();
    expect((await page.getByLabel("4. Label").inputValue()) === "Signed out meanwhile", "the draft was lost");
  },

  async an_action_that_the_state_no_longer_admits_is_explained(scene) {
    const { page } = scene;
    await scene.audienceJob("no-longer", "Readers", true);
    await scene.goto("/jobs/no-longer");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.route("**/jobs/no-longer/pause", problem(409, "wrong_state", "the job is paused already", "resume it first"));
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("dialog").getByRole("alert").filter({ hasText: "The job is paused already. Resume it first." }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Keep it as it is" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },

  async a_live_view_that_is_refused_is_replaced_by_asking(scene) {
    const { page } = scene;
    await scene.audienceJob("asked-for", "Readers", true);
    await page.route("**/api/v1/live/**", down);
    await scene.goto("/jobs/asked-for");
    await heading(page, "asked-for");
    await scene.api("POST", "/api/v1/jobs/asked-for/pause");
    await page.getByRole("button", { name: "Resume" }).waitFor({ timeout: 60_000 });
  },

  async pinterest_away_is_said_to_be_so_and_passes_by_itself(scene) {
    const { page } = scene;
    await scene.audienceJob("throttled", "Readers", true);
    await scene.until("it is live", async () => (await scene.api("GET", "/api/v1/jobs/throttled")).json.phase.name === "live");
    await scene.sim("POST", "faults", '{"fault":"throttled","retry_after":3600,"count":0}');
    await scene.enter("Readers", { "throttled-1": { email: "throttled-1@example.org" } });
    await scene.flush("throttled", 1);
    await scene.goto("/jobs/throttled");
    await page.getByText(/exceeded a rate limit|Pinterest asks/).first().waitFor();
    await scene.sim("POST", "faults", '{"clear":true}');
  },
};

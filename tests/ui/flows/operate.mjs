// Who is told, who may do what, and what was done.
import { expect, heading } from "../browser.mjs";

const dialog = (page) => page.getByRole("dialog");

export default {
  async an_alert_is_set_listed_and_removed(scene) {
    const { page } = scene;
    await scene.goto("/alerts");
    await page.getByRole("button", { name: "New alert" }).click();
    await dialog(page).getByLabel("Name").fill("too-many-invalid");
    await dialog(page).getByLabel("Kind").selectOption("invalid_share");
    await dialog(page).getByLabel("Above, in percent").fill("15");
    await dialog(page).getByLabel("To").fill("ops@example.org");
    await dialog(page).getByRole("button", { name: "Set the alert" }).click();
    await page.getByRole("alert").or(page.getByText("Invalid share, above 15 %")).first().waitFor();
    // Without a mail server the service says what is missing, and the form stays.
    if (await dialog(page).isVisible()) {
      expect((await dialog(page).getByLabel("Name").inputValue()) === "too-many-invalid", "the form was emptied");
      await dialog(page).getByRole("button", { name: "Close" }).click();
    }
  },

  async an_alert_without_receivers_is_only_shown(scene) {
    const { page } = scene;
    await scene.goto("/alerts");
    await page.getByRole("button", { name: "New alert" }).click();
    await dialog(page).getByLabel("Name").fill("quiet-one");
    await dialog(page).getByRole("button", { name: "Set the alert" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "quiet-one" });
    await row.getByText("only shown here").waitFor();
    expect((await row.getByRole("button", { name: "Send test" }).count()) === 0, "a test can be sent to nobody");
  },

  async a_webhook_into_the_own_network_is_refused_with_the_reason(scene) {
    const { page } = scene;
    await scene.goto("/alerts");
    await page.getByRole("button", { name: "New webhook" }).click();
    await dialog(page).getByLabel("Name").fill("inside");
    await dialog(page).getByLabel("Address").fill("https://127.0.0.1/hook");
    await dialog(page).getByRole("button", { name: "Make the webhook" }).click();
    await dialog(page).getByRole("alert").filter({ hasText: /public/ }).waitFor();
    expect((await dialog(page).getByLabel("Address").inputValue()) === "https://127.0.0.1/hook", "the form was emptied");
  },

  async a_webhook_is_made_its_secret_shown_once_and_an_alert_uses_it(scene) {
    const { page } = scene;
    await scene.goto("/alerts");
    await page.getByRole("button", { name: "New webhook" }).click();
    await dialog(page).getByLabel("Name").fill("pager");
    await dialog(page).getByLabel("Address").fill("https://hooks.example.com/pinrelay");
    await dialog(page).getByRole("button", { name: "Make the webhook" }).click();
    const secret = (await page.getByText(/^whsec_/).innerText()).trim();
    await page.reload();
    await page.getByText("https://hooks.example.com/pinrelay").waitFor();
    expect((await page.getByText(secret).count()) === 0, "the secret is shown again");
    await page.getByRole("button", { name: "New alert" }).click();
    await dialog(page).getByLabel("Name").fill("failures");
    await dialog(page).getByLabel("To").fill("pager");
    await dialog(page).getByRole("button", { name: "Set the alert" }).click();
    const row = page.getByRole("listitem").filter({ hasText: "failures" });
    await row.getByText("Job failed, to pager").waitFor();
    await row.getByRole("button", { name: "Remove" }).click();
    await dialog(page).getByRole("button", { name: "Remove it" }).click();
    await row.waitFor({ state: "detached" });
  },

  async a_viewer_sees_what_a_viewer_may(scene) {
    const { page, context } = await scene.as("viewer", "vera");
    const { base } = scene.world;
    await page.goto(base + "/jobs/readers");
    await heading(page, "readers");
    for (const name of ["Pause", "Flush now", "Resume", "More actions"]) expect((await page.getByRole("button", { name }).count()) === 0, `a viewer is offered ${name}`);
    for (const name of ["Records", "Requests", "Log", "Configuration"]) expect((await page.getByRole("main").getByRole("link", { name, exact: true }).count()) === 0, `a viewer is offered ${name}`);
    for (const name of ["Audit", "Users and tokens", "Settings"]) expect((await page.getByRole("link", { name, exact: true }).count()) === 0, `a viewer is offered ${name}`);
    // The address alone gives no more: the service refuses.
    await page.goto(base + "/profiles/u1");
    await page.getByRole("alert").first().waitFor();
    expect((await scene.api("GET", "/api/v1/profiles/u1", undefined, context)).status === 403, "a viewer sees a person");
    await context.close();
  },

  async an_operator_runs_jobs_and_decides_nothing_about_access(scene) {
    const { page, context } = await scene.as("operator", "olga");
    await page.goto(scene.world.base + "/jobs/readers");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.goto(scene.world.base + "/access");
    await page.getByRole("alert").first().waitFor();
    await context.close();
  },

  async a_role_is_changed_and_holds_at_once(scene) {
    const { page } = scene;
    const theirs = await scene.as("viewer", "rosa");
    await scene.goto("/access");
    await page.getByLabel("Role of rosa").selectOption("operator");
    await dialog(page).getByRole("button", { name: "Change the role" }).click();
    await dialog(page).waitFor({ state: "detached" });
    await theirs.page.goto(scene.world.base + "/jobs/readers");
    await theirs.page.getByLabel("Name").fill("rosa");
    await theirs.page.getByLabel("Password").fill(scene.world.password);
    await theirs.page.getByRole("button", { name: "Sign in" }).click();
    await theirs.page.getByRole("button", { name: "Pause" }).waitFor();
    await theirs.context.close();
  },

  async a_user_is_removed_and_is_out_at_once(scene) {
    const { page } = scene;
    const theirs = await scene.as("operator", "ines");
    await scene.goto("/access");
    await page.getByRole("listitem").filter({ hasText: "ines" }).first().getByRole("button", { name: "Remove" }).click();
    await dialog(page).getByRole("button", { name: "End it" }).click();
    await dialog(page).waitFor({ state: "detached" });
    await theirs.page.goto(scene.world.base + "/jobs");
    await theirs.page.waitForURL(/\/sign-in/);
    await theirs.context.close();
  },

  async a_password_link_is_made_and_works_once(scene) {
    const { page } = scene;
    const theirs = await scene.as("viewer", "lena");
    await scene.goto("/access");
    await page.getByRole("listitem").filter({ hasText: "lena" }).first().getByRole("button", { name: "New password link" }).click();
    await dialog(page).getByRole("button", { name: "Make the link" }).click();
    const link = (await page.getByText(/\/sign-in#/).innerText()).trim();
    const { page: other, context } = await scene.elsewhere();
    await other.goto(link);
    await other.getByLabel("Password").fill("five small boats at sea");
    await other.getByRole("button", { name: "Set password and sign in" }).click();
    await other.waitForURL(scene.world.base + "/");
    await context.close();
    await theirs.context.close();
  },

  async a_token_is_shown_once_works_and_is_ended(scene) {
    const { page, world } = scene;
    await scene.goto("/access");
    await page.getByRole("button", { name: "New token" }).click();
    await dialog(page).getByLabel("Name").fill("ci");
    await dialog(page).getByLabel("Role").selectOption("viewer");
    await dialog(page).getByRole("button", { name: "Make the token" }).click();
    const token = (await page.getByText(/^pra?_|^prt_|^pr[a-z]*_/).first().innerText()).trim();
    const jobs = () => fetch(world.base + "/api/v1/jobs", { headers: { Authorization: `Bearer ${token}` } });
    expect((await jobs()).status === 200, "the token is refused");
    await page.reload();
    await page.getByText("API tokens").waitFor();
    expect((await page.getByText(token).count()) === 0, "the token is shown again");
    await page.getByRole("listitem").filter({ hasText: "ci" }).first().getByRole("button", { name: "End it" }).click();
    await dialog(page).getByRole("button", { name: "End it" }).click();
    await scene.until("the token is refused", async () => (await jobs()).status === 401);
  },

  async a_session_elsewhere_is_ended(scene) {
    const { page } = scene;
    const theirs = await scene.as("viewer", "sven");
    await scene.goto("/access");
    await page.getByRole("region", { name: "Signed in now" }).getByRole("listitem").filter({ hasText: "sven" }).getByRole("button", { name: "Sign out" }).click();
    await dialog(page).getByRole("button", { name: "End it" }).click();
    await dialog(page).waitFor({ state: "detached" });
    await theirs.page.goto(scene.world.base + "/");
    await theirs.page.waitForURL(/\/sign-in/);
    await theirs.context.close();
  },

  async the_audit_log_is_searched_and_is_whole(scene) {
    const { page } = scene;
    await scene.goto("/audit");
    await page.getByLabel("Filter entries").fill("user add");
    await page.getByRole("cell", { name: /user add/ }).first().waitFor();
    await page.getByLabel("Filter entries").fill("nothing holds this");
    await page.getByText("No entry that is loaded holds this.").waitFor();
    await page.getByRole("button", { name: "Check that the log is whole" }).click();
    await page.getByText(/entries are there, unchanged and in order/).waitFor();
  },

  async a_form_is_kept_while_the_password_is_asked_again(scene) {
    const { page, world } = scene;
    let asked = 0;
    // The service asks for it five minutes after the sign-in; here it does so at the first try.
    await page.route("**/api/v1/tokens", (route) => {
      if (route.request().method() !== "POST" || asked++ > 0) return route.fallback();
      return route.fulfill({ status: 403, contentType: "application/problem+json", body: JSON.stringify({ status: 403, code: "confirm_password", title: "", detail: "the password is needed once more", fix: "confirm it" }) });
    });
    await scene.goto("/access");
    await page.getByRole("button", { name: "New token" }).click();
    await dialog(page).getByLabel("Name").fill("kept");
    await dialog(page).getByRole("button", { name: "Make the token" }).click();
    const second = page.getByRole("dialog", { name: "Your password, once more" });
    await second.getByLabel("Password").fill("a wrong one, by mistake");
    await second.getByRole("button", { name: "Go on" }).click();
    await second.getByRole("alert").waitFor();
    await second.getByLabel("Password").fill(world.password);
    await second.getByRole("button", { name: "Go on" }).click();
    await page.getByText(/The token kept, shown this once/).waitFor();
  },

  async security_events_say_who_was_refused(scene) {
    const { page, world } = scene;
    await fetch(world.base + "/api/v1/jobs", { headers: { Authorization: "Bearer prl_never_made" } });
    await scene.until("it is kept", async () => (await scene.api("GET", "/api/v1/security/events?kind=token_refused")).json.events.length > 0);
    await scene.goto("/audit");
    await page.getByLabel("Kind").selectOption("token_refused");
    const row = page.getByRole("region", { name: "Security events" }).getByRole("row").nth(1);
    expect(/Token refused/.test(await row.innerText()), await row.innerText());
    if (world.pictures) await page.screenshot({ path: `${world.pictures}/security-events.png`, fullPage: true });
  },

  async a_token_is_bound_to_a_job(scene) {
    const { page, world } = scene;
    await scene.audienceJob("bound-not", "Readers");
    await scene.goto("/access");
    await page.getByRole("button", { name: "New token" }).click();
    await dialog(page).getByLabel("Name").fill("for-readers");
    await dialog(page).getByLabel("Only of these jobs").fill("readers");
    await dialog(page).getByRole("button", { name: "Make the token" }).click();
    const token = (await page.getByText(/^prl_/).first().innerText()).trim();
    const jobs = await (await fetch(world.base + "/api/v1/jobs", { headers: { Authorization: `Bearer ${token}` } })).json();
    expect(jobs.jobs.map((each) => each.name).join() === "readers", JSON.stringify(jobs.jobs.map((each) => each.name)));
    await page.getByText(/only of readers/).waitFor();
  },

  async somebody_changes_the_own_password(scene) {
    const { page, world } = scene;
    const change = async (from, to) => {
      await page.getByRole("button", { name: "Account and theme" }).click();
      await page.getByRole("button", { name: "Change your password" }).click();
      await dialog(page).getByLabel("Present password").fill(from);
      await dialog(page).getByLabel("New password").fill(to);
      await dialog(page).getByRole("button", { name: "Change it" }).click();
    };
    await scene.goto("/");
    await change("not the present one", "a window over the harbour");
    await dialog(page).getByRole("alert").waitFor();
    await page.keyboard.press("Escape");
    await change(world.password, "a window over the harbour");
    await page.getByText("Your password is changed").waitFor();
    await change("a window over the harbour", world.password);
    await page.getByText("Your password is changed").first().waitFor();
    expect((await scene.api("GET", "/api/v1/session")).status === 200, "the session that changed it has ended");
  },

  async the_settings_show_what_the_service_finds_of_itself(scene) {
    const { page } = scene;
    await scene.goto("/settings");
    await page.getByText(/this is Pinrelay \d/).waitFor();
    await page.getByText("Fine").first().waitFor();
  },

  async help_answers_offline_and_every_link_of_it_leads_somewhere(scene) {
    const { page, world } = scene;
    const seen = new Set(["", "/authorizations", "/jobs", "/destinations", "/reasons", "/fields", "/keys"].map((topic) => "/help" + topic));
    for (const topic of ["", "/authorizations", "/jobs", "/destinations", "/reasons", "/fields", "/keys"]) {
      await scene.goto("/help" + topic);
      const links = await page.getByRole("main").getByRole("link").evaluateAll((found) => found.map((each) => each.getAttribute("href")));
      for (const link of links.filter((each) => each.startsWith("/") && !seen.has(each))) {
        seen.add(link);
        await page.goto(world.base + link);
        await page.getByRole("heading", { level: 1 }).waitFor();
        expect((await page.getByText("There is no such page").count()) === 0, `${link} leads nowhere`);
      }
    }
    await scene.goto("/help/fields");
    await page.getByLabel("Find a field").fill("event_time");
    await page.getByText("event_time", { exact: true }).first().waitFor();
  },

  async every_link_of_every_page_leads_somewhere(scene) {
    const { page, world } = scene;
    const seen = new Set(), open = ["/"];
    while (open.length > 0 && seen.size < 60) {
      const path = open.pop();
      if (seen.has(path)) continue;
      seen.add(path);
      await scene.goto(path);
      expect((await page.getByText("There is no such page").count()) === 0, `${path} leads nowhere`);
      const links = await page.getByRole("link").evaluateAll((found) => found.map((each) => each.href));
      for (const link of links) {
        const url = new URL(link);
        if (url.origin === world.base && !url.pathname.startsWith("/api/") && !/\/profiles\//.test(url.pathname)) open.push(url.pathname);
      }
    }
    expect(seen.size > 15, `only ${seen.size} pages were found`);
  },
};

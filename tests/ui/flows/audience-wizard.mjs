// The Audience Export by clicks: the steps of the specification in their order, and everything that can go wrong on the
// way.
import { createHash } from "node:crypto";

import { expect, heading, pick } from "../browser.mjs";

const hash = (text) => createHash("sha256").update(text).digest("hex");
const next = (page) => page.getByRole("button", { name: /^Next/ }).click();

// Steps 3 to 6.
async function basics(scene, label, audience, authorization = /acme/) {
  const { page } = scene;
  await scene.goto("/new-job/audience-export");
  await page.getByRole("radio", { name: authorization }).check();
  await page.getByLabel("4. Label").fill(label);
  await pick(page, "6. Audience", audience);
}

async function account({ page, world }) {
  await pick(page, "Pinterest Ad Account", world.adAccount);
}

async function review({ page }) {
  await next(page);
  await page.getByRole("heading", { name: "If it started now" }).waitFor();
}

async function start(scene, label) {
  await scene.page.getByRole("button", { name: "Start job" }).click();
  await heading(scene.page, label);
}

export default {
  async the_steps_have_the_specification_s_names_and_order(scene) {
    await scene.goto("/new-job");
    await scene.page.getByRole("link", { name: "Audience Export" }).click();
    const steps = await scene.page.getByRole("navigation", { name: "Steps of this job" }).getByRole("link").allInnerTexts();
    const wanted = "Provider,Job type,Authorization,Label,Description,Audience,Pinterest Ad Account,Customer List,Email,SHA256 Email,Mobile ID,Review and start";
    expect(steps.join() === wanted, `the steps are ${steps.join()}`);
  },

  async an_audience_is_exported_by_clicks_and_the_list_equals_it(scene) {
    const { page } = scene;
    await basics(scene, "Readers to Pinterest", "Readers");
    await page.getByLabel(/5. Description/).fill("Everybody who reads");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await review(scene);
    await page.getByText("Invalid email").waitFor();
    await start(scene, "Readers to Pinterest");
    await page.getByText("The list at Pinterest").waitFor();
    const wanted = scene.world.people.map((each) => hash(each.email)).sort().join();
    await scene.until("list = audience", async () => {
      const [list] = await scene.lists();
      return list && (await scene.members(list.id)).sort().join() === wanted;
    });
    const [list] = await scene.lists();
    expect(/^Pinrelay Readers \d+$/.test(list.name), `the list is called ${list.name}`);
    // Started once, by whom.
    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByRole("cell", { name: /job start/ }).waitFor();
  },

  async everything_that_is_missing_is_told_at_once_and_the_form_stays(scene) {
    const { page } = scene;
    await scene.goto("/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Half a job");
    await next(page);
    await next(page);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    for (const pointer of ["/settings/authorization", "/settings/audience", "/settings/ad_account", "/settings/identifiers"])
      expect((await alert.innerText()).includes(pointer), `${pointer} is not told`);
    expect(await page.getByRole("button", { name: "Start job" }).isDisabled(), "an incomplete job can be started");
    await page.getByRole("button", { name: /^Back/ }).click();
    await page.getByRole("button", { name: /^Back/ }).click();
    expect((await page.getByLabel("4. Label").inputValue()) === "Half a job", "the label was lost");
  },

  async mail_and_mobile_ids_exclude_each_other_with_the_reason(scene) {
    const { page } = scene;
    await basics(scene, "One type", "Buyers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await page.getByText("Not with Email").waitFor();
    await pick(page, "SHA256 Email", "email_sha256");
    await pick(page, "Email", "Do not send");
    await pick(page, "SHA256 Email", "Do not send");
    await pick(page, "Mobile ID", "maid");
    expect((await page.getByText("Not with Mobile ID").count()) === 2, "mail is offered beside mobile ids");
    await review(scene);
    await start(scene, "One type");
    await scene.until("the list is of mobile ids", async () => (await scene.lists()).some((list) => list.type === "MAID" || list.list_type === "MAID"));
  },

  async a_field_that_nobody_has_and_an_audience_that_nobody_entered_are_told(scene) {
    const { page } = scene;
    await scene.goto("/new-job/audience-export");
    await page.getByRole("radio", { name: /acme/ }).check();
    const box = page.getByRole("combobox", { name: "6. Audience" });
    await box.fill("Raeders");
    await box.press("Enter");
    await page.getByText("Nobody has entered “Raeders” yet").waitFor();
    await next(page);
    const field = page.getByRole("combobox", { name: "Email", exact: true });
    await field.fill("e_mial");
    await field.press("Enter");
    await page.getByText("nobody has this field yet").waitFor();
  },

  async an_existing_list_is_appended_to_and_its_type_is_asked(scene) {
    const { page, world } = scene;
    await scene.audienceJob("owner-of-a-list", "Readers", true);
    await scene.until("there is a list", async () => (await scene.api("GET", "/api/v1/jobs/owner-of-a-list")).json.list?.id);
    const { id, name } = (await scene.api("GET", "/api/v1/jobs/owner-of-a-list")).json.list;
    await basics(scene, "Appends", "Readers");
    await next(page);
    await account(scene);
    await page.getByRole("radio", { name: /Append to an existing list/ }).check();
    await pick(page, "Customer list", name);
    await page.getByText("What does this list hold?").waitFor();
    await page.getByRole("radio", { name: /MAID/ }).check();
    await page.getByText("The list holds mobile ad ids.").first().waitFor();
    await page.getByRole("radio", { name: /EMAIL/ }).check();
    await pick(page, "Email", "email");
    // Another job uses it: marked, and to be confirmed.
    await page.getByText(/Share it with/).waitFor();
    await next(page);
    await page.getByRole("alert").filter({ hasText: /list/ }).waitFor();
    await page.getByRole("button", { name: /^Back/ }).click();
    await page.getByRole("checkbox", { name: /Share it with/ }).check();
    await review(scene);
    await start(scene, "Appends");
    const settings = (await scene.api("GET", "/api/v1/jobs/appends")).json.settings;
    expect(settings.list.id === id && settings.ad_account === world.adAccount, "the job writes to another list");
  },

  async an_account_where_the_role_does_not_allow_it_says_so(scene) {
    const { page } = scene;
    const { json } = await scene.api("GET", "/api/v1/authorizations/signed/ad-accounts");
    const accounts = json?.ad_accounts ?? [];
    const unfit = accounts.find((each) => !each.job_types.includes("audience_export"));
    expect(accounts.length === 60 && unfit, `${accounts.length} accounts, and none that is unfit`);
    await basics(scene, "No role", "Readers", /signed/);
    await next(page);
    await pick(page, "Pinterest Ad Account", unfit.id);
    await page.getByText(/Your role on .* does not allow this job/).waitFor();
    await pick(page, "Pinterest Ad Account", accounts.find((each) => each.job_types.includes("audience_export")).id);
    expect((await page.getByText(/Your role on/).count()) === 0, "a fit account is refused");
  },

  async a_new_authorization_is_made_on_the_way_and_the_form_is_kept(scene) {
    const { page, context } = scene;
    await scene.goto("/new-job/audience-export");
    await page.getByLabel("4. Label").fill("On the way");
    await pick(page, "6. Audience", "Readers");
    await page.getByRole("link", { name: "New authorization" }).click();
    const popup = context.waitForEvent("page");
    await page.getByRole("button", { name: "Sign in at Pinterest" }).click();
    await (await popup).locator("#approve").click();
    await page.getByText(/^Signed in/).waitFor();
    await page.getByLabel("4. Label").fill("Made on the way");
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.waitForURL(/\/new-job\/audience-export/);
    await page.getByRole("radio", { name: /Made on the way/, checked: true }).waitFor();
    expect((await page.getByLabel("4. Label").inputValue()) === "On the way", "the label was lost");
    expect((await page.getByRole("combobox", { name: "6. Audience" }).inputValue()) === "Readers", "the audience was lost");
  },

  async a_conversion_token_is_shown_and_cannot_be_chosen(scene) {
    await scene.goto("/new-job/audience-export");
    expect(await scene.page.getByRole("radio", { name: /A conversion token cannot change lists/ }).isDisabled(), "a token can be chosen for a list");
  },

  async a_draft_survives_reload_and_is_taken_up_from_the_jobs(scene) {
    const { page } = scene;
    await basics(scene, "Taken up later", "Readers");
    await page.reload();
    expect((await page.getByLabel("4. Label").inputValue()) === "Taken up later", "a reload loses the label");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await review(scene);
    await page.getByRole("link", { name: "Save and close" }).click();
    await heading(page, "Jobs");
    await page.getByRole("link", { name: "Taken up later" }).click();
    await page.waitForURL(/\/edit-job\/taken-up-later/);
    expect((await page.getByLabel("4. Label").inputValue()) === "Taken up later", "the draft came back empty");
    // The next new job begins empty.
    await scene.goto("/new-job/audience-export");
    expect((await page.getByLabel("4. Label").inputValue()) === "", "the draft that was closed is there again");
  },

  async a_new_job_never_replaces_one_of_the_same_name(scene) {
    const { page } = scene;
    await scene.audienceJob("there-already", "Readers", false, { label: "The first" });
    await basics(scene, "There already", "Readers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await next(page);
    await page.getByRole("alert").filter({ hasText: "There is a job called there-already already" }).waitFor();
    const kept = (await scene.api("GET", "/api/v1/jobs/there-already")).json;
    expect(kept.label === "The first", `the job was replaced: ${kept.label}`);
  },

  async advanced_settings_come_from_the_service_and_take_effect(scene) {
    const { page } = scene;
    await basics(scene, "With a prefix", "Readers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await page.getByText(/^Advanced/).click();
    await page.getByLabel("List prefix").fill("Acme");
    await page.getByLabel("Brake: people").fill("50");
    await page.getByText("Advanced: List prefix, Brake: people").waitFor();
    await review(scene);
    await start(scene, "With a prefix");
    await scene.until("the list has the prefix", async () => (await scene.lists()).some((list) => /^Acme Readers \d+$/.test(list.name)));
    const { settings } = (await scene.api("GET", "/api/v1/jobs/with-a-prefix")).json;
    expect(settings.brake.people === 50, JSON.stringify(settings.brake));
  },

  async a_setting_out_of_its_limits_is_told_beside_its_field(scene) {
    const { page } = scene;
    await basics(scene, "Out of limits", "Readers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await page.getByText(/^Advanced/).click();
    await page.getByLabel("Brake: percent").fill("400");
    await next(page);
    await page.getByRole("alert").filter({ hasText: "/settings/brake/percent" }).waitFor();
    await page.getByRole("button", { name: /^Back/ }).click();
    expect((await page.getByLabel("Brake: percent").getAttribute("aria-invalid")) === "true", "the field is not marked");
  },

  async values_are_tried_before_anything_is_sent(scene) {
    const { page } = scene;
    await basics(scene, "Tried first", "Readers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await page.getByText("Would be sent", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Try other values" }).click();
    await page.getByLabel("email", { exact: true }).last().fill(" Grace@Example.org ");
    await page.getByRole("button", { name: "Show what would be sent" }).click();
    await page.getByText("Would be sent", { exact: true }).waitFor();
    await page.getByRole("cell", { name: new RegExp(hash("grace@example.org").slice(0, 6)) }).waitFor();
    await page.getByLabel("email", { exact: true }).last().fill("nobody at all");
    await page.getByRole("button", { name: "Show what would be sent" }).click();
    await page.getByText("Invalid email").first().waitFor();
  },

  async a_double_click_starts_once(scene) {
    const { page } = scene;
    await basics(scene, "Clicked twice", "Readers");
    await next(page);
    await account(scene);
    await pick(page, "Email", "email");
    await review(scene);
    let starts = 0;
    page.on("request", (request) => (starts += request.url().endsWith("/start") ? 1 : 0));
    await page.getByRole("button", { name: "Start job" }).dblclick();
    await heading(page, "Clicked twice");
    expect(starts === 1, `it was started ${starts} times`);
  },

  async a_job_is_duplicated_with_a_list_of_its_own(scene) {
    const { page } = scene;
    await scene.audienceJob("the-original", "Readers", true);
    await scene.goto("/jobs/the-original");
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("link", { name: "Duplicate" }).click();
    await page.waitForURL(/\/copy-job\/the-original/);
    expect((await page.getByLabel("4. Label").inputValue()) === "the-original (copy)", "the label does not say that it is a copy");
    await next(page);
    await review(scene);
    await start(scene, "the-original (copy)");
    const copy = (await scene.api("GET", "/api/v1/jobs/the-original-copy")).json;
    expect(copy.settings.list === undefined, "the copy writes to the list of the original");
  },

  async back_and_forward_walk_through_the_steps(scene) {
    const { page } = scene;
    await basics(scene, "There and back", "Readers");
    await next(page);
    await heading(page, "List and identifiers");
    await page.goBack();
    await heading(page, "What is exported, and as whom");
    expect((await page.getByLabel("4. Label").inputValue()) === "There and back", "going back loses the label");
    await page.goForward();
    await heading(page, "List and identifiers");
  },
};

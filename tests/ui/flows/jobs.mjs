// Jobs that run: the dashboard, what can be done with one, and everything it tells of itself.
import { expect, heading } from "../browser.mjs";

const dialog = (page) => page.getByRole("dialog");

async function more(page, action) {
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("button", { name: action, exact: true }).click();
}

// A running export of an audience of its own, with everybody on its list.
async function running(scene, name, people = 3, more = {}) {
  const audience = `Of ${name}`;
  await scene.enter(audience, Object.fromEntries(Array.from({ length: people }, (_, i) => [`${name}-${i}`, { email: `${name}-${i}@example.org` }])));
  await scene.audienceJob(name, audience, true, more);
  await scene.until("its people are on the list", async () => {
    const { json } = await scene.api("GET", `/api/v1/jobs/${name}`);
    return json.list?.identifiers === people && json.phase.name === "live";
  });
  return audience;
}

export default {
  async the_dashboard_filters_by_state_type_and_text_and_says_when_nothing_fits(scene) {
    const { page } = scene;
    await running(scene, "one-of-many");
    await scene.audienceJob("a-draft", "Readers");
    await scene.conversionsJob("some-events", "Readers");
    await scene.goto("/jobs");
    for (const column of ["Job", "State", "Audience and destination", "Export", "Last success"]) await page.getByRole("columnheader", { name: column }).waitFor();
    const rows = () => page.getByRole("rowheader").allInnerTexts();
    await page.getByRole("button", { name: /^Draft/ }).click();
    expect((await rows()).length === 2 && page.url().includes("state=Draft"), (await rows()).join());
    await page.getByLabel("Type").selectOption("conversions_export");
    await page.getByRole("link", { name: "some-events" }).waitFor();
    expect((await rows()).length === 1, (await rows()).join());
    await page.getByLabel("Filter jobs").fill("no such thing");
    await page.getByText("No job fits these filters").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("link", { name: "one-of-many" }).waitFor();
    // A filter is part of the address: it survives a reload.
    await page.getByLabel("Filter jobs").fill("of-many");
    await page.reload();
    await page.getByRole("link", { name: "one-of-many" }).waitFor();
    expect((await rows()).length === 1, "the filter is gone after a reload");
  },

  async the_dashboard_follows_without_a_reload(scene) {
    const { page } = scene;
    await running(scene, "followed");
    await scene.goto("/jobs");
    const row = page.getByRole("row").filter({ hasText: "followed" });
    await row.getByText("Up to date").waitFor();
    await scene.api("POST", "/api/v1/jobs/followed/pause");
    await row.getByText("Paused").waitFor();
  },

  async a_job_is_paused_and_resumed(scene) {
    const { page } = scene;
    await running(scene, "pausable");
    await scene.goto("/jobs/pausable");
    await page.getByRole("button", { name: "Pause" }).click();
    await dialog(page).getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).click();
    await dialog(page).getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
  },

  async stopping_for_good_takes_its_name_and_says_who_stays(scene) {
    const { page } = scene;
    await running(scene, "stoppable");
    await scene.goto("/jobs/stoppable");
    await more(page, "Stop for good");
    await dialog(page).getByText(/The 3 identifiers stay on the list/).waitFor();
    const does = dialog(page).getByRole("button", { name: "Stop for good" });
    expect(await does.isDisabled(), "a job is stopped without its name being typed");
    await dialog(page).getByRole("textbox").fill("stoppable");
    await does.click();
    await page.getByText("Stopped").first().waitFor();
    expect((await scene.api("GET", "/api/v1/jobs/stoppable")).json.state === "Stopped", "it goes on");
  },

  async changes_wait_in_the_queue_and_flush_now_sends_them(scene) {
    const { page } = scene;
    const audience = await running(scene, "flushable");
    await scene.goto("/jobs/flushable");
    await scene.enter(audience, { "flush-new": { email: "flush-new@example.org" } });
    await scene.send({ type: "exit", key: "flushable-0", audience });
    await page.getByText("2 people").first().waitFor();
    await page.getByText("+1 −1").waitFor();
    await page.getByText(/^in \d+/).first().waitFor();
    await page.getByRole("button", { name: "Flush now" }).click();
    await dialog(page).getByRole("button", { name: "Flush now" }).click();
    await page.getByText("nothing is queued").waitFor();
    const { list } = (await scene.api("GET", "/api/v1/jobs/flushable")).json;
    await scene.until("both have arrived", async () => (await scene.members(list.id)).length === 3 && list.identifiers === 3);
  },

  async a_draft_is_deleted_once_its_name_is_typed(scene) {
    const { page } = scene;
    await scene.audienceJob("deletable", "Readers");
    await scene.goto("/jobs/deletable");
    await more(page, "Delete");
    await dialog(page).getByRole("textbox").fill("deletable");
    await dialog(page).getByRole("button", { name: "Delete the job" }).click();
    await heading(page, "Jobs");
    expect((await scene.api("GET", "/api/v1/jobs/deletable")).status === 404, "it is still there");
  },

  async everybody_is_removed_first_once_their_number_is_typed(scene) {
    const { page } = scene;
    await running(scene, "emptied");
    const { list } = (await scene.api("GET", "/api/v1/jobs/emptied")).json;
    await scene.goto("/jobs/emptied");
    await more(page, "Remove everyone, then delete");
    await dialog(page).getByRole("textbox").fill("3");
    await dialog(page).getByRole("button", { name: "Remove 3 identifiers" }).click();
    await scene.until("the list is empty and the job gone", async () => (await scene.members(list.id)).length === 0 && (await scene.api("GET", "/api/v1/jobs/emptied")).status === 404);
  },

  async held_removals_take_their_number_to_let_go(scene) {
    const { page } = scene;
    const audience = await running(scene, "braked", 6, { brake: { enabled: true, percent: 10, people: 1 } });
    await scene.send(...[0, 1, 2, 3].map((i) => ({ type: "exit", key: `braked-${i}`, audience })));
    await scene.flush("braked", 4);
    await scene.until("the brake holds", async () => (await scene.api("GET", "/api/v1/jobs/braked")).json.reason_code === "brake");
    await scene.goto("/");
    await heading(page, /needs? you/);
    const row = page.getByRole("listitem").filter({ hasText: "braked" });
    await row.getByRole("link", { name: "Look at the removals" }).click();
    await heading(page, "braked");
    await page.getByRole("button", { name: "Look at what is held" }).click();
    const does = dialog(page).getByRole("button", { name: "Remove 4 people" });
    await dialog(page).getByRole("textbox").fill("3");
    expect(await does.isDisabled(), "a wrong number lets them go");
    await dialog(page).getByRole("textbox").fill("4");
    await does.click();
    const { list } = (await scene.api("GET", "/api/v1/jobs/braked")).json;
    await scene.api("POST", "/api/v1/jobs/braked/flush");
    await scene.until("they are off the list", async () => (await scene.members(list.id)).length === 2);
  },

  async records_lead_to_the_person_and_the_values_are_masked(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers/records");
    await page.getByRole("button", { name: /^Invalid email \d/ }).click();
    await page.waitForURL(/reason=invalid_email/);
    await page.getByRole("row").nth(1).getByRole("link").click();
    await heading(page, /^Person/);
    await page.getByText("Invalid email").first().waitFor();
    expect(!(await page.getByRole("main").innerText()).includes("nobody at all"), "a value is shown unmasked");
  },

  async records_are_filtered_by_outcome_reason_and_person_with_counts(scene) {
    const { page } = scene;
    const audience = await running(scene, "sorted");
    await scene.enter(audience, { "sorted-bad": { email: "no address" }, "sorted-worse": { email: "none either" }, "sorted-empty": { email: "" } });
    await scene.until("the records are there", async () => (await scene.api("GET", "/api/v1/jobs/sorted/records")).json.records?.length === 3);
    await scene.goto("/jobs/sorted/records");
    const people = () => page.getByRole("rowheader").count();
    await page.getByRole("button", { name: "All 3" }).waitFor();
    await page.getByRole("button", { name: "Invalid 3" }).click();
    await page.getByRole("button", { name: "Invalid email 2" }).click();
    await page.waitForURL(/outcome=invalid.*reason=invalid_email/);
    await scene.until("two are left", async () => (await people()) === 2);
    await page.getByRole("button", { name: "Missing identifier 1" }).waitFor();
    // The filter is part of the address, and leads from a person to what is theirs.
    await page.reload();
    await scene.until("two are left", async () => (await people()) === 2);
    await page.getByRole("rowheader").first().getByRole("link").click();
    await page.getByRole("link", { name: "records of this person" }).first().click();
    await page.getByText("Only of one person").waitFor();
    await scene.until("one is left", async () => (await people()) === 1);
    await page.getByRole("button", { name: "Show everybody" }).click();
    await scene.until("all are back", async () => (await people()) === 3);
  },

  async records_are_downloaded_as_they_are_filtered(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers/records?reason=invalid_email");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download CSV" }).click();
    const file = await download;
    expect(file.suggestedFilename() === "readers-records.csv", file.suggestedFilename());
    const chunks = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString("utf8").trim().split("\r\n");
    const { json } = await scene.api("GET", "/api/v1/jobs/readers/records?reason=invalid_email&limit=500");
    expect(lines[0].startsWith("profile_id,person,reason"), lines[0]);
    expect(lines.length === 1 + json.records.length && json.records.length > 0, `${lines.length} lines for ${json.records.length}`);
    expect(lines.slice(1).every((line) => line.includes(",invalid_email,")), lines.join(" | "));
    await page.getByRole("button", { name: "Download CSV" }).waitFor();
  },

  async filters_that_nobody_fits_can_be_cleared(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers/records?reason=invalid_maid");
    await page.getByText("Nobody fits these filters").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("row").nth(1).waitFor();
  },

  async what_was_invalid_is_sent_again_once_it_is_mended(scene) {
    const { page } = scene;
    const audience = await running(scene, "mended");
    await scene.enter(audience, { "mended-bad": { email: "no address" } });
    await scene.until("the record is there", async () => (await scene.api("GET", "/api/v1/jobs/mended/records")).json.records?.length === 1);
    await scene.send({ type: "profile", key: "mended-bad", fields: { email: "mended-bad@example.org" } });
    await scene.goto("/jobs/mended/records");
    await page.getByRole("button", { name: "Retry" }).click();
    await dialog(page).getByRole("button", { name: "Retry" }).click();
    await page.getByRole("status").filter({ hasText: /\w/ }).waitFor();
    await scene.flush("mended", 1);
    const { list } = (await scene.api("GET", "/api/v1/jobs/mended")).json;
    await scene.until("they are on the list", async () => (await scene.members(list.id)).length === 4);
  },

  async a_request_is_inspected_and_can_be_copied_as_a_call(scene) {
    const { page, context } = scene;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await scene.goto("/jobs/readers/requests");
    await page.getByRole("rowheader").first().getByRole("link").click();
    await page.getByRole("heading", { name: /^Request \d/ }).waitFor();
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.startsWith("curl") && !copied.includes("pina_sim"), copied);
    expect(!(await page.getByRole("main").innerText()).includes("@example"), "an address is shown");
    await page.getByRole("button", { name: "Close the request" }).click();
    await page.getByRole("heading", { name: /^Request \d/ }).waitFor({ state: "detached" });
  },

  async the_log_is_live_and_filtered(scene) {
    const { page } = scene;
    await scene.enter("Of logged", { "logged-0": { email: "logged-0@example.org" } });
    await scene.audienceJob("logged", "Of logged");
    await scene.goto("/jobs/logged/log");
    await page.getByText("Nothing has happened since the service started.").waitFor();
    await scene.api("POST", "/api/v1/jobs/logged/start");
    await page.getByLabel("Log", { exact: true }).getByText(/list created/).waitFor();
    await page.getByLabel("Filter lines").fill("no line holds this text");
    await page.getByText("No line fits these filters").waitFor();
    await page.getByLabel("Filter lines").fill("created");
    await page.getByLabel("Log", { exact: true }).getByText(/list created/).waitFor();
    await page.getByLabel("Level").selectOption("error");
    await page.getByText("No line fits these filters").waitFor();
  },

  async a_job_of_the_file_is_read_only_and_exported_as_yaml(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers/configuration");
    await page.getByText(/comes from the configuration file/).waitFor();
    expect((await page.getByRole("link", { name: "Edit" }).count()) === 0, "a job of the file can be edited");
    expect(/audience: "?Readers/.test(await page.getByLabel("YAML").innerText()), await page.getByLabel("YAML").innerText());
  },

  async settings_of_a_running_job_are_changed_and_only_the_difference_is_sent(scene) {
    const { page } = scene;
    await running(scene, "changeable");
    await scene.goto("/jobs/changeable/configuration");
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("4. Label").fill("Changed since");
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: "Save the change" }).click();
    await heading(page, "Changed since");
  },

  async an_edit_shows_what_it_changes_before_it_is_saved(scene) {
    const { page } = scene;
    await running(scene, "weighed");
    await scene.goto("/edit-job/weighed?screen=1");
    await page.getByLabel("4. Label").fill("Weighed twice");
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("heading", { name: "If you saved this now" }).waitFor();
    const change = page.getByRole("region", { name: "What changes" }).getByRole("row").last();
    expect(/Label.*Weighed twice/s.test(await change.innerText()), await change.innerText());
    const { json } = await scene.api("GET", "/api/v1/jobs/weighed");
    expect(json.label !== "Weighed twice", "it was saved by looking");
    if (scene.world.pictures) await page.screenshot({ path: `${scene.world.pictures}/edit-review.png`, fullPage: true });
  },

  async a_change_that_came_between_is_explained_and_theirs_can_be_taken(scene) {
    const { page, world } = scene;
    await running(scene, "contested");
    await scene.goto("/edit-job/contested?screen=1");
    await page.getByLabel("4. Label").fill("Mine");
    const other = await scene.context.newPage();
    await other.goto(world.base + "/edit-job/contested?screen=3");
    const settings = (await scene.api("GET", "/api/v1/jobs/contested")).json.settings;
    await scene.job("contested", { ...settings, label: "Theirs" });
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: "Save the change" }).click();
    await page.getByText("Somebody has changed this job since you opened it.").waitFor();
    expect((await scene.api("GET", "/api/v1/jobs/contested")).json.label === "Theirs", "their change was lost");
    await page.getByRole("button", { name: "Drop mine, show theirs" }).click();
    await page.getByRole("definition").filter({ hasText: "Theirs" }).waitFor();
    await other.close();
  },

  async a_change_that_came_between_can_be_overruled_knowingly(scene) {
    const { page } = scene;
    await running(scene, "overruled");
    await scene.goto("/edit-job/overruled?screen=1");
    await page.getByLabel("4. Label").fill("Mine after all");
    const settings = (await scene.api("GET", "/api/v1/jobs/overruled")).json.settings;
    await scene.job("overruled", { ...settings, label: "Theirs" });
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("button", { name: "Save the change" }).click();
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.getByRole("button", { name: "Save the change" }).click();
    await heading(page, "Mine after all");
  },

  async a_list_that_is_gone_fails_the_job_and_another_can_be_chosen(scene) {
    const { page } = scene;
    const audience = await running(scene, "listless");
    const { list } = (await scene.api("GET", "/api/v1/jobs/listless")).json;
    await scene.sim("DELETE", `lists/${list.id}`);
    await scene.enter(audience, { "listless-new": { email: "listless-new@example.org" } });
    await scene.flush("listless", 1);
    await scene.until("the job notices", async () => (await scene.api("GET", "/api/v1/jobs/listless")).json.reason_code === "list_gone");
    await scene.goto("/");
    await page.getByRole("listitem").filter({ hasText: "listless" }).getByRole("link", { name: "Choose a list" }).click();
    await page.waitForURL(/\/edit-job\/listless/);
  },

  async the_readiness_of_a_list_is_shown_in_plain_words(scene) {
    const { page } = scene;
    await running(scene, "ripening");
    await scene.goto("/jobs/ripening");
    await page.getByRole("heading", { name: "The list at Pinterest" }).waitFor();
    await page.getByText(/Pinterest is matching/).waitFor();
    await page.getByText(/at least 100 accounts match/).first().waitFor();
    await page.getByText(/Created|Chosen/).first().waitFor();
  },

  async the_counters_of_every_run_add_up(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers/runs");
    const rows = await page.getByRole("row").filter({ has: page.getByRole("rowheader") }).all();
    expect(rows.length > 0, "there is no run");
    for (const row of rows) {
      const at = async (label) => Number((await row.locator(`[data-l="${label}"]`).innerText()).replace(/\D/g, ""));
      let sum = 0;
      for (const part of ["Added", "Removed", "Omitted", "Invalid", "Rejected", "Uncertain", "Waiting"]) sum += await at(part);
      expect(sum === (await at("Considered")), `${sum} of ${await at("Considered")}`);
    }
  },

  async older_runs_are_shown_when_asked_for(scene) {
    const { page } = scene;
    await running(scene, "often");
    // More than a page of them, without waiting for so many.
    await page.route("**/api/v1/jobs/often/runs*", async (route) => {
      const url = new URL(route.request().url());
      url.searchParams.set("limit", "1");
      await route.fulfill({ response: await route.fetch({ url: url.href }) });
    });
    await scene.api("POST", "/api/v1/jobs/often/resync");
    await scene.until("there are two runs", async () => (await scene.api("GET", "/api/v1/jobs/often/runs")).json.runs?.length === 2);
    const all = (await scene.api("GET", "/api/v1/jobs/often/runs")).json.runs.map((run) => run.number);
    await scene.goto("/jobs/often/runs");
    const shown = async () => (await page.getByRole("rowheader").allInnerTexts()).map(Number);
    while (await page.getByRole("button", { name: "Show older runs" }).isVisible()) {
      const before = (await shown()).length;
      await page.getByRole("button", { name: "Show older runs" }).click();
      await scene.until("there are more", async () => (await shown()).length > before || !(await page.getByRole("button", { name: "Show older runs" }).isVisible()));
    }
    expect((await shown()).join() === all.join(), `${await shown()} instead of ${all}`);
  },

  async what_somebody_did_is_in_the_activity_of_the_job(scene) {
    const { page } = scene;
    await running(scene, "watched");
    await scene.api("POST", "/api/v1/jobs/watched/pause");
    await scene.goto("/jobs/watched/activity");
    await page.getByRole("cell", { name: /job pause/ }).waitFor();
    await page.getByRole("cell", { name: /admin/ }).first().waitFor();
  },

  async two_tabs_show_the_same(scene) {
    const { page, context, world } = scene;
    await running(scene, "twofold");
    await scene.goto("/jobs/twofold");
    const second = await context.newPage();
    await second.goto(world.base + "/jobs/twofold");
    await second.getByRole("button", { name: "Pause" }).click();
    await second.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    await second.getByRole("button", { name: "Resume" }).waitFor();
  },

  async a_job_is_found_from_anywhere(scene) {
    const { page } = scene;
    await scene.goto("/audiences");
    await page.getByLabel(/Find a person/).fill("readers");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/jobs\/readers$/);
    await scene.goto("/jobs/no-such-job");
    await page.getByRole("alert").filter({ hasText: /no job/i }).waitFor();
  },

  async a_job_in_test_mode_says_so_everywhere(scene) {
    const { page } = scene;
    await scene.conversionsJob("only-testing", "Readers", true, { test_mode: true });
    for (const path of ["/jobs", "/jobs/only-testing"]) {
      await scene.goto(path);
      await page.getByText("Test mode").first().waitFor();
    }
  },
};

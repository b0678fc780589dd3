// People and how they come in: write keys, files, audiences, and one person's story.
import { expect, heading } from "../browser.mjs";

const file = (name, text, mimeType = "text/csv") => ({ name, mimeType, buffer: Buffer.from(text) });

async function look(scene, what) {
  await scene.goto("/sources/upload");
  await scene.page.getByLabel("1. File").setInputFiles(what);
  await scene.page.getByRole("button", { name: "Send the file" }).click();
}

async function importIt({ page }, audience, mode) {
  await page.getByLabel(/2. Key/).selectOption("id");
  await page.getByLabel(/3. Audience/).fill(audience);
  if (mode) await page.getByLabel(/4. Mode/).selectOption(mode);
  await page.getByRole("button", { name: "Import it" }).click();
}

const size = async (scene, audience) => (await scene.api("GET", `/api/v1/audiences/${encodeURIComponent(audience)}`)).json.members;

export default {
  async a_file_is_looked_at_masked_and_imported(scene) {
    const { page } = scene;
    await look(scene, file("people.csv", "id,email\nf1,f1@example.org\nf2,f2@example.org\n"));
    await page.getByRole("cell", { name: /@/ }).first().waitFor();
    expect(!(await page.getByRole("main").innerText()).includes("f1@example.org"), "a sample is shown unmasked");
    await importIt(scene, "From a file");
    await page.getByText("From a file").first().waitFor();
    await scene.until("both are in", async () => (await size(scene, "From a file")) === 2);
  },

  async a_snapshot_says_who_leaves_before_it_is_imported(scene) {
    const { page } = scene;
    await look(scene, file("fewer.csv", "id,email\nf1,f1@example.org\n"));
    await page.getByLabel(/4. Mode/).selectOption("snapshot");
    await page.getByText(/not in the file leaves it/).waitFor();
    expect(await page.getByRole("button", { name: "Import it" }).isDisabled(), "a snapshot needs no audience");
    await importIt(scene, "From a file", "snapshot");
    await scene.until("the other has left or is held", async () => {
      const { imports } = (await scene.api("GET", "/api/v1/imports")).json;
      return imports.at(-1).state === "held" || (await size(scene, "From a file")) === 1;
    });
  },

  async a_held_snapshot_is_released_by_a_person(scene) {
    const { page } = scene;
    await scene.enter("Held", Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, { email: `s${i}@example.org` }])));
    await look(scene, file("tiny.csv", "id,email\ns0,s0@example.org\n"));
    await importIt(scene, "Held", "snapshot");
    await scene.until("it is held", async () => (await scene.api("GET", "/api/v1/imports")).json.imports.at(-1).state === "held");
    await scene.goto("/sources");
    const row = page.getByRole("row").filter({ has: page.getByRole("cell", { name: /^Held snapshot/ }) });
    await row.getByRole("button", { name: "Release" }).click();
    await page.getByRole("dialog").getByRole("button", { name: /^Let \d+ people leave/ }).click();
    await scene.until("they have left", async () => (await size(scene, "Held")) === 1);
  },

  async a_file_that_is_none_is_refused_with_the_reason(scene) {
    const { page } = scene;
    await look(scene, file("bad.ndjson", '{"type":"enter"\nnot json\n', "application/x-ndjson"));
    await page.locator("main").getByText(/spread over several lines/).first().waitFor();
  },

  async a_write_key_is_shown_once_works_and_is_ended(scene) {
    const { page, world } = scene;
    await scene.goto("/sources");
    await page.getByRole("button", { name: "New write key" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("website");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByText(/^prw_/).first().innerText()).trim();
    const send = () => fetch(world.base + "/v1/changes", { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: '{"type":"enter","key":"w1","audience":"By key"}\n' });
    expect((await send()).status === 202, "the key is refused");
    await page.reload();
    await page.getByText("website").first().waitFor();
    expect((await page.getByText(key).count()) === 0, "the key is shown again");
    await page.getByRole("listitem").filter({ hasText: "website" }).getByRole("button").click();
    await page.getByRole("dialog").getByRole("textbox").fill("website");
    await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
    await scene.until("the key is refused", async () => (await send()).status === 401);
  },

  async a_write_key_sends_what_it_was_made_for_alone(scene) {
    const { page, world } = scene;
    await scene.goto("/sources");
    await page.getByRole("button", { name: "New write key" }).click();
    const made = page.getByRole("dialog");
    await made.getByLabel("Name").fill("till");
    expect(!(await made.getByLabel(/^Delete/).isChecked()), "a new key may delete people");
    await made.getByLabel(/^Exit/).uncheck();
    await made.getByLabel("Only these audiences").fill("Shoppers");
    await made.getByLabel("Rows a minute, at most").fill("5000");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByText(/^prw_/).first().innerText()).trim();
    const send = async (row) => {
      const answer = await fetch(world.base + "/v1/changes", { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: JSON.stringify(row) + "\n" });
      return { status: answer.status, json: await answer.json() };
    };
    expect((await send({ type: "enter", key: "t1", audience: "Shoppers" })).status === 202, "what it was made for is refused");
    for (const [row, code] of [
      [{ type: "enter", key: "t1", audience: "Readers" }, "audience_not_allowed"],
      [{ type: "delete", key: "t1" }, "row_type_not_allowed"],
    ]) {
      const { status, json } = await send(row);
      expect(status === 400 && json.errors[0].code === code, JSON.stringify(json));
    }
    await page.reload();
    await page.getByText("Sends profile, enter; only Shoppers; 5,000 rows a minute.").waitFor();
    if (world.pictures) await page.screenshot({ path: `${world.pictures}/write-keys.png`, fullPage: true });
  },

  async an_audience_leads_to_its_jobs_and_to_a_new_one(scene) {
    const { page } = scene;
    await scene.enter("Nobody uses it", { n1: { email: "n1@example.org" } });
    await scene.goto("/audiences");
    await page.getByRole("link", { name: "Readers", exact: true }).click();
    await heading(page, "Readers");
    await page.getByRole("main").getByRole("link", { name: "readers", exact: true }).waitFor();
    await scene.goto("/audiences/Nobody%20uses%20it");
    await page.getByText("No job uses this audience").waitFor();
    await page.getByRole("main").getByRole("link", { name: "New job" }).click();
    await heading(page, "Which job?");
  },

  async an_audience_shows_what_its_people_look_like_masked(scene) {
    const { page } = scene;
    await scene.enter("Sampled", { m1: { email: "mona@example.org", city: "Mainz" }, m2: { email: "mika@example.org" } });
    await scene.goto("/audiences/Sampled");
    const row = (field) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: field, exact: true }) });
    await row("email").getByText("m***@e***.org").waitFor();
    await row("city").getByText("50 %").waitFor();
    expect((await row("phone").count()) === 0, "a field that no member has is listed");
    expect(!/mona|mika|Mainz/.test(await page.locator("main").innerText()), "a value is shown as it is");
    await page.getByRole("link", { name: "m***" }).first().click();
    await heading(page, "m***");
  },

  async fields_are_listed_with_type_and_coverage(scene) {
    const { page } = scene;
    await scene.goto("/audiences");
    const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "email", exact: true }) });
    await row.getByText("text").waitFor();
    await row.getByText(/%/).first().waitFor();
  },

  async a_person_s_story_goes_from_the_audience_to_the_list(scene) {
    const { page } = scene;
    await scene.goto("/profiles");
    await page.getByLabel("Key or profile number").fill("u1");
    await page.getByRole("button", { name: "Find" }).click();
    await heading(page, /^Person/);
    for (const text of ["What each job did, and why", "In Readers", "1 identifier", "On the list", "has them on the list"]) await page.getByText(text).first().waitFor();
    await page.getByText(/^Request \d/).waitFor();
    expect(!(await page.getByRole("main").innerText()).includes("@example.org"), "a value is shown unmasked");
  },

  async a_person_who_is_unknown_is_said_to_be_so(scene) {
    await scene.goto("/profiles/nobody-of-this-key");
    await scene.page.getByText("Nobody has this key.").waitFor();
  },

  async a_person_who_was_deleted_is_said_to_be_so_and_leaves_the_list(scene) {
    const { page } = scene;
    await scene.enter("Readers", { gone: { email: "gone@example.org" } });
    await scene.send({ type: "delete", key: "gone" });
    await scene.until("they are deleted", async () => (await scene.api("GET", "/api/v1/profiles/gone")).json.deleted_at);
    await scene.goto("/profiles/gone");
    await page.getByText("This person was deleted").waitFor();
  },

  async a_person_is_found_by_key_from_anywhere(scene) {
    const { page } = scene;
    await scene.goto("/alerts");
    await page.keyboard.press("/");
    await page.keyboard.type("u2");
    await page.keyboard.press("Enter");
    await heading(page, /^Person/);
    expect(page.url().endsWith("/profiles/u2"), page.url());
  },

  async a_person_is_searched_for_by_a_phone_number_however_it_is_written(scene) {
    const { page } = scene;
    await scene.enter("Readers", { caller: { email: "caller@example.org", phone: "+49 170 1234567" } });
    await scene.goto("/profiles");
    await page.getByLabel("Value", { exact: true }).fill("(0170) 123 45 67");
    await page.getByRole("button", { name: "Search" }).click();
    const row = page.getByRole("row").filter({ hasText: "phone" });
    await row.waitFor();
    expect(!(await row.textContent()).includes("1234567"), "the number is shown");
    if (scene.world.pictures) await page.screenshot({ path: `${scene.world.pictures}/search.png`, fullPage: true });
    await row.getByRole("link").click();
    await heading(page, /^Person/);
    await page.goBack();
    await page.getByLabel("Value", { exact: true }).fill("nobody has this");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText(/^None of/).waitFor();
  },

  async somebody_who_is_not_sent_has_a_reason_and_a_way_out(scene) {
    const { page } = scene;
    await scene.goto("/profiles/bad");
    await page.getByText("Invalid email").first().waitFor();
    await page.getByText("Not on the list", { exact: true }).waitFor();
  },

  async somebody_who_waits_is_said_to_wait(scene) {
    const { page } = scene;
    await scene.enter("Readers", { waiting: { email: "waiting@example.org" } });
    await scene.goto("/profiles/waiting");
    await page.getByText("Waiting to be added").waitFor();
    await page.getByText(/next flush/).first().waitFor();
  },

  async a_person_is_deleted_with_a_receipt_that_follows_the_removal(scene) {
    const { page, world } = scene;
    await scene.enter("Leavers", { leaver: { email: "leaver@example.org" }, stayer: { email: "stayer@example.org" } });
    await scene.audienceJob("leaving", "Leavers", true);
    await scene.until("they are on the list", async () => (await scene.api("GET", "/api/v1/jobs/leaving")).json.list?.identifiers === 2);
    await scene.goto("/profiles/leaver");
    await page.getByRole("button", { name: "Delete this person" }).click();
    const asked = page.getByRole("dialog");
    const does = asked.getByRole("button", { name: "Delete this person" });
    expect(await does.isDisabled(), "a person is deleted without a word being typed");
    await asked.getByRole("textbox").fill("delete for good");
    await does.click();
    // The password is asked for only where it was not given in the last minutes.
    const password = page.getByLabel("Password", { exact: true });
    await page.waitForFunction(() => location.pathname.startsWith("/deletions/") || document.querySelector("dialog input[type=password]"));
    if (await password.isVisible()) {
      await password.fill(world.password);
      await page.getByRole("button", { name: "Go on" }).click();
    }
    await heading(page, /Deleted here; 1 list to go/);
    await page.getByText("On its way").waitFor();
    await page.getByRole("cell", { name: /0 of 1 removed/ }).waitFor();
    const receipt = page.url();
    await scene.api("POST", "/api/v1/jobs/leaving/flush");
    await heading(page, /removed from every list/);
    await page.getByRole("cell", { name: /1 of 1 removed/ }).waitFor();
    expect(!(await page.getByRole("main").innerText()).match(/leaver|@example/), "the receipt names the person");
    const { list } = (await scene.api("GET", "/api/v1/jobs/leaving")).json;
    expect((await scene.members(list.id)).length === 1, "they are still on the list");
    await scene.goto("/profiles/leaver");
    await page.getByRole("link", { name: "See the receipt" }).click();
    await heading(page, /removed from every list/);
    expect(page.url() === receipt, page.url());
    // On paper there is the receipt alone.
    await page.emulateMedia({ media: "print" });
    expect(!(await page.getByRole("button", { name: "Print" }).isVisible()) && (await page.getByText("What was held").isVisible()), "the printed page has buttons");
    await page.emulateMedia({ media: null });
  },
};

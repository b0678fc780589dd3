// The Conversions Export by clicks: mapping, defaults, the test, and what arrives at Pinterest.
import { expect, heading, pick } from "../browser.mjs";

const next = (page) => page.getByRole("button", { name: /^Next/ }).click();
const steps = "Provider,Job type,Authorization,Label,Description,Audience,Identifier Mapping,Event Mapping,Action Source Default,Event Name Default,Details Mapping,Partner Name Default,Existing Users,Review and start";

async function begin(scene, label, audience = "Buyers") {
  const { page } = scene;
  await scene.goto("/new-job/conversions-export");
  await page.getByRole("radio", { name: /shop/ }).check();
  await page.getByLabel("4. Label").fill(label);
  await pick(page, "6. Audience", audience);
  await next(page);
}

async function defaults({ page }, source = "web", event = "checkout") {
  await page.getByLabel(/9. Action Source Default/).selectOption(source);
  await page.getByLabel(/10. Event Name Default/).selectOption(event);
}

async function event({ page }) {
  await pick(page, "Our field for Event ID", "order_id");
  await page.getByRole("button", { name: "ordered_at → Event time" }).click();
}

// The section of one mapping, by its heading.
const group = (page, title) => page.getByRole("region", { name: title });

async function add(page, title, field, target) {
  const section = group(page, title);
  await section.getByRole("button", { name: "Add a field" }).click();
  const row = section.getByRole("listitem").last();
  const ours = row.getByRole("combobox").first(), theirs = row.getByRole("combobox").nth(1);
  await ours.fill(field);
  await page.getByRole("option").filter({ hasText: field }).first().waitFor();
  await ours.press("Enter");
  await theirs.fill(target);
  await page.getByRole("option").filter({ hasText: target }).first().waitFor();
  await theirs.press("Enter");
}

async function review({ page }) {
  await next(page);
  await page.getByRole("heading", { name: "If it started now" }).waitFor();
}

async function refusedFor({ page }, ...says) {
  await next(page);
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const text = await alert.innerText();
  for (const each of says) expect(each.test(text), `${each} is not told: ${text}`);
  expect(await page.getByRole("button", { name: "Start job" }).isDisabled(), "it can be started");
  await page.getByRole("button", { name: /^Back/ }).click();
}

export default {
  async the_steps_have_the_specification_s_names_and_order(scene) {
    await scene.goto("/new-job");
    await scene.page.getByRole("link", { name: "Conversions Export" }).click();
    const found = await scene.page.getByRole("navigation", { name: "Steps of this job" }).getByRole("link").allInnerTexts();
    expect(found.join() === steps, `the steps are ${found.join()}`);
  },

  async a_conversion_goes_from_clicks_to_pinterest(scene) {
    const { page } = scene;
    await begin(scene, "Orders as checkouts");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await defaults(scene);
    await add(page, "11. Details Mapping", "total", "Value");
    await add(page, "11. Details Mapping", "currency", "Currency");
    await page.getByText("Enough to match").waitFor();
    // A reload in the middle loses nothing.
    await page.reload();
    await page.getByText("Enough to match").waitFor();
    await scene.settled();
    expect((await page.getByLabel(/10. Event Name Default/).inputValue()) === "checkout", "the draft was lost");
    await review(scene);
    // The test: raw, normalised, sent, and what Pinterest says; nothing is recorded.
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByText("Pinterest answered 200").waitFor();
    await page.getByText("Accepted", { exact: true }).first().waitFor();
    await page.getByRole("cell", { name: "checkout" }).or(page.getByText("19.90")).first().waitFor();
    expect(!(await page.getByRole("main").innerText()).includes("b0@example.org"), "a value is shown unmasked");
    expect((await scene.conversions()).length === 0, "the test was recorded");
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Orders as checkouts");
    // The present members are not sent; who enters is, within seconds.
    await scene.enter("Buyers", { late1: { email: "late1@example.org", order_id: "L-1", ordered_at: new Date().toISOString(), total: "5.00", currency: "EUR" } });
    const found = await scene.until("the conversion counts", async () => {
      const all = await scene.conversions();
      return all.length > 0 && all;
    });
    expect(found.length === 1 && found[0].event_id === "L-1" && found[0].event_name === "checkout" && found[0].action_source === "web", JSON.stringify(found));
    await page.getByText("1", { exact: true }).first().waitFor();
  },

  async a_value_comes_from_the_first_of_several_fields_a_default_or_a_constant(scene) {
    const { page } = scene;
    const order = (id, more) => ({ email: `${id}@example.org`, order_id: id, ordered_at: new Date().toISOString(), ...more });
    await scene.enter("Shoppers", { forms0: order("forms0", { total: "3", revenue: "4" }) });
    await begin(scene, "Many shops", "Shoppers");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await defaults(scene);
    const details = group(page, "11. Details Mapping");
    await add(page, "11. Details Mapping", "total", "Value");
    await details.getByRole("button", { name: "Or else another field" }).click();
    const other = details.getByRole("combobox", { name: "Or else for Value" });
    await other.fill("revenue");
    await other.press("Enter");
    await details.getByRole("button", { name: "Or a default" }).click();
    await details.getByRole("textbox", { name: "Value where no field has a value" }).fill("1");
    await details.getByRole("button", { name: "Add a constant" }).click();
    const row = details.getByRole("listitem").last();
    await row.getByRole("textbox", { name: "The same for everybody" }).fill("eur");
    await row.getByRole("combobox").fill("Order ID");
    await row.getByRole("combobox").press("Enter");
    await row.getByText("Order ID is not the same for everybody").waitFor();
    await row.getByRole("combobox").fill("Currency");
    await page.getByRole("option").filter({ hasText: "Currency" }).first().waitFor();
    await row.getByRole("combobox").press("Enter");
    if (scene.world.pictures) await page.screenshot({ path: `${scene.world.pictures}/mapping-forms.png`, fullPage: true });
    await review(scene);
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Many shops");
    await scene.enter("Shoppers", { forms1: order("forms1", { total: "", revenue: "7.50" }), forms2: order("forms2", {}) });
    const found = await scene.until("both conversions count", async () => {
      const all = (await scene.conversions()).filter((each) => each.event_id.startsWith("forms"));
      return all.length === 2 && all;
    });
    expect(found.every((each) => each.effective !== 0), JSON.stringify(found));
    const rows = [{ total: "", revenue: "7.50" }, {}].map((more, i) => ({ key: `p${i}`, fields: order(`p${i}`, more) }));
    const { json } = await scene.api("POST", "/api/v1/jobs/many-shops/preview", { rows });
    const sent = json.rows.map(({ values }) => values.filter((each) => each.sent !== null && ["value", "currency"].includes(each.target)).map((each) => `${each.field}:${each.sent}`).join(" "));
    expect(sent.join() === "revenue:7.50 :EUR,:1 :EUR" , `what is sent is ${JSON.stringify(sent)}`);
    // What was saved is what the form shows again.
    await scene.goto("/edit-job/many-shops?screen=2");
    expect((await details.getByRole("combobox", { name: "Or else for Value" }).inputValue()) === "revenue", "the other field is lost");
    expect((await details.getByRole("textbox", { name: "Currency" }).or(details.getByRole("textbox", { name: /as Currency/ })).inputValue()) === "eur", "the constant is lost");
  },

  async identifiers_that_cannot_match_are_refused_and_those_that_can_are_not(scene) {
    const { page } = scene;
    await begin(scene, "Only a phone");
    await event(scene);
    await defaults(scene);
    await group(page, "7. Identifier Mapping").getByRole("button", { name: /^Remove/ }).first().click();
    await refusedFor(scene, /identif/i);
    await add(page, "7. Identifier Mapping", "phone", "Phone number");
    await page.getByText(/Not enough yet/).waitFor();
    await refusedFor(scene, /identif/i);
    await add(page, "7. Identifier Mapping", "ip", "IP address");
    await refusedFor(scene, /identif/i);
    await add(page, "7. Identifier Mapping", "user_agent", "User agent");
    await page.getByText("Enough to match").waitFor();
    await review(scene);
  },

  async event_time_and_id_have_to_be_mapped_and_missing_defaults_are_named(scene) {
    const { page } = scene;
    await begin(scene, "No event yet");
    await pick(page, "Our field for E-mail address", "email");
    await page.getByText("Still to be mapped: Event id, Event time, Event name, Action source").waitFor();
    await refusedFor(scene, /event_id|event id/i, /event_time|event time/i, /event_name|event name/i, /action_source|action source/i);
    await event(scene);
    await defaults(scene);
    await page.getByText("Still to be mapped").waitFor({ state: "detached" });
    await review(scene);
  },

  async the_defaults_offer_what_pinterest_takes_and_can_be_cleared(scene) {
    const { page } = scene;
    await begin(scene, "Defaults");
    const offered = async (label) => (await page.getByLabel(label).locator("option").evaluateAll((options) => options.map((each) => each.value))).filter(Boolean);
    const source = await offered(/9. Action Source Default/), names = await offered(/10. Event Name Default/);
    expect(source.sort().join() === "app_android,app_ios,offline,web", source.join());
    expect(names.length === 15 && names.includes("checkout"), `${names.length} names: ${names.join()}`);
    for (const label of [/9. Action Source Default/, /10. Event Name Default/]) {
      expect((await page.getByLabel(label).inputValue()) === "", "a default is chosen beforehand");
      await page.getByLabel(label).selectOption({ index: 1 });
      await page.getByLabel(label).selectOption("");
    }
  },

  async a_date_is_recommended_for_the_event_time_and_text_is_warned_of(scene) {
    const { page } = scene;
    await begin(scene, "When it was");
    await page.getByRole("button", { name: "ordered_at → Event time" }).click();
    expect((await page.getByText(/not a date/).count()) === 0, "a date is warned of");
    const box = page.getByRole("combobox", { name: "Our field for Event time" });
    await box.click();
    await page.getByRole("option", { name: /recommended/ }).first().waitFor();
    await box.fill("when_text");
    await box.press("Enter");
    await page.getByText("This is text, not a date.").waitFor();
    await page.getByText(/Of 5 values in this audience 0 can be read as a time, 5 in two ways/).waitFor();
  },

  async a_member_is_shown_masked_and_follows_the_mapping_before_anything_is_saved(scene) {
    const { page } = scene;
    await begin(scene, "A real member");
    await pick(page, "Our field for E-mail address", "email");
    await page.getByText("Shown as soon as the rest is filled in").waitFor();
    await event(scene);
    await defaults(scene);
    await page.getByText("Would be sent", { exact: true }).waitFor();
    await page.getByRole("cell", { name: "b***@e***.org" }).first().waitFor();
    await page.getByText(/% of this audience/).first().waitFor();
    await add(page, "11. Details Mapping", "total", "Value");
    await page.getByRole("rowheader", { name: /total → value/ }).waitFor();
    await page.getByText(/1 of \d+ drawn from the audience/).waitFor();
    await page.getByRole("button", { name: "Another member" }).click();
    await page.getByText(/2 of \d+ drawn from the audience/).waitFor();
    expect((await scene.api("GET", "/api/v1/jobs/a-real-member")).status === 404, "a preview has saved the job");
    expect(!/b\d@example\.org/.test(await page.locator("main").innerText()), "an address is shown as it is");
  },

  async values_are_tried_and_shown_raw_normalised_and_sent(scene) {
    const { page } = scene;
    await begin(scene, "Tried values");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await page.getByRole("button", { name: "Try other values" }).click();
    await page.getByRole("button", { name: "Show what would be sent" }).click();
    await page.getByRole("alert").filter({ hasText: /event name|event_name/i }).first().waitFor();
    await defaults(scene);
    await page.getByRole("button", { name: "Show what would be sent" }).click();
    await page.getByText("Would be sent", { exact: true }).waitFor();
    await page.getByRole("columnheader", { name: "Normalised" }).waitFor();
    await page.getByLabel("order_id", { exact: true }).last().fill("");
    await page.getByRole("button", { name: "Show what would be sent" }).click();
    await page.getByText(/Missing event id/).first().waitFor();
    expect((await scene.conversions()).every((each) => each.event_id !== "A-1001"), "what was tried was sent");
  },

  async rows_are_added_moved_and_removed_and_no_target_is_offered_twice(scene) {
    const { page } = scene;
    await begin(scene, "Rows");
    await add(page, "11. Details Mapping", "total", "Value");
    await add(page, "11. Details Mapping", "currency", "Currency");
    const section = group(page, "11. Details Mapping");
    const order = () => section.getByRole("combobox", { name: /^Our field/ }).evaluateAll((inputs) => inputs.map((each) => each.value).join());
    expect((await order()) === "total,currency", await order());
    await section.getByRole("button", { name: /^Move currency/ }).press("ArrowUp");
    expect((await order()) === "currency,total", `after moving: ${await order()}`);
    await section.getByRole("button", { name: "Add a field" }).click();
    const theirs = section.getByRole("listitem").last().getByRole("combobox").nth(1);
    await theirs.click();
    await theirs.fill("currency");
    const texts = await page.getByRole("listbox").filter({ visible: true }).getByRole("option").allInnerTexts();
    expect(!texts.some((text) => text.startsWith("Currency")), `Currency is offered twice: ${texts}`);
    await theirs.press("Escape");
    await section.getByRole("button", { name: "Remove total" }).click();
    await page.getByRole("status").filter({ hasText: "Removed total" }).waitFor();
    expect(!(await order()).includes("total"), "the row is still there");
  },

  async fields_are_suggested_by_their_names(scene) {
    const { page } = scene;
    await begin(scene, "Suggested");
    await group(page, "11. Details Mapping").getByRole("button", { name: "total → Value" }).click();
    await group(page, "11. Details Mapping").getByRole("button", { name: "currency → Currency" }).click();
    await page.getByText("2 fields").waitFor();
  },

  async partner_name_is_sent_when_it_is_given_and_absent_otherwise(scene) {
    const { page } = scene;
    await begin(scene, "Partner");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await defaults(scene);
    await page.getByLabel(/12. Partner Name Default/).fill("ss-acme");
    await review(scene);
    expect((await scene.api("GET", "/api/v1/jobs/partner")).json.settings.partner_name_default === "ss-acme", "the partner is lost");
    await page.getByRole("button", { name: /^Back/ }).click();
    await page.getByLabel(/12. Partner Name Default/).fill("");
    await review(scene);
    await scene.until("the partner is gone", async () => !("partner_name_default" in (await scene.api("GET", "/api/v1/jobs/partner")).json.settings));
  },

  async existing_users_are_sent_once_when_the_box_is_checked(scene) {
    const { page } = scene;
    await scene.enter("Earlier", Object.fromEntries([1, 2, 3].map((i) => [`e${i}`, { email: `e${i}@example.org`, order_id: `E-${i}`, ordered_at: new Date().toISOString() }])));
    await begin(scene, "Everybody once", "Earlier");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await defaults(scene);
    expect(!(await page.getByRole("checkbox", { name: /13. Existing Users/ }).isChecked()), "it is on by default");
    await page.getByRole("checkbox", { name: /13. Existing Users/ }).check();
    await review(scene);
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Everybody once");
    await scene.until("all three count", async () => (await scene.conversions()).filter((each) => each.event_id.startsWith("E-")).length === 3);
  },

  async a_late_event_is_sent_and_said_to_be_for_reporting_alone(scene) {
    const { page } = scene;
    await scene.conversionsJob("late-orders", "Latecomers", true, { authorization: "shop" , identifiers: [{ email: "em" }] });
    const ordered = new Date(Date.now() - 2 * 3600_000).toISOString();
    await scene.enter("Latecomers", { late: { email: "late@example.org", order_id: "LATE-1", ordered_at: ordered } });
    await scene.until("it counts", async () => (await scene.conversions()).some((each) => each.event_id === "LATE-1"));
    await scene.goto("/help/destinations");
    await page.getByText(/older than an hour as offline/).waitFor();
    await scene.goto("/profiles/late");
    await page.getByText(/as offline/).waitFor();
  },

  async enters_and_exits_both_become_conversions_when_asked_for(scene) {
    const { page } = scene;
    await scene.enter("Members", { m1: { email: "m1@example.org", order_id: "M-1", ordered_at: new Date().toISOString() } });
    await begin(scene, "Both ways", "Members");
    await pick(page, "Our field for E-mail address", "email");
    await event(scene);
    await defaults(scene);
    await page.getByText(/^Advanced/).click();
    await page.getByLabel("Membership events").selectOption("enters_and_exits");
    await review(scene);
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Both ways");
    await scene.send({ type: "profile", key: "m1", fields: { order_id: "M-2" } }, { type: "exit", key: "m1", audience: "Members" });
    await scene.until("the exit counts", async () => (await scene.conversions()).some((each) => each.event_id === "M-2"));
  },
};

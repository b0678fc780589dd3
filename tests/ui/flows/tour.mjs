// The pictures of docs/tour.md, in the order of the page: from the first step to a person's story.
import { writeFileSync } from "node:fs";

import { heading, pick } from "../browser.mjs";
import { withPalette } from "../palette.mjs";

const next = (page) => page.getByRole("button", { name: /^Next/ }).click();

async function picture({ page, world }, name) {
  await page.evaluate(() => document.activeElement?.blur());
  writeFileSync(`${world.pictures}/${name}.png`, withPalette(await page.screenshot()));
}

// A shop with readers and orders, as a real one might look after a morning.
const reader = (i) => ({ email: i % 25 === 7 ? "no address" : `reader${i}@example.org`, city: ["Ulm", "Bonn", "Graz"][i % 3] });
const order = (i) => ({ email: `buyer${i}@example.org`, phone: `+49 30 1234${100 + i}`, order_id: `A-${1000 + i}`, ordered_at: new Date(Date.now() - i * 60_000).toISOString(), total: (19.9 + i).toFixed(2), currency: "EUR", customer_id: `c${i}` });
const some = (count, prefix, make) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, make(i)]));

async function signIn(scene, label) {
  const { page, context } = scene;
  await scene.goto("/authorizations/new");
  const popup = context.waitForEvent("page");
  await page.getByRole("button", { name: "Sign in at Pinterest" }).click();
  await (await popup).locator("#approve").click();
  await page.getByText(/^Signed in/).waitFor();
  await page.getByLabel("4. Label").fill(label);
  await picture(scene, "2-authorization");
  await page.getByRole("button", { name: "Save Authorization" }).click();
  await page.getByRole("heading", { name: label }).waitFor();
}

async function audienceExport(scene) {
  const { page, world } = scene;
  await scene.goto("/new-job/audience-export");
  await page.getByRole("radio", { name: /Acme ads team/ }).check();
  await page.getByLabel("4. Label").fill("Readers to Pinterest");
  await page.getByLabel(/5. Description/).fill("Everybody who read in the last 90 days");
  await pick(page, "6. Audience", "Readers");
  await next(page);
  await pick(page, "Pinterest Ad Account", world.adAccount);
  await pick(page, "Email", "email");
  await page.getByText("Would be sent", { exact: true }).waitFor();
  await picture(scene, "3-list");
  await next(page);
  await page.getByRole("heading", { name: "If it started now" }).waitFor();
  await page.getByText("Invalid email").waitFor();
  await picture(scene, "4-review");
  await page.getByRole("button", { name: "Start job" }).click();
  await heading(page, "Readers to Pinterest");
  await scene.until("everybody is sent", async () => (await scene.api("GET", "/api/v1/jobs/readers-to-pinterest")).json.list?.identifiers === 48);
}

async function conversionsExport(scene) {
  const { page } = scene;
  await scene.goto("/new-job/conversions-export");
  await page.getByRole("radio", { name: /Acme ads team/ }).check();
  await page.getByLabel("4. Label").fill("Orders as checkouts");
  await pick(page, "6. Audience", "Buyers");
  await next(page);
  await pick(page, "Pinterest Ad Account", scene.world.adAccount);
  await pick(page, "Our field for E-mail address", "email");
  await page.getByRole("button", { name: "phone → Phone number" }).click();
  await pick(page, "Our field for Event ID", "order_id");
  await page.getByRole("button", { name: "ordered_at → Event time" }).click();
  await page.getByLabel(/9. Action Source Default/).selectOption("web");
  await page.getByLabel(/10. Event Name Default/).selectOption("checkout");
  await page.getByText("Would be sent", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "7. Identifier Mapping" }).evaluate((element) => scrollTo(0, element.getBoundingClientRect().top + scrollY - 24));
  await picture(scene, "5-mapping");
  await next(page);
  await page.getByRole("heading", { name: "If it started now" }).waitFor();
  await page.getByRole("button", { name: "Start job" }).click();
  await heading(page, "Orders as checkouts");
}

export default {
  async from_the_first_step_to_a_person_s_story(scene) {
    const { page } = scene;
    await page.setViewportSize({ width: 1280, height: 800 });
    await scene.goto("/");
    await picture(scene, "1-first-steps");
    await scene.enter("Readers", some(50, "r", reader));
    await scene.enter("Buyers", some(12, "b", order));
    await signIn(scene, "Acme ads team");
    await audienceExport(scene);
    await conversionsExport(scene);
    await scene.enter("Buyers", some(3, "n", (i) => order(i + 50)));
    await scene.enter("Readers", some(4, "new", (i) => ({ email: `new${i}@example.org` })));
    await scene.until("orders have arrived", async () => (await scene.conversions()).length === 3);
    await scene.audienceJob("black-friday", "Buyers", false, { label: "Black Friday VIP", authorization: "acme-ads-team" });
    await scene.goto("/jobs/readers-to-pinterest");
    await page.getByText("4 people").first().waitFor();
    await picture(scene, "6-job");
    await scene.goto("/");
    await picture(scene, "7-home");
    await scene.goto("/profiles/r7");
    await page.getByText("Invalid email").first().waitFor();
    await scene.goto("/profiles/n1");
    await page.getByText("In Pinterest").first().waitFor();
    await picture(scene, "8-person");
  },
};

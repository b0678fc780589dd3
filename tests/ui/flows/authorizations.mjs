// Both methods of authorization: from the provider to the list, what fails on the way, and what is done with them later.
import { expect, heading } from "../browser.mjs";

const names = (scene) => scene.api("GET", "/api/v1/authorizations").then(({ json }) => json.authorizations.map((each) => each.name));

async function chooseToken(scene) {
  await scene.goto("/authorizations/new");
  await scene.page.getByRole("radio", { name: /Pinterest Conversion Token/ }).check();
}

async function fillToken({ page }, label, token, account) {
  await page.getByLabel("3. Label").fill(label);
  await page.getByLabel("5. Token").fill(token);
  await page.getByLabel("6. Account ID").fill(account);
  await page.getByRole("button", { name: "Save Authorization" }).click();
}

// Signs in at the stand-in for Pinterest, which opens in a window.
async function signIn({ page, context }, decision = "approve") {
  const popup = context.waitForEvent("page");
  await page.getByRole("button", { name: /Sign in at Pinterest|Open the window again/ }).click();
  await (await popup).locator(`#${decision}`).click();
}

async function signedIn(scene, label) {
  await scene.goto("/authorizations/new");
  await signIn(scene);
  await scene.page.getByText(/^Signed in/).waitFor();
  await scene.page.getByLabel("4. Label").fill(label);
  await scene.page.getByRole("button", { name: "Save Authorization" }).click();
  await scene.page.getByRole("heading", { name: label }).waitFor();
}

export default {
  async the_provider_leads_to_two_methods_that_say_what_they_enable(scene) {
    const { page } = scene;
    await scene.goto("/authorizations");
    await heading(page, "No authorization yet");
    await page.getByRole("link", { name: "New authorization" }).first().click();
    await page.getByText("Pinterest", { exact: true }).first().waitFor();
    const methods = page.getByRole("radio", { name: /Pinterest/ });
    await methods.first().waitFor();
    expect((await methods.count()) === 2, `${await methods.count()} methods are offered`);
    expect((await page.getByRole("radio", { name: /Sign-In.*Audience Export and Conversions Export/ }).count()) === 1, "the sign-in does not say what it enables");
    const token = page.getByRole("radio", { name: /Conversion Token/ });
    expect(!(await token.evaluate((input) => input.closest("label").innerText)).includes("Audience Export"), "a token promises lists");
    // Prerequisites come before any input, with the redirect URI to register.
    await page.getByText(/Business account/).first().waitFor();
    await page.getByText(scene.world.base + "/oauth/pinterest").waitFor();
    await token.check();
    await page.getByRole("heading", { name: "Where the token comes from" }).waitFor();
    await page.getByRole("link", { name: "More about authorizations" }).click();
    await page.getByRole("heading", { name: "Two methods" }).waitFor();
  },

  async a_sign_in_is_made_and_no_token_reaches_the_browser(scene) {
    const { page, context } = scene;
    const bodies = [];
    context.on("response", (answer) => bodies.push(answer.text().catch(() => "")));
    await signedIn(scene, "Acme ads team");
    await page.getByText("Healthy").first().waitFor();
    await page.getByText("Pinterest Sign-In").first().waitFor();
    const all = (await Promise.all(bodies)).join("\n");
    expect(!/pina_|pinr_|access_token|refresh_token/.test(all), "a token was sent to the browser");
  },

  async a_sign_in_that_is_denied_saves_nothing_and_can_be_tried_again(scene) {
    const before = await names(scene);
    await scene.goto("/authorizations/new");
    await signIn(scene, "deny");
    await scene.page.locator(".note.bad").waitFor();
    expect(await scene.page.getByRole("button", { name: "Save Authorization" }).isDisabled(), "a denied sign-in can be saved");
    expect((await names(scene)).join() === before.join(), "something was saved");
    await signIn(scene);
    await scene.page.getByText(/^Signed in/).waitFor();
  },

  async a_blocked_window_becomes_this_tab_and_keeps_what_was_filled_in(scene) {
    const { page, world } = scene;
    await page.addInitScript(() => (window.open = () => null));
    await scene.goto("/authorizations/new");
    await page.getByLabel("4. Label").fill("In this tab");
    await page.getByRole("button", { name: "Sign in at Pinterest" }).click();
    // A refusal leads back as well, and says what it was.
    await page.locator("#deny").click();
    await page.waitForURL(world.base + "/authorizations/new");
    await page.locator(".note.bad").waitFor();
    await page.getByRole("button", { name: "Sign in at Pinterest" }).or(page.getByRole("button", { name: "Open the window again" })).click();
    await page.locator("#approve").click();
    await page.waitForURL(world.base + "/authorizations/new");
    await page.getByText(/^Signed in/).waitFor();
    expect((await page.getByLabel("4. Label").inputValue()) === "In this tab", "the label was lost");
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByRole("heading", { name: "In this tab" }).waitFor();
  },

  async a_conversion_token_is_checked_sealed_and_never_shown(scene) {
    const { page, context, world } = scene;
    const bodies = [];
    context.on("response", (answer) => bodies.push(answer.text().catch(() => "")));
    await chooseToken(scene);
    expect((await page.getByLabel("5. Token").getAttribute("type")) === "password", "the token can be read while it is typed");
    await page.getByLabel(/4. Description/).fill("Orders of the shop");
    await fillToken(scene, "Acme conversions", `  ${world.conversionToken} `, ` ${world.adAccount} `);
    await page.getByRole("heading", { name: "Acme conversions" }).waitFor();
    await page.getByText("Orders of the shop").waitFor();
    expect((await scene.conversions()).length === 0, "the check has recorded a conversion");
    for (const path of ["/authorizations", "/audit", "/settings"]) {
      await scene.goto(path);
      expect(!(await page.content()).includes(world.conversionToken), `the token is shown on ${path}`);
    }
    expect(!(await Promise.all(bodies)).some((body) => body.includes(world.conversionToken)), "an answer holds the token");
  },

  async a_token_or_account_that_is_wrong_is_refused_with_the_reason(scene) {
    const { page, world } = scene;
    const before = await names(scene);
    for (const [token, account, says] of [
      ["pina_of_nobody", world.adAccount, /token/i],
      [world.conversionToken, "54975x885175", /digits|account/i],
      [world.conversionToken, "1234567890123456789", /digits|account/i],
    ]) {
      await chooseToken(scene);
      await fillToken(scene, "Wrong", token, account);
      await page.getByRole("alert").filter({ hasText: says }).waitFor();
      expect((await page.getByLabel("3. Label").inputValue()) === "Wrong", "the form was emptied");
    }
    expect((await names(scene)).join() === before.join(), "something was stored");
  },

  async an_empty_token_is_not_even_sent(scene) {
    const { page } = scene;
    await chooseToken(scene);
    await page.getByLabel("3. Label").fill("Empty");
    let asked = 0;
    page.on("request", (request) => (asked += request.method() === "POST" ? 1 : 0));
    await page.getByRole("button", { name: "Save Authorization" }).click();
    expect(await page.getByLabel("5. Token").evaluate((input) => input.matches(":invalid")), "an empty token counts as filled in");
    expect(asked === 0, "an empty token was sent");
  },

  async label_and_description_are_edited_and_the_credentials_stay(scene) {
    const { page } = scene;
    await scene.goto("/authorizations");
    const row = page.getByRole("listitem").filter({ hasText: "Acme conversions" });
    await row.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("dialog").getByLabel("Label").fill("Acme events");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Acme events" }).waitFor();
    await page.getByText("Orders of the shop").waitFor();
  },

  async an_authorization_is_checked_when_somebody_asks(scene) {
    const { page } = scene;
    await scene.goto("/authorizations");
    await page.getByRole("listitem").filter({ hasText: "Acme ads team" }).getByRole("button", { name: "Check now" }).click();
    await page.getByRole("status").filter({ hasText: /Acme ads team/ }).waitFor();
  },

  async one_that_a_job_uses_says_so_and_cannot_be_removed(scene) {
    const { page } = scene;
    await scene.enter("Readers", { a1: { email: "a1@example.org" } });
    await scene.audienceJob("uses-it", "Readers", false, { authorization: "acme-ads-team" });
    await scene.goto("/authorizations");
    const row = page.getByRole("listitem").filter({ hasText: "Acme ads team" });
    await row.getByRole("link", { name: "uses-it" }).waitFor();
    expect((await row.getByRole("button", { name: "Remove" }).count()) === 0, "one in use can be removed");
    const refused = await scene.api("DELETE", "/api/v1/authorizations/acme-ads-team?yes=true");
    expect(refused.status === 409 && JSON.stringify(refused.json).includes("uses-it"), `the service removes it: ${refused.status}`);
  },

  async one_that_nothing_uses_is_removed_once_its_name_is_typed(scene) {
    const { page } = scene;
    await scene.goto("/authorizations");
    const row = page.getByRole("listitem").filter({ hasText: "In this tab" });
    await row.getByRole("button", { name: "Remove" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByRole("button", { name: "Remove it" }).isDisabled(), "it can be removed without a word");
    await dialog.getByRole("textbox").fill("in-this-tab");
    await dialog.getByRole("button", { name: "Remove it" }).click();
    await row.waitFor({ state: "detached" });
  },

  async an_operator_is_told_to_ask_an_administrator(scene) {
    const { page, context } = await scene.as("operator", "otto");
    await page.goto(scene.world.base + "/authorizations");
    await heading(page, /authorization/);
    expect((await page.getByRole("link", { name: "New authorization" }).count()) === 0, "an operator is offered a new authorization");
    await page.goto(scene.world.base + "/authorizations/new");
    await page.getByText("Only administrators make authorizations").waitFor();
    await page.goto(scene.world.base + "/new-job/audience-export");
    await page.getByText(/Ask an administrator/).waitFor();
    await context.close();
  },
};

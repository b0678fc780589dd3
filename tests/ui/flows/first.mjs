// The first minutes: the claim link, the password, and the way to the first person on a list.
import { expect, heading, pick } from "../browser.mjs";

export const signedIn = false;

const claimPage = async ({ page, world }) => {
  await page.goto(world.claimLink);
  await page.getByLabel("Password").waitFor();
};

export default {
  async a_short_password_is_refused_with_the_reason({ page, world }) {
    await claimPage({ page, world });
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await page.getByRole("alert").filter({ hasText: /12/ }).waitFor();
  },

  async a_newcomer_goes_from_the_claim_link_to_the_first_delivery(scene) {
    const { page, context, world } = scene;
    const began = Date.now();
    await claimPage(scene);
    await page.getByLabel("Password").fill(world.password);
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await heading(page, /Nothing flows yet/);
    await page.getByText("Simulator: a stand-in").waitFor();
    // People: a write key, and the command that stands beside it.
    await page.getByRole("link", { name: "Make a write key" }).click();
    await page.getByRole("button", { name: "New write key" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").fill("website");
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.getByText(/^prw_/).first().innerText()).trim();
    const rows = ["ada", "grace"].flatMap((id) => [{ type: "profile", key: id, fields: { email: `${id}@example.org` } }, { type: "enter", key: id, audience: "Readers" }]);
    const answer = await fetch(world.base + "/v1/changes", { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: rows.map((row) => JSON.stringify(row) + "\n").join("") });
    expect(answer.status === 202, `the key is refused: ${answer.status}`);
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByText("Done").first().waitFor();
    // Pinterest: a sign-in.
    await page.getByRole("link", { name: "New authorization" }).click();
    const popup = context.waitForEvent("page");
    await page.getByRole("button", { name: "Sign in at Pinterest" }).click();
    await (await popup).locator("#approve").click();
    await page.getByText(/^Signed in/).waitFor();
    await page.getByLabel("4. Label").fill("Acme ads team");
    await page.getByRole("button", { name: "Save Authorization" }).click();
    await page.getByText("Acme ads team").first().waitFor();
    // The job.
    await page.getByRole("link", { name: "Home" }).click();
    await page.getByRole("link", { name: "Audience Export" }).click();
    await page.getByRole("radio", { name: /Acme ads team/ }).check();
    await page.getByLabel("4. Label").fill("Readers to Pinterest");
    await pick(page, "6. Audience", "Readers");
    await page.getByRole("button", { name: /^Next/ }).click();
    await pick(page, "Pinterest Ad Account", world.adAccount);
    await pick(page, "Email", "email");
    await page.getByRole("button", { name: /^Next/ }).click();
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
    await page.getByRole("button", { name: "Start job" }).click();
    await heading(page, "Readers to Pinterest");
    await scene.until("both are on the list", async () => {
      const [list] = await scene.lists();
      return list && (await scene.members(list.id)).length === 2;
    });
    await page.getByRole("link", { name: "Home" }).click();
    await heading(page, /at work|need/);
    const took = (Date.now() - began) / 1000;
    expect(took < 60, `it took ${took} s`);
  },

  async a_claim_link_is_good_once({ page, world }) {
    await claimPage({ page, world });
    await page.getByLabel("Password").fill("another four small boats");
    await page.getByRole("button", { name: "Set password and sign in" }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    expect(page.url().includes("/sign-in"), "the link let somebody in again");
  },

  async a_wrong_password_lets_nobody_in(scene) {
    const { page, world } = scene;
    await page.goto(world.base + "/sign-in");
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill("not the right one at all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: /\w/ }).waitFor();
    await page.goto(world.base + "/jobs");
    await page.waitForURL(/\/sign-in/);
  },

  async signing_in_leads_back_to_the_page_that_was_asked_for({ page, world }) {
    await page.goto(world.base + "/jobs/readers-to-pinterest/runs");
    await page.waitForURL(/\/sign-in\?next=/);
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill(world.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/jobs\/readers-to-pinterest\/runs/);
    await heading(page, "Readers to Pinterest");
  },

  async nothing_of_a_session_is_left_after_signing_out_and_going_back({ page, world }) {
    await page.goto(world.base + "/sign-in?next=/jobs/readers-to-pinterest");
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill(world.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await heading(page, "Readers to Pinterest");
    await page.goto(world.base + "/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Readers, not saved");
    await page.goto(world.base + "/audiences");
    await heading(page, "Audiences");
    await page.getByRole("button", { name: /Account and theme/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(/\/sign-in/);
    for (let i = 0; i < 2; i += 1) {
      await page.goBack().catch(() => undefined);
      await page.waitForURL(/\/sign-in/);
      expect(!/Readers/.test(await page.content()), "a page of the session is shown after signing out");
    }
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(!/token|ticket|prw_|Readers/.test(kept), `something of the session is kept: ${kept}`);
  },
};

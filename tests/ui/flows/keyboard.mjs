// Everything by keys alone: Tab, arrows, Space and Enter, as people do who cannot or do not want to point.
import { expect, heading } from "../browser.mjs";

// Presses Tab until that is focused; the way there must exist.
async function tabTo(page, target, most = 90) {
  for (let i = 0; i < most; i += 1) {
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press("Tab");
  }
  expect(false, `Tab never came to ${target}`);
}

async function press(page, target) {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

async function write(page, target, text) {
  await tabTo(page, target);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(text);
}

// The option of a group of radio buttons: Tab comes to the group, arrows go through it.
async function radio(page, target) {
  const name = await target.getAttribute("name");
  for (let i = 0; i < 60; i += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.getAttribute("name") === wanted && document.activeElement.getAttribute("type") === "radio", name)) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Space");
  for (let i = 0; i < 10 && !(await target.isChecked()); i += 1) await page.keyboard.press("ArrowDown");
  expect(await target.isChecked(), "the arrows do not come to it");
}

async function choose(page, label, text) {
  const box = page.getByRole("combobox", { name: label, exact: true });
  await write(page, box, text);
  await page.getByRole("option").filter({ hasText: text }).first().waitFor();
  await page.keyboard.press("Enter");
}

async function select(page, label, letters) {
  await tabTo(page, page.getByLabel(label));
  await page.keyboard.type(letters);
}

const open = async (scene, path) => {
  await scene.goto(path);
  await scene.page.locator("body").focus();
};
const next = (page) => press(page, page.getByRole("button", { name: /^Next/ }));

export default {
  async a_sign_in_is_authorized_by_keys(scene) {
    const { page, context } = scene;
    await open(scene, "/authorizations/new");
    const popup = context.waitForEvent("page");
    await press(page, page.getByRole("button", { name: "Sign in at Pinterest" }));
    const pinterest = await popup;
    await tabTo(pinterest, pinterest.locator("#approve"));
    // Enter acts when it goes down, so that the window may be closed before it comes up again.
    await Promise.all([pinterest.waitForEvent("close"), pinterest.keyboard.press("Enter").catch(() => undefined)]);
    await page.getByText(/^Signed in/).waitFor();
    await write(page, page.getByLabel("4. Label"), "By keys");
    await press(page, page.getByRole("button", { name: "Save Authorization" }));
    await page.getByRole("heading", { name: "By keys" }).waitFor();
  },

  async a_conversion_token_is_authorized_by_keys(scene) {
    const { page, world } = scene;
    await open(scene, "/authorizations/new");
    await radio(page, page.getByRole("radio", { name: /Pinterest Conversion Token/ }));
    await write(page, page.getByLabel("3. Label"), "Token by keys");
    await write(page, page.getByLabel("5. Token"), world.conversionToken);
    await write(page, page.getByLabel("6. Account ID"), world.adAccount);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Token by keys" }).waitFor();
  },

  async an_audience_export_is_made_and_started_by_keys(scene) {
    const { page, world } = scene;
    await open(scene, "/new-job/audience-export");
    await radio(page, page.getByRole("radio", { name: /acme/ }));
    await write(page, page.getByLabel("4. Label"), "List by keys");
    await choose(page, "6. Audience", "Readers");
    await next(page);
    await heading(page, "List and identifiers");
    await choose(page, "Pinterest Ad Account", world.adAccount);
    await choose(page, "Email", "email");
    await next(page);
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
    await press(page, page.getByRole("button", { name: "Start job" }));
    await heading(page, "List by keys");
  },

  async a_conversions_export_is_made_and_started_by_keys(scene) {
    const { page } = scene;
    await open(scene, "/new-job/conversions-export");
    await radio(page, page.getByRole("radio", { name: /shop/ }));
    await write(page, page.getByLabel("4. Label"), "Events by keys");
    await choose(page, "6. Audience", "Buyers");
    await next(page);
    await choose(page, "Our field for E-mail address", "email");
    await choose(page, "Our field for Event ID", "order_id");
    await press(page, page.getByRole("button", { name: "ordered_at → Event time" }));
    await select(page, /9. Action Source Default/, "web");
    await select(page, /10. Event Name Default/, "checkout");
    await next(page);
    await page.getByRole("heading", { name: "If it started now" }).waitFor();
    await press(page, page.getByRole("button", { name: "Send test" }));
    await page.getByText("Pinterest answered 200").waitFor();
    await press(page, page.getByRole("button", { name: "Start job" }));
    await heading(page, "Events by keys");
  },

  async rows_of_a_mapping_are_added_moved_and_removed_by_keys(scene) {
    const { page } = scene;
    await open(scene, "/new-job/conversions-export?screen=2");
    const section = page.getByRole("region", { name: "11. Details Mapping" });
    await press(page, section.getByRole("button", { name: "total → Value" }));
    await press(page, section.getByRole("button", { name: "currency → Currency" }));
    const order = () => section.getByRole("combobox", { name: /^Our field/ }).evaluateAll((inputs) => inputs.map((each) => each.value).join());
    await page.keyboard.press("Shift+Tab");
    await page.locator("body").press("Home");
    await section.getByRole("button", { name: /^Move currency/ }).focus();
    await page.keyboard.press("ArrowUp");
    expect((await order()) === "currency,total", await order());
    // The focus goes with the row, so that it can be moved on.
    await page.keyboard.press("ArrowDown");
    expect((await order()) === "total,currency", await order());
    await press(page, section.getByRole("button", { name: "Remove currency" }));
    expect((await order()) === "total", await order());
  },

  async the_first_tab_leads_past_the_navigation(scene) {
    const { page } = scene;
    await scene.goto("/jobs");
    await page.keyboard.press("Tab");
    expect((await page.evaluate(() => document.activeElement?.textContent)).includes("Skip to the content"), "the first stop is another");
    await page.keyboard.press("Enter");
    expect((await page.evaluate(() => document.activeElement?.id)) === "main", "the content is not focused");
  },

  async shortcuts_lead_to_pages_and_are_off_inside_fields(scene) {
    const { page, world } = scene;
    await scene.goto("/");
    for (const [keys, path] of [["gj", "/jobs"], ["ga", "/authorizations"], ["gp", "/profiles"], ["gs", "/sources"], ["gh", "/"], ["?", "/help/keys"], ["n", "/new-job"]]) {
      await page.keyboard.type(keys);
      await page.waitForURL(world.base + path);
    }
    await page.keyboard.press("/");
    await page.keyboard.type("gj?n");
    expect((await page.getByLabel(/Find a person/).inputValue()) === "gj?n", "keys are taken out of the field");
    expect(page.url() === world.base + "/new-job", "a key inside a field led away");
  },

  async a_dialog_takes_the_focus_keeps_it_and_gives_it_back(scene) {
    const { page } = scene;
    await scene.goto("/sources");
    const opener = page.getByRole("button", { name: "New write key" });
    await press(page, opener);
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    for (let i = 0; i < 12; i += 1) {
      await page.keyboard.press("Tab");
      const outside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement?.closest("dialog"));
      expect(!outside, "Tab leaves the dialog");
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await opener.evaluate((element) => element === document.activeElement), "the focus is not given back");
  },

  async a_list_of_choices_is_searched_walked_and_left_by_keys(scene) {
    const { page } = scene;
    await open(scene, "/new-job/audience-export");
    const box = page.getByRole("combobox", { name: "6. Audience" });
    await tabTo(page, box);
    await page.keyboard.press("ArrowDown");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    const active = await box.getAttribute("aria-activedescendant");
    expect(active && (await page.locator(`[id="${active}"]`).getAttribute("aria-selected")) === "true", "the chosen option is not announced");
    await page.keyboard.press("Escape");
    expect((await box.getAttribute("aria-expanded")) === "false", "Escape leaves it open");
  },

  async everything_that_can_be_focused_shows_that_it_is(scene) {
    const { page } = scene;
    for (const path of ["/", "/jobs/readers", "/new-job/conversions-export?screen=2"]) {
      await open(scene, path);
      for (let i = 0; i < 40; i += 1) {
        await page.keyboard.press("Tab");
        const bare = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return "";
          const style = getComputedStyle(element);
          return style.outlineStyle === "none" && !style.boxShadow ? element.outerHTML.slice(0, 120) : "";
        });
        expect(!bare, `no focus is to be seen on ${path}: ${bare}`);
      }
    }
  },
};

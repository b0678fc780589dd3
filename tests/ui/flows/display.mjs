// How pages look and are read: narrow, zoomed, without motion, with forced colours, with fifty jobs.
import { axe, expect, heading } from "../browser.mjs";
import { routes } from "../routes.mjs";
import { fillTheWorld, tooWide } from "../states.mjs";

export default {
  async nothing_scrolls_sideways_at_320_pixels(scene) {
    const { page } = scene;
    await fillTheWorld(scene);
    await page.setViewportSize({ width: 320, height: 800 });
    const found = [];
    for (const path of routes) {
      await scene.goto(path);
      const over = await tooWide(page);
      if (over) found.push(`${path}: ${over}`);
    }
    expect(found.length === 0, found.join("\n"));
  },

  async at_200_percent_zoom_a_job_is_made_and_looked_at(scene) {
    // A browser at 200 % has half the pixels to lay out, each twice as large.
    const state = await scene.context.storageState();
    const { page, context } = await scene.elsewhere({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2, storageState: state });
    for (const path of ["/", "/jobs", "/jobs/readers", "/new-job/conversions-export?screen=2", "/profiles/u1", "/authorizations"]) {
      await page.goto(scene.world.base + path);
      await scene.settled(page);
      expect(!(await tooWide(page)), `${path}: ${await tooWide(page)}`);
    }
    await page.goto(scene.world.base + "/new-job/audience-export");
    await page.getByLabel("4. Label").fill("Zoomed");
    await page.getByRole("button", { name: /^Next/ }).click();
    await heading(page, "List and identifiers");
    await context.close();
  },

  async the_navigation_is_a_menu_on_a_phone(scene) {
    const { page } = scene;
    await page.setViewportSize({ width: 360, height: 740 });
    await scene.goto("/");
    expect(!(await page.getByRole("link", { name: "Sources" }).isVisible()), "the navigation covers the page");
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Sources" }).click();
    await heading(page, "Sources");
    expect(!(await page.getByRole("link", { name: "Audit" }).isVisible()), "the menu stays open over the page");
  },

  async nothing_moves_when_motion_is_not_wanted(scene) {
    const { page } = scene;
    await scene.goto("/");
    const moving = () => page.evaluate(() => document.getAnimations().filter((each) => each.playState === "running").length);
    expect((await moving()) > 0, "nothing moves at all, so that this would show nothing");
    await page.emulateMedia({ reducedMotion: "reduce" });
    for (const path of ["/", "/jobs/readers", "/new-job"]) {
      await scene.goto(path);
      expect((await moving()) === 0, `something moves on ${path}`);
    }
  },

  async with_forced_colours_states_keep_borders_icons_and_words(scene) {
    const { page } = scene;
    await page.emulateMedia({ forcedColors: "active" });
    await scene.goto("/jobs");
    const badge = page.locator(".badge").filter({ hasText: /Up to date|Waiting|Draft/ }).first();
    expect((await badge.evaluate((element) => getComputedStyle(element).borderTopStyle)) === "solid", "a badge has no border");
    expect((await badge.locator("svg").count()) === 1, "a badge has no icon");
    for (const path of ["/", "/jobs/readers", "/new-job/audience-export"]) {
      await scene.goto(path);
      const found = await axe(page);
      expect(found.length === 0, `${path}: ${found.join("\n")}`);
    }
  },

  async the_theme_is_chosen_and_kept(scene) {
    const { page } = scene;
    await scene.goto("/");
    await page.getByRole("button", { name: /Account and theme/ }).click();
    await page.getByRole("radio", { name: "Dark" }).check();
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.reload();
    await scene.settled();
    expect((await ground()) === dark && dark !== "rgb(246, 247, 248)", `${dark} became ${await ground()}`);
  },

  async fifty_jobs_are_shown_at_once_and_the_needy_first(scene) {
    const { page } = scene;
    for (let i = 0; i < 50; i += 1) await scene.audienceJob(`many-${i}`, `Audience ${i % 7}`);
    await scene.goto("/");
    await page.getByRole("link", { name: /\d+ more jobs/ }).waitFor();
    const began = await page.evaluate(() => performance.now());
    await page.getByRole("link", { name: /\d+ more jobs/ }).click();
    await page.getByRole("rowheader").nth(49).waitFor();
    const took = (await page.evaluate(() => performance.now())) - began;
    expect(took < 5000, `${took} ms until the jobs were there`);
    await page.getByLabel("Filter jobs").fill("many-49");
    await page.getByRole("rowheader").nth(1).waitFor({ state: "detached" });
  },

  async titles_headings_and_landmarks_tell_where_one_is(scene) {
    const { page } = scene;
    const titles = new Set();
    for (const path of ["/", "/jobs", "/jobs/readers", "/audiences", "/sources", "/alerts", "/help"]) {
      await scene.goto(path);
      titles.add(await page.title());
      expect((await page.getByRole("heading", { level: 1 }).count()) === 1 && (await page.getByRole("main").count()) === 1, `${path} has not one heading in one main`);
    }
    expect(titles.size === 7, [...titles].join());
  },
};

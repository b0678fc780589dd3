// Charts: what all jobs and single ones did over time, for eyes, pointer, keyboard and screen readers.
import { expect } from "../browser.mjs";

const chart = (page, title) => page.getByRole("img", { name: new RegExp(`^${title},`) });

async function totals(scene, path, amount, slots) {
  const { json } = await scene.api("GET", path);
  return json.amounts[amount].values.slice(-slots).reduce((sum, each) => sum + (each ?? 0), 0);
}

export default {
  async home_shows_what_all_jobs_did_by_the_hour(scene) {
    const { page } = scene;
    await scene.goto("/");
    const added = await totals(scene, "/api/v1/history?step=hour", "added", 24);
    expect(added > 0, "the past is empty");
    const name = await chart(page, "People per hour").getAttribute("aria-label");
    expect(name.includes(added.toLocaleString("en")), `${name} does not say ${added}`);
    await chart(page, "Waiting").waitFor();
    if (scene.world.pictures) await page.screenshot({ path: `${scene.world.pictures}/home-history.png`, fullPage: true });
  },

  async a_job_is_looked_back_at_by_minute_hour_and_day(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers");
    for (const [span, by, slots] of [
      ["Last hour", "minute", 60],
      ["Last 24 hours", "hour", 24],
      ["Last 14 days", "hour", 336],
      ["Last year", "day", 365],
    ]) {
      await page.getByRole("button", { name: span }).click();
      const added = await totals(scene, `/api/v1/jobs/readers/history?step=${by}`, "added", slots);
      await page.getByRole("img", { name: new RegExp(`^People added and removed, ${span.toLowerCase()}: ${added.toLocaleString("en")} added`) }).waitFor();
    }
    if (scene.world.pictures) await page.screenshot({ path: `${scene.world.pictures}/job-history.png`, fullPage: true });
  },

  async single_values_are_reached_by_keyboard_and_pointer(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers");
    const group = page.getByRole("group", { name: /^People added and removed/ });
    await group.focus();
    const { json } = await scene.api("GET", "/api/v1/jobs/readers/history?step=hour");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const value = json.amounts.added.values.at(-2);
    await page.getByText(`: ${value.toLocaleString("en")} added, `).waitFor();
    await chart(page, "People added and removed").hover();
    await page.getByText(/: [\d,]+ added, [\d,]+ removed/).waitFor();
  },

  async a_time_without_a_service_is_said_to_be_one(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers");
    const { json } = await scene.api("GET", "/api/v1/jobs/readers/history?step=hour");
    const values = json.amounts.added.values.slice(-24);
    const gap = values.lastIndexOf(null);
    expect(gap > 0 && gap < 23, `no gap in ${values}`);
    await page.getByRole("group", { name: /^People added and removed/ }).focus();
    for (let i = 0; i < 24 - gap; ++i) await page.keyboard.press("ArrowLeft");
    await page.getByText(/: nobody counted/).waitFor();
  },

  async the_same_stands_as_a_table(scene) {
    const { page } = scene;
    await scene.goto("/jobs/readers");
    await page.getByText("As a table").first().click();
    const table = page.getByRole("region", { name: "People added and removed as a table" }).getByRole("table");
    await table.getByRole("columnheader", { name: "Added" }).waitFor();
    expect((await table.getByRole("row").count()) > 10, "the table is short");
  },
};

// How long people wait for the interface, in a service with many jobs and records: the first view with nothing cached,
// and the time from a key or a click to what it leads to. bench.py makes the world and says what is too long.
import { expect, launch, open, signedInState } from "./browser.mjs";

const RUNS = 7;
const world = JSON.parse(process.env.PINRELAY_WORLD);
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const browser = await launch();

const storageState = await signedInState(browser, world);

// Put into every page: the milliseconds from `begin` (of the page's clock) until the frame that shows it was drawn.
function shown({ selector, text, begin }) {
  return new Promise((resolve) => {
    const look = () => {
      const found = [...document.querySelectorAll(selector)].some((each) => each.textContent.includes(text));
      requestAnimationFrame(found ? () => resolve(performance.now() - begin) : look);
    };
    look();
  });
}

// In a context of its own, which has cached nothing.
async function fresh(work) {
  const { context, page, wrong } = await open(browser, world, storageState);
  await context.addInitScript(`window.shown = ${shown}`);
  const took = await work(page);
  expect(wrong.length === 0, wrong.join("\n"));
  await context.close();
  return took;
}

// From the navigation to the frame in which `selector` shows `text`.
const firstView = (path, selector, text) =>
  fresh(async (page) => {
    await page.goto(world.base + path, { waitUntil: "commit" });
    return page.evaluate((what) => window.shown(what), { selector, text, begin: 0 });
  });

// A click on what `target` selects, or `typed` in it, until `selector` shows `text`.
const interaction = (page, { target, typed, selector, text }) =>
  page.evaluate(
    ({ target, typed, selector, text }) => {
      const begin = performance.now();
      const element = document.querySelector(target);
      if (typed === undefined) element.click();
      else {
        element.value = typed;
        element.dispatchEvent(new Event("input", { bubbles: true }));
      }
      return window.shown({ selector, text, begin });
    },
    { target, typed, selector, text },
  );

async function row(name, limit, measure) {
  const took = [];
  for (let i = 0; i < RUNS; ++i) took.push(await measure());
  console.log(`row ${JSON.stringify({ name, limit, median: Math.round(median(took)), most: Math.round(Math.max(...took)) })}`);
}

const jobs = async (page) => {
  await page.goto(`${world.base}/jobs`);
  await page.getByRole("button", { name: `Show all ${world.jobs}` }).waitFor();
};
const found = "nav[aria-label='Filter by state'] button";
const one = { target: "#jf", typed: "job-77", selector: found, text: "All 1" };
const all = { target: "#jf", typed: "", selector: found, text: `All ${world.jobs}` };

await row("first view: home", 1000, () => firstView("/", "h1", "job"));
await row(`first view: ${world.jobs} jobs`, 1000, () => firstView("/jobs", found, `All ${world.jobs}`));
await row(`first view: a job with ${world.records} records`, 1000, () => firstView("/jobs/readers/records", "tbody tr", "invalid_email"));
await row(`a word in the filter of ${world.jobs} jobs`, 100, () =>
  fresh(async (page) => {
    await jobs(page);
    return interaction(page, one);
  }));
await row(`the filter of ${world.jobs} jobs cleared`, 100, () =>
  fresh(async (page) => {
    await jobs(page);
    await interaction(page, one);
    return interaction(page, all);
  }));
await row(`the next page of ${world.records} records`, 100, () =>
  fresh(async (page) => {
    await page.goto(`${world.base}/jobs/readers/records`);
    const more = page.getByRole("button", { name: "Show more" });
    await more.waitFor();
    await more.evaluate((button) => button.setAttribute("data-more", ""));
    const rows = await page.locator("tbody tr").count();
    return interaction(page, { target: "[data-more]", selector: `tbody tr:nth-child(${rows + 1})`, text: "" });
  }));
await browser.close();

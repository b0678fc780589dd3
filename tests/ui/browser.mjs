// A page of the interface in a real Chromium: what every flow needs, and what no flow may do without noticing
// (errors of a page, refusals of the content security policy, requests to another origin).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

export class Wrong extends Error {}

export function expect(condition, what) {
  if (!condition) throw new Wrong(what);
}

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });

// A context of its own, with a page; `wrong` collects what no flow may do.
export async function open(browser, { base, pinterest = [] }, storageState, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", storageState, ...options });
  const wrong = [];
  const watch = (page) => {
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => wrong.push(`error in the page: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      // An answer of 4xx is logged by the browser itself; what the page makes of it is the flow's matter.
      if (message.type() === "error" && !text.startsWith("Failed to load resource")) wrong.push(`console: ${text}`);
    });
    page.on("request", (request) => {
      const url = request.url();
      const own = url.startsWith(base) || /^(data|blob|about):/.test(url);
      if (!own && !pinterest.some((each) => url.startsWith(each))) wrong.push(`another origin is asked: ${url}`);
    });
  };
  context.on("page", watch);
  const page = await context.newPage();
  return { context, page, wrong };
}

// Chooses in a searchable picker, by keyboard as people do who know what they want.
export async function pick(page, label, text) {
  const box = page.getByRole("combobox", { name: label, exact: true });
  await box.click();
  await box.fill(text);
  await page.getByRole("option").filter({ hasText: text }).first().waitFor();
  await box.press("Enter");
}

export async function heading(page, text) {
  await page.getByRole("heading", { level: 1, name: text }).waitFor();
}

// Every violation of the page as it stands, in one line each.
export async function axe(page) {
  // By the debugger, which the content security policy of the page does not concern.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
  return violations.map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

// From the claim link to the home page.
export async function claim(page, { base, claimLink, password }) {
  await page.goto(claimLink);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.waitForURL(base + "/");
  await page.getByRole("heading", { level: 1 }).waitFor();
}

// What a browser keeps once the administrator has claimed the service and is signed in.
export async function signedInState(browser, world) {
  const { context, page } = await open(browser, world);
  await claim(page, world);
  const state = await context.storageState();
  await context.close();
  return state;
}

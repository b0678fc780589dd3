// Pages as they stand, for assistive technology and for the eye.
import { axe, expect } from "./browser.mjs";

// Beside the job readers: a job of conversions that runs, a draft of each type, and somebody of every kind.
export async function fillTheWorld(scene) {
  await scene.enter("Buyers", { shopper: { email: "shopper@example.org", order_id: "O-1", ordered_at: new Date().toISOString(), total: "19.90", currency: "EUR", phone: "+4930123456" } });
  await scene.conversionsJob("orders", "Buyers", true, { label: "Orders as checkouts", details: [{ total: "value" }, { currency: "currency" }] });
  await scene.enter("Buyers", { second: { email: "second@example.org", order_id: "O-2", ordered_at: new Date().toISOString(), total: "5.00", currency: "EUR" } });
  await scene.audienceJob("a-draft", "Readers", false, { label: "Black Friday VIP" });
  await scene.conversionsJob("some-events", "Buyers", false, { label: "Sign-ups" });
}

export async function tooWide(page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return over > 0 ? `${over} pixels too wide` : "";
}

// Every page in both themes, wide and narrow: no violation, nothing to scroll sideways. Tells how many it looked at.
export async function axeStates(scene, paths, ready = (path) => scene.goto(path)) {
  const { page } = scene;
  const found = [];
  for (const [colorScheme, width] of [["light", 1280], ["dark", 360]]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    for (const path of paths) {
      await ready(path);
      for (const violation of await axe(page)) found.push(`${path} ${colorScheme}: ${violation}`);
      const over = await tooWide(page);
      if (over) found.push(`${path} at ${width}: ${over}`);
    }
  }
  console.log(`states ${2 * paths.length}`);
  expect(found.length === 0, found.join("\n"));
}

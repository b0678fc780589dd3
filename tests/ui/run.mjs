// Runs the flows of one area, in their order, against one service: `node run.mjs AREA [NAME...]`. ui.py makes the world
// and reads a line for each flow. Each flow has a browser context of its own, signed in as the administrator, unless its
// area says otherwise.
import { createInterface } from "node:readline";

import { expect, launch, open, signedInState, Wrong } from "./browser.mjs";
import { Scene } from "./scene.mjs";

const world = JSON.parse(process.env.PINRELAY_WORLD ?? "{}");
const [area, ...wanted] = process.argv.slice(2);
const { default: flows, signedIn = true } = await import(`./flows/${area}.mjs`);
const names = Object.keys(flows).filter((name) => wanted.length === 0 || wanted.includes(name));

// What only the script outside can do, such as stopping the service: asked by a line, answered by a line.
const answers = createInterface({ input: process.stdin });
const outside = (order) =>
  new Promise((resolve) => {
    answers.once("line", resolve);
    console.log(`@${order}`);
  });

async function run(browser, name, storageState) {
  const { context, page, wrong } = await open(browser, world, storageState);
  try {
    await flows[name](new Scene({ browser, context, page, world, outside, wrong }));
    expect(wrong.length === 0, wrong.join("\n"));
    return "";
  } catch (error) {
    if (world.pictures) await page.screenshot({ path: `${world.pictures}/${area}-${name}.png`, fullPage: true }).catch(() => undefined);
    return `${error instanceof Wrong ? error.message : error.stack}\nat ${page.url()}`;
  } finally {
    await context.close();
  }
}

const browser = await launch();
const storageState = signedIn ? await signedInState(browser, world) : undefined;
for (const name of names) {
  const started = performance.now();
  const problem = await run(browser, name, storageState);
  const took = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problem ? "FAILED" : "ok"} ${name} ${took}`);
  if (problem) console.log(problem.replace(/^/gm, "  "));
}
await browser.close();
answers.close();

// Every page as a picture, to be looked at: light and dark, wide and on a phone.
import { routes } from "../routes.mjs";
import { fillTheWorld } from "../states.mjs";

export default {
  async every_page(scene) {
    const { page, world } = scene;
    await fillTheWorld(scene);
    for (const colorScheme of ["light", "dark"])
      for (const width of [1440, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        for (const path of routes) {
          await scene.goto(path);
          const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "home";
          await page.screenshot({ path: `${world.pictures}/${name}-${colorScheme}-${width}.png`, fullPage: true });
        }
      }
  },
};

// Pages before anything is there, and pages that the service cannot fill.
import { expect } from "../browser.mjs";
import { emptyRoutes, failingRoutes } from "../routes.mjs";
import { problem } from "../scene.mjs";
import { axeStates } from "../states.mjs";

export default {
  async axe_finds_nothing_while_there_is_nothing(scene) {
    await axeStates(scene, emptyRoutes);
  },

  async axe_finds_nothing_when_the_service_fails(scene) {
    const { page, world } = scene;
    const fail = problem(500, "internal", "the service has failed", "look at its log");
    await page.route(/\/api\/v1\/(?!session)/, fail);
    await axeStates(scene, failingRoutes, async (path) => {
      await page.goto(world.base + path);
      await page.getByRole("heading", { level: 1 }).or(page.getByRole("alert")).first().waitFor();
    });
  },

  async every_empty_page_says_what_to_do_next(scene) {
    const { page } = scene;
    for (const [path, says, way] of [
      ["/", /Nothing flows yet/, "link"], ["/jobs", /No job yet/, "link"], ["/audiences", /No audience yet/, "link"], ["/sources", /No import yet|No file/, "button"],
      ["/authorizations", /Jobs need one to act/, "link"], ["/alerts", /None is set/, "button"], ["/access", /No token yet/, "button"],
    ]) {
      await scene.goto(path);
      await page.getByText(says).first().waitFor();
      expect((await page.getByRole("main").getByRole(way).count()) > 0, `${path} leads nowhere`);
    }
  },
};

// Every page with something on it, for assistive technology.
import { routes } from "../routes.mjs";
import { axeStates, fillTheWorld } from "../states.mjs";

export default {
  async axe_finds_nothing_on_any_page_in_light_and_dark(scene) {
    await fillTheWorld(scene);
    await axeStates(scene, routes);
  },
};

import { layersPeer } from "../tfjs.mjs";

/** Plain JavaScript: slower than the others by ten to a hundred times, so it runs on request. */
export default { ...layersPeer("tfjs-cpu", "cpu"), on_request: true };

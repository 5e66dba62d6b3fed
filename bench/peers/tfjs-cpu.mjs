import { layersPeer } from "../tfjs.mjs";

export default layersPeer("tfjs-cpu", "cpu");

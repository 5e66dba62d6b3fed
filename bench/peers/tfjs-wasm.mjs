import { layersPeer } from "../tfjs.mjs";

export default layersPeer("tfjs-wasm", "wasm");

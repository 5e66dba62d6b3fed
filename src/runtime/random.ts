/** Keras's random numbers, bit for bit where that is possible: initial weights, Dropout masks, order of samples. */
export {
  normal,
  type SeedPair,
  seedWord,
  truncatedNormal,
  uniform,
  uniformBetween,
} from "../ir/random/draws.ts";
export { type PythonRandom, pythonRandom } from "../ir/random/python-random.ts";
export { shuffledOrder } from "../ir/random/shuffle.ts";

import { meanOf } from "./common.ts";
import sparseCategoricalCrossentropy from "../losses/sparse-categorical-crossentropy.ts";

export default meanOf(sparseCategoricalCrossentropy);

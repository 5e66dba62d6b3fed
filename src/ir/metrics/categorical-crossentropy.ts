import { meanOf } from "./common.ts";
import categoricalCrossentropy from "../losses/categorical-crossentropy.ts";

export default meanOf(categoricalCrossentropy);

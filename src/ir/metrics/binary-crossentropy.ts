import { meanOf } from "./common.ts";
import binaryCrossentropy from "../losses/binary-crossentropy.ts";

export default meanOf(binaryCrossentropy);

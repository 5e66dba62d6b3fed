import { meanOf } from "./common.ts";
import meanSquaredError from "../losses/mean-squared-error.ts";

export default meanOf(meanSquaredError);

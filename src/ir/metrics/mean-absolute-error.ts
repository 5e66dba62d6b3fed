import { meanOf } from "./common.ts";
import meanAbsoluteError from "../losses/mean-absolute-error.ts";

export default meanOf(meanAbsoluteError);

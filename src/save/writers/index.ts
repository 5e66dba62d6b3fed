import { h5 } from "./h5.ts";
import { json } from "./json.ts";
import { keras } from "./keras.ts";
import { py } from "./py.ts";
import { tfjs } from "./tfjs.ts";
import { weightsH5 } from "./weights-h5.ts";

/** Every format that models are written in. */
export const writers = [keras, h5, weightsH5, json, py, tfjs] as const;

import { apiFor } from "./api.ts";
import type { FloatTensor, Nest, Tensor } from "./ir/tensor.ts";
import { browserHost } from "./load/browser-host.ts";
import type { Model as RunningModel } from "./model.ts";

export * from "./exports.ts";
/** A model that runs, trains, and saves itself. */
export type Model<Y extends Nest<Tensor> = FloatTensor> = RunningModel<Y>;
export const { loadModel, Sequential, Model } = apiFor(browserHost);

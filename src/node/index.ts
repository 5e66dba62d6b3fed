import { apiFor } from "../api.ts";
import type { FloatTensor, Nest, Tensor } from "../ir/tensor.ts";
import type { Model as RunningModel } from "../model.ts";
import { nodeHost } from "./platform.ts";

export * from "../exports.ts";
export { downloadFashionMnist, type FashionMnist, findFashionMnist } from "./datasets.ts";
/** A model that runs, trains, and saves itself. */
export type Model<Y extends Nest<Tensor> = FloatTensor> = RunningModel<Y>;
export const { loadModel, Sequential, Model } = apiFor(nodeHost());

/** What both entries of the package export. */
export { type Code, type Diagnostic, ModelError, ModelLimitError, type Where } from "./diagnostics.ts";
export {
  Input,
  layers,
  ops,
  type CallOptions,
  type LayerBuilder,
  type ModelOptions,
  type Stackable,
  type SymbolicTensor,
  type Tensors,
} from "./builders.ts";
export type { BuiltModel, Predicted } from "./api.ts";
export type { CompileToOptions } from "./compile-to.ts";
export type { JoinOptions } from "./formats/join-weights.ts";
export { readIdx, readNpy, readNpz, writeNpy, writeNpz } from "./array-files.ts";
export { DEFAULT_LIMITS, type Limits } from "./diagnostics/limits.ts";
export type { SummaryOptions } from "./ir/summary.ts";
export type { DType, FloatTensor, Nest, Shape, Tensor } from "./ir/tensor.ts";
export type { LoadOptions } from "./load/options.ts";
export type { Source } from "./load/source.ts";
export { callbacks } from "./runtime/callbacks/index.ts";
export type { Callback, Logs } from "./runtime/callbacks/callback.ts";
export type { History } from "./runtime/callbacks/history.ts";
export type { ArrayLike, Data, Nested } from "./runtime/data.ts";
export type { EvaluateOptions } from "./runtime/evaluate.ts";
export type { FitOptions } from "./runtime/fit.ts";
export type { BatchOptions, CompileOptions } from "./runtime/model-options.ts";
export type { ModelLayer } from "./runtime/model.ts";
export type { ModelOptimizer, ModelWeight } from "./runtime/optimizer.ts";
export type { PredictOptions } from "./runtime/predict.ts";
export {
  activations,
  initializers,
  losses,
  metrics,
  optimizers,
  type StandaloneLoss,
  type StandaloneMetric,
} from "./runtime/standalone.ts";
export type { BytesOptions, SaveFormat, SaveOptions } from "./save.ts";

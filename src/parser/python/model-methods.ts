import { type Args, bindKnown } from "./arguments.ts";
import { layersOf } from "./attributes.ts";
import { position } from "./containers.ts";
import { shapeArgument } from "./layers.ts";
import { enableLora, takesLora } from "./lora.ts";
import { addLayer, buildModel, ends, popLayer, touch } from "./models.ts";
import { seeBatch } from "./seen-data.ts";
import { didYouMean } from "../../diagnostics.ts";
import { compile, run, summary } from "./settings.ts";
import { recallWeights, remember } from "./saved.ts";
import { takeStep } from "./steps.ts";
import { type LayerValue, repr, type Value } from "./values.ts";
import { buildLayer } from "./draws.ts";
import { countsAsKeras2, fail, leaveUnread, note, opaque, statementText, type World } from "./world.ts";

type Method = (w: World, self: LayerValue, args: Args) => Value;

const methods: Readonly<Record<string, Method>> = {
  add: (w, self, args) => {
    const given = bindKnown(w, "add", ["layer", "rebuild"], args).get("layer");
    if (given === undefined) return fail(w, args.offset, "python-arguments", "add() needs a layer.");
    if (self.model?.class_name !== "Sequential")
      return fail(w, args.offset, "python-call", "Only a Sequential has add().");
    addLayer(w, self, given.value, given.offset);
    return null;
  },
  pop: (w, self, args) => popLayer(w, self, args.offset),
  build,
  compile: (w, self, args) => (compile(w, self, args), null),
  summary: (w, self, args) => (summary(w, self, args), null),
  fit: (w, self, args) => run(w, self, "fit", args),
  evaluate: (w, self, args) => run(w, self, "evaluate", args),
  predict: (w, self, args) => run(w, self, "predict", args),
  get_layer: getLayer,
  save: remember,
  save_weights: remember,
  to_json: remember,
  to_yaml: remember,
  get_config: remember,
  load_weights: (w, _self, args) => recallWeights(w, args),
  fit_generator: (w, self, args) => run(w, self, "fit", args),
};

/** Methods that would change what the model computes: to pass over them would be wrong. */
const changing: Readonly<Record<string, string>> = {
  quantize: "It is not supported.",
  adapt: "It is not supported.",
};
/** Methods that only change weights: the model can be described without them. */
const training: Readonly<Record<string, string>> = {
  train_on_batch: "Use fit, or give a file with --load-weights.",
};
/** Methods that change nothing of the model. */
const harmless = [
  "get_weights",
  "count_params",
  "export",
  "weights",
  "trainable_weights",
  "non_trainable_weights",
  "trainable_variables",
  "variables",
  "losses",
  "metrics",
  "metrics_names",
  "input_shape",
  "output_shape",
  "dtype",
  "built",
  "optimizer",
  "loss",
  "history",
  "kernel",
  "bias",
  "predict_classes",
  "predict_proba",
  "test_on_batch",
  "predict_on_batch",
  "call",
  "count",
  "reset_states",
  "activation",
];

/** `model.build(shape)`, `layer.build(shape)`; some layers take a shape for each input. */
function build(w: World, self: LayerValue, args: Args): Value {
  if (!self.model) {
    if (countsAsKeras2(w)) bindKnown(w, "build", ["input_shape"], args);
    buildLayer(w, self);
    return null;
  }
  const given = bindKnown(w, "build", ["input_shape"], args).get("input_shape");
  if (given && given.value !== null) buildModel(w, self, shapeArgument(w, given));
  else if (countsAsKeras2(w) && !ends(self))
    fail(w, args.offset, "python-arguments", "build needs the shape of the input.");
  return null;
}

/** `layer.name(…)` or `model.name(…)`. */
export function modelMethod(w: World, self: LayerValue, name: string, args: Args): Value {
  if (Object.hasOwn(methods, name) && (self.model || name === "build")) return methods[name](w, self, args);
  if (name === "get_config" || (name === "set_weights" && w.weights)) return remember(w, self, args);
  if (name === "set_weights") {
    const hint = "Set weights through the library, or give a file with --load-weights.";
    leaveUnread(w, args.offset, "The weights that are set here are not read.", hint);
    return null;
  }
  if (name === "enable_lora" && takesLora(w, self)) return enableLora(w, self, args);
  if (Object.hasOwn(changing, name))
    fail(w, args.offset, "python-unsupported", `${name} is not read in a snippet.`, { hint: changing[name] });
  if (Object.hasOwn(training, name)) {
    leaveUnread(w, args.offset, `What ${name} makes of the weights is not read.`, training[name]);
    if (self.model) {
      touch(w, self);
      seeBatch(w, self, (args.positional[0] ?? args.keyword.get("x"))?.value);
      takeStep(w, self, args.offset);
    }
    return opaque(w);
  }
  if (!harmless.includes(name)) {
    fail(
      w,
      args.offset,
      "python-attribute",
      `${self.model ? "A model" : `The layer ${self.name}`} has no method ${name}.`,
      { hint: didYouMean(name, self.model ? [...Object.keys(methods), ...harmless] : harmless) },
    );
  }
  note(w, w.now.offset, `Not run: ${statementText(w)}`);
  return opaque(w);
}

function getLayer(w: World, self: LayerValue, args: Args): Value {
  const bound = bindKnown(w, "get_layer", ["name", "index"], args);
  const layers = layersOf(w, self);
  const index = bound.get("index");
  if (index && index.value !== null) return layers[position(w, layers.length, index.value, index.offset)];
  const name = bound.get("name");
  const found = layers.find((layer) => layer.name === name?.value);
  if (found) return found;
  return fail(
    w,
    name?.offset ?? args.offset,
    "python-layers",
    `The model '${self.name}' has no layer ${repr(name?.value ?? null)}.`,
    {
      expected: layers.map((layer) => layer.name).join(", "),
      hint:
        typeof name?.value === "string"
          ? didYouMean(
              name.value,
              layers.map((layer) => layer.name),
            )
          : undefined,
    },
  );
}

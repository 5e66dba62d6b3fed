import { type Diagnostic, ModelError } from "../diagnostics.ts";
import type { Generation } from "../ir/fields.ts";
import { unwritable } from "../ir/fields/write.ts";
import { fieldsOf } from "../ir/layers/base.ts";
import type { Layer, Model } from "../ir/model.ts";
import { maskedOtherwise } from "./other-masks.ts";

/** Throws what this Keras has no words for, each with the path of its layer. */
export function checkWritable(model: Model, keras: Generation): void {
  const problems = problemsIn(model, model.name, keras);
  if (problems.length) throw new ModelError(problems);
}

function problemsIn(model: Model, path: string, keras: Generation): Diagnostic[] {
  const masked = maskedOtherwise(model, path, keras);
  const own = model.layers.flatMap((layer) => {
    const at = `${path}/${layer.name}`;
    const named = nameProblem(layer, at, keras);
    return [...named, ...(layer.model ? problemsIn(layer.model, at, keras) : ownProblems(layer, at, keras))];
  });
  return [...own, ...masked, ...stackProblems(model, path, keras)];
}

/** Keras 2 stacks layers of one output alone. */
function stackProblems({ class_name, calls }: Model, path: string, keras: Generation): Diagnostic[] {
  const stacked = class_name === "Sequential" && keras === "2" ? calls : [];
  return stacked
    .filter(({ outputs }) => outputs.length > 1)
    .map(({ layer, outputs }) => ({
      code: CODES[keras],
      message: "Keras 2 takes no layer of several outputs in a Sequential.",
      at: { path: `${path}/${layer.name}` },
      expected: "one output",
      received: `${outputs.length}`,
      hint: WAYS_OUT[keras],
    }));
}

function ownProblems({ def, config }: Layer, path: string, keras: Generation): Diagnostic[] {
  return unwritable(fieldsOf(def!), config, keras).map(({ key, why }) => ({
    code: CODES[keras],
    message: `The ${key} of this layer cannot be said to Keras ${keras}: ${why}.`,
    at: { path },
    hint: WAYS_OUT[keras],
  }));
}

const CODES = { "2": "not-in-keras-2", "3": "not-in-keras-3" } as const;
const WAYS_OUT: Readonly<Record<Generation, string>> = {
  "2": "Write it for Keras 3, or compile the model to a bundle.",
  "3": "Write it for Keras 2 (keras: 2, or --keras 2), or compile the model to a bundle.",
};

/** What the names of layers must look like: Keras 2 makes scopes of TensorFlow's graphs of them, Keras 3 paths of weights. */
const NAMES: Readonly<Record<Generation, { readonly fits: RegExp; readonly expected: string }>> = {
  "2": {
    fits: /^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/,
    expected: "letters, digits and _ . / > - in ASCII, not _ first",
  },
  "3": { fits: /^[^/]*$/, expected: "a name without a slash" },
};

function nameProblem({ name }: Layer, path: string, keras: Generation): Diagnostic[] {
  const { fits, expected } = NAMES[keras];
  if (fits.test(name)) return [];
  const message = `Keras ${keras} does not take the name of this layer.`;
  return [{ code: CODES[keras], message, at: { path }, expected, received: JSON.stringify(name) }];
}

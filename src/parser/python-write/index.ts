import { ModelError } from "../../diagnostics.ts";
import type { Generation } from "../../ir/fields.ts";
import type { Model } from "../../ir/model.ts";
import type { CompileSpec } from "../../ir/spec.ts";
import { withoutCarriedMasks } from "../carried-masks.ts";
import { checkWritable } from "../unwritable.ts";
import { compileCall } from "./compile.ts";
import { freshCounter } from "./counter.ts";
import { variableNames } from "./literals.ts";
import { writeModel } from "./models.ts";
import { pause, type Source, usesOf, write } from "./source.ts";

/** Names that mean something in every source that is written. */
const TAKEN = (
  "keras layers np tf model x slice float int str bool list dict set tuple range len abs all any max min sum pow round map " +
  "filter zip sorted reversed input print type object id hash next iter vars dir"
).split(" ");

/**
 * Keras code that builds the same architecture with the same names, and compiles it where settings are given. `keras` is
 * the generation that runs it. ModelErrors say what cannot be written.
 */
export function writePython(
  of: Model,
  settings: CompileSpec | null = of.compile ?? null,
  keras: Generation = "3",
): string {
  const model = keras === "2" ? withoutCarriedMasks(of) : of;
  checkWritable(model, keras);
  refuseShared(model);
  if (keras === "3") refuseSlashes(model);
  const source: Source = {
    keras,
    counter: freshCounter(keras),
    variable: variableNames(TAKEN),
    lines: [],
    imports: new Set(),
    variables: new Map(),
    held: new Map(),
    uses: usesOf(model),
  };
  writeModel(source, model, "model");
  if (settings) {
    pause(source);
    write(source, compileCall("model", settings, keras));
  }
  return [...head(source), "", ...source.lines, ""].join("\n");
}

/** A layer that stands inside another one and in a second place would become two. */
function refuseShared(model: Model): void {
  const owners = new Map<string, string>();
  const visit = ({ layers }: Model): void => {
    for (const { model: inner, weights, name } of layers) {
      if (inner) visit(inner);
      for (const { path, layer } of weights) {
        const other = owners.get(path) ?? layer;
        if (other !== layer) throw inSeveralPlaces(name, path);
        owners.set(path, layer);
      }
    }
  };
  visit(model);
}

const inSeveralPlaces = (name: string, path: string): ModelError =>
  new ModelError({
    code: "not-in-python",
    message: `The layer of ${path} stands inside others and in several places, which is not written as Python.`,
    at: { path: name },
    hint: "Write a .keras or .h5 file: Keras keeps such layers apart there.",
  });

/** Keras 3 takes no such name from a constructor; files and older Keras may have one. */
function refuseSlashes({ name, layers }: Model): void {
  const found = [name, ...layers.map((layer) => layer.name)].find((one) => one.includes("/"));
  if (found !== undefined)
    throw new ModelError({
      code: "not-in-python",
      message: `The name ${JSON.stringify(found)} contains /, which Keras 3 takes from no code.`,
      at: { path: found },
      hint: "Write it for Keras 2, or another format.",
    });
  for (const { model } of layers) if (model) refuseSlashes(model);
}

function head({ keras, imports, lines }: Source): string[] {
  const library =
    keras === "2"
      ? ["import tf_keras as keras", "from tf_keras import layers"]
      : ["import keras", "from keras import layers"];
  const used = lines.some((line) => /\blayers\./.test(line)) ? library : library.slice(0, 1);
  return [...[...imports].map((name) => `import ${name}`), ...used];
}

import { readFileSync } from "node:fs";
import ts from "typescript";
import { afterEach, describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { ModelError } from "../src/diagnostics.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import { emitWat } from "../src/codegen/emit-wat.ts";
import { bundleSource } from "../src/bundle-source.ts";
import { partsOf } from "../src/bundle.ts";
import { bundleOptions } from "../src/compile-to.ts";
import { filesOf, loadBundle, moduleOf, noise, TARGETS, textOf } from "./bundle-models.ts";

const HOSTILE = JSON.parse(readFileSync("fixtures/bundle/hostile-names.json", "utf8")) as string[];
const trap = globalThis as { PWNED?: unknown };

/** Where a name from a file can stand. */
const SLOTS = ["layer", "nested", "input", "output", "output key", "model", "metric", "optimizer"] as const;
type Slot = (typeof SLOTS)[number];
type Names = Partial<Record<Slot, string>>;

const dense = (name: string, units: number, from: string): object => ({
  class_name: "Dense",
  name,
  config: { name, units, activation: "tanh", dtype: "float32" },
  inbound_nodes: [{ args: [tensorOf(from)], kwargs: {} }],
});
const tensorOf = (layer: string): object => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, 2], dtype: "float32", keras_history: [layer, 0, 0] },
});
const input = (name: string): object => ({
  class_name: "InputLayer",
  name,
  config: { name, batch_shape: [null, 2], dtype: "float32" },
  inbound_nodes: [],
});

/** A model with two outputs and these names in it; Keras's JSON, as a file would hold it. */
function modelWith(names: Names): Model {
  const at = (slot: Slot, usual: string): string => names[slot] ?? usual;
  const [x, a, b] = [at("input", "x"), at("layer", "a"), at("output", "b")];
  const inner = {
    class_name: "Sequential",
    name: at("nested", "inner"),
    config: {
      name: at("nested", "inner"),
      layers: [input("i"), { ...dense("d", 2, "i"), inbound_nodes: undefined }],
    },
    inbound_nodes: [{ args: [tensorOf(a)], kwargs: {} }],
  };
  const outputs = { [at("output key", "first")]: [b, 0, 0], second: [at("nested", "inner"), 0, 0] };
  const config = {
    name: at("model", "model"),
    layers: [input(x), dense(a, 2, x), inner, dense(b, 2, a)],
    input_layers: [[x, 0, 0]],
    output_layers: names["output key"] !== undefined ? outputs : Object.values(outputs),
  };
  // as text, because a file is text: "__proto__" is a key like any other there
  const json = JSON.stringify({ class_name: "Functional", config });
  const ir = build(kerasModel(JSON.parse(json)));
  const model = createModel({ ir, session: interpretSession(), seed: 1 });
  const metric = { class_name: "MeanAbsoluteError", config: { name: at("metric", "mae") } };
  const optimizer = { class_name: "SGD", config: { momentum: 0.5, name: at("optimizer", "sgd") } };
  model.compile({ optimizer, loss: ["mse", "mse"], metrics: [[metric], []] });
  return model;
}

/** The model, or why the library refuses such a name. */
function accepted(names: Names): Model | ModelError {
  try {
    return modelWith(names);
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

/** Every identifier of a source but those of properties, by a parser that is not ours. */
function identifiers(source: string): Set<string> {
  const file = ts.createSourceFile("m.ts", source, ts.ScriptTarget.Latest, true);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
const benign = new Map(
  TARGETS.map((target) => {
    const texts = [...filesOf(modelWith({}), { target, training: true }).values()];
    return [target, new Set(texts.flatMap((bytes) => [...identifiers(new TextDecoder().decode(bytes))]))];
  }),
);

afterEach(() => {
  expect(trap.PWNED).toBeUndefined();
  delete trap.PWNED;
});

/** What stands in every slot in turn; a name that the library refuses there is left out. */
const rotations = HOSTILE.map((_, turn): Names => {
  const given = SLOTS.map((slot, k) => [slot, HOSTILE[(turn + 5 * k) % HOSTILE.length]] as const);
  return Object.fromEntries(
    given.filter(([slot, name]) => !(accepted({ [slot]: name }) instanceof ModelError)),
  );
});

test("most hostile names are taken in every slot", () => {
  for (const slot of SLOTS)
    expect(rotations.filter((names) => slot in names).length, slot).toBeGreaterThan(HOSTILE.length - 8);
});

describe.each(TARGETS)("as %s", (target) => {
  test.each(rotations)("names are never code, and come back as they were: %#", async (names) => {
    const model = modelWith(names);
    expect(model.inputs).toEqual([names.input ?? "x"]);
    expect([...model.outputs].sort()).toEqual([names["output key"] ?? "first", "second"].sort());
    const files = filesOf(model, { target, training: true });
    for (const file of files.keys()) checkText(textOf(files, file), target);
    await checkNames(model, files);
  });
});

function checkText(text: string, target: (typeof TARGETS)[number]): void {
  expect(text).not.toMatch(/[^\P{C}\n]/u);
  expect(text).not.toMatch(/[\p{Zl}\p{Zp}\ufffd]|<\/|<!--/u);
  for (const name of identifiers(text))
    if (!benign.get(target)!.has(name)) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
}

async function checkNames(model: Model, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const bundle = await (await moduleOf(files))();
  expect(bundle.verify().ok).toBe(true);
  expect(Object.keys(bundle.weights).sort()).toEqual(model.weights.map((w) => w.path).sort());
  expect(Object.keys(bundle.gradients).sort()).toEqual(model.weights.map((w) => w.path).sort());
  const x = Object.fromEntries([[model.inputs[0], noise(6)]]);
  const y = bundle.predict(x) as Record<string, Float32Array>;
  expect(Object.keys(y).sort()).toEqual([...model.outputs].sort());
  const labels = Object.fromEntries(model.outputs.map((name) => [name, noise(6, 50)]));
  expect(bundle.trainStep(x, labels)).toBeGreaterThan(0);
  const rows = (data: Float32Array): Tensor => ({ shape: [3, 2], dtype: "float32", data });
  const tensors = (of: Record<string, Float32Array>): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(of).map(([name, data]) => [name, rows(data)]));
  model.trainOnBatch(tensors(x), tensors(labels));
  expect(Object.keys(bundle.optimizer).sort()).toEqual(model.optimizer!.variables.map((v) => v.path).sort());
  expect(Object.prototype).not.toHaveProperty("first");
}

test("the words of a bundle are no names of kernels or memory", async () => {
  const source = textOf(filesOf(modelWith({}), { target: "ts", training: true }), "m.ts");
  const words = [...identifiers(source), "erf", "uniform", "atob", "f", "n", "u", "s00", "class"].filter(
    (w) => /^[a-z0-9_]+$/.test(w),
  );
  expect(words.length).toBeGreaterThan(60);
  for (const word of words) {
    const model = accepted({ layer: word });
    if (model instanceof ModelError) continue;
    expect((await loadBundle(model, { target: "js", training: true })).verify().ok, word).toBe(true);
  }
});

test("WebAssembly's text form holds no hostile name either", () => {
  for (const name of HOSTILE) {
    const model = accepted({ layer: name });
    if (model instanceof ModelError) continue;
    const source = bundleSource(model.core, undefined, true);
    const { plan } = partsOf(source, bundleOptions(model.core, { target: "wasm", name: "m" }));
    const wat = emitWat(plan, { fma: false });
    expect(wat).not.toMatch(/[^\P{C}\n]|PWNED=/u);
    for (const [id] of wat.matchAll(/\$\S+/g)) expect(id).toMatch(/^\$[a-z][a-z0-9_.]*\)*$/);
  }
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = "import keras\nimport numpy as np\nfrom keras import layers\nkeras.utils.set_random_seed(1)\n";
const last = (layer: string): { config: object; draws?: readonly number[] } =>
  parsePython(`${HEAD}model = keras.Sequential([keras.Input((6,)), ${layer}])`).spec.layers.at(-1)!;

test.each<[string, object]>([
  ["layers.Dense(int(np.int64(4)))", { units: 4 }],
  ["layers.Conv1D(np.int64(4), 2)", { filters: 4 }],
  ["layers.Dropout(np.float32(0.1))", { rate: Math.fround(0.1) }],
  ["layers.AveragePooling2D(np.array([2, 3]))", { pool_size: [2, 3] }],
  ["layers.LayerNormalization(center=np.bool_(False))", { center: false }],
  ["layers.Flatten(dtype=float)", { dtype: "float32" }],
  ["layers.Flatten(dtype=keras.DTypePolicy('float32'))", { dtype: "float32" }],
  ["layers.Flatten(dtype=keras.mixed_precision.Policy('float16'))", { dtype: "float16" }],
  ["layers.Dense(2, activation=keras.activations.get('relu'))", { activation: "relu" }],
  ["layers.Dense(2, kernel_regularizer=keras.regularizers.get('l2'))", { kernel_regularizer: "l2" }],
  ["layers.Dense(2, kernel_constraint=keras.constraints.get(None))", { kernel_constraint: null }],
])("%s is taken as Keras takes it", (layer, config) => {
  expect(last(layer).config).toMatchObject(config);
});

interface Kind {
  readonly layer: string;
  readonly snippet: string;
  readonly refused: boolean;
}
const KINDS = JSON.parse(readFileSync("fixtures/python/number-kinds.json", "utf8")) as readonly Kind[];

test.each(KINDS.map((kind) => [kind.layer, kind] as const))(
  "%s is taken or refused as by Keras",
  (_layer, kind) => {
    const read = (): unknown => build(parsePython(kind.snippet).spec);
    if (kind.refused) expect(read).toThrow(/^4:\d+: /);
    else expect(read).not.toThrow();
  },
);

test("a number of NumPy is refused in words that say what to do", () => {
  expect(() => last("layers.Dense(np.int64(6))")).toThrow(
    /5:59: Dense takes no number of NumPy for units\..*int\(…\)/,
  );
  expect(() => last("layers.Reshape(6)")).toThrow(/Reshape takes no single number for target_shape.*\(6,\)/);
});

test("an initializer that get gives draws its seed at once, as one that is constructed", () => {
  const made = last("layers.Dense(2, bias_initializer=keras.initializers.RandomNormal())");
  const gotten = last("layers.Dense(2, bias_initializer=keras.initializers.get('random_normal'))");
  expect(gotten.draws).toEqual(made.draws);
  expect(gotten.draws).toHaveLength(2);
});

test("an Input is given its batch once", () => {
  const code = "x = keras.Input(shape=(3,), batch_shape=(None, 3))";
  expect(() => parsePython(`${HEAD}${code}`)).toThrow(ModelError);
  expect(() => parsePython(`${HEAD}${code}`)).toThrow(
    /5:24: Input takes batch_shape, or shape and batch_size/,
  );
});

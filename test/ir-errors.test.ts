import { loadModel } from "../src/node/index.ts";
import { describe, expect, test } from "vitest";
import { ModelError, ModelLimitError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import { fits, type Schema } from "../src/ir/fields/schema.ts";
import { fieldsOf } from "../src/ir/layers/base.ts";
import { layerDefs, layerTable } from "../src/ir/layers/index.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";
import { compiledCheck } from "../src/parser/validate.ts";

type Layer = readonly [class_name: string, config: Record<string, unknown>];
const sequential = (...layers: readonly Layer[]): string =>
  JSON.stringify({
    class_name: "Sequential",
    config: {
      name: "m",
      layers: layers.map(([class_name, config], k) => ({ class_name, config: { name: `l${k}`, ...config } })),
    },
  });
const input: Layer = ["InputLayer", { batch_shape: [null, 4] }];

function problems(text: string): ModelError {
  try {
    build(parseKerasJson(text, "m.json"));
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("what is refused, and how", () => {
  test.each<[string, string, RegExp]>([
    [
      "unknown-layer",
      sequential(input, ["Denze", {}]),
      /m\.json: config\.layers\[1\]: Layer Denze "l1" is of a class that is not supported\. Received: Denze\. Did you mean Dense\?/,
    ],
    ["lambda", sequential(input, ["Lambda", {}]), /Lambda "l1" holds Python code/],
    ["unknown-layer", sequential(input, ["Custom>Mine", {}]), /Custom>Mine "l1"/],
    [
      "unknown-option",
      sequential(input, ["Dense", { units: 3, activaton: "relu" }]),
      /no option activaton.*Did you mean activation\?/,
    ],
    [
      "missing-option",
      sequential(input, ["Dense", {}]),
      /needs the option units\. Expected: an integer of 1 or more/,
    ],
    ["bad-option", sequential(input, ["Dense", { units: 0 }]), /The option units of .*Received: 0/],
    [
      "bad-option",
      sequential(input, ["Dense", { units: 3, activation: "relo" }]),
      /Expected: the name of an activation\. Received: "relo"\. Did you mean relu/,
    ],
    ["bad-option", sequential(input, ["Activation", { activation: "threshold" }]), /needs arguments/],
    [
      "bad-option",
      sequential(input, ["Dense", { units: 3, kernel_initializer: "glorot" }]),
      /an initializer/,
    ],
    [
      "bad-option",
      sequential(input, [
        "Dense",
        { units: 3, kernel_regularizer: { class_name: "L2", config: { l2: -1 } } },
      ]),
      /L2's l2/,
    ],
    [
      "bad-option",
      sequential(input, ["Dense", { units: 3, quantization_config: "int8" }]),
      /null \(nothing else is supported\)/,
    ],
    [
      "bad-option",
      sequential(input, [
        "Dense",
        { units: 3, dtype: { class_name: "DTypePolicy", config: { name: "mixed_float16" } } },
      ]),
      /"mixed_float16"/,
    ],
    [
      "bad-option",
      sequential(input, ["BatchNormalization", { renorm: true, renorm_clipping: { max: 1 } }]),
      /rmin, rmax and dmax/,
    ],
    ["bad-option", sequential(input, ["BatchNormalization", { renorm: true }]), /renorm/],
    ["bad-option", sequential(input, ["BatchNormalization", { synchronized: "yes" }]), /synchronized/],
    ["bad-option", sequential(input, ["Dropout", { rate: 1.5 }]), /from 0 to 1/],
    ["bad-option", sequential(input, ["Reshape", { target_shape: [-1, -1] }]), /at most one/],
    ["shape-mismatch", sequential(input, ["Reshape", { target_shape: [3] }]), /as many elements as \(3,\)/],
    [
      "shape-mismatch",
      sequential(["InputLayer", { batch_shape: [null] }], ["Dense", { units: 1 }]),
      /at least 2 dimensions/,
    ],
    [
      "shape-mismatch",
      sequential(["InputLayer", { batch_shape: [null, null] }], ["Dense", { units: 1 }]),
      /a known last dimension/,
    ],
    [
      "duplicate-name",
      sequential(input, ["Flatten", { name: "a" }], ["Flatten", { name: "a" }]),
      /named "a"/,
    ],
    ["second-input", sequential(input, input), /must be the first layer/],
    [
      "bad-config",
      JSON.stringify({ class_name: "Dense", config: {} }),
      /Dense is a layer.*Sequential or Functional/,
    ],
    [
      "bad-config",
      JSON.stringify({ class_name: "MyNet", config: {} }),
      /MyNet is a model in Python code.*functional API/,
    ],
    ["bad-config", JSON.stringify({ class_name: "Sequntial", config: {} }), /Did you mean Sequential/],
    ["bad-config", JSON.stringify({ class_name: "Sequential", config: { name: "m" } }), /config\.layers/],
    ["bad-json", '{"a": }', /m\.json:1:7: This is not JSON\. Expected: a value/],
    ["json-key", '{"class_name": "Sequential", "config": {"__proto__": {}, "layers": []}}', /__proto__/],
  ])("%s: %s", (code, text, message) => {
    const error = problems(text);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  test("every problem at once, nested models included, with its path", () => {
    const inner = {
      class_name: "Sequential",
      config: { name: "inner", layers: [{ class_name: "Foo", config: { name: "f" } }] },
    };
    const text = sequential(input, ["Dense", { unit: 3 }], ["Dense", {}], ["Conv9D", {}]).replace(
      '"layers":[',
      `"layers":[${JSON.stringify(inner)},`,
    );
    const { errors } = problems(text);
    expect(errors.map((error) => error.code)).toEqual([
      "unknown-layer",
      "unknown-option",
      "missing-option",
      "unknown-layer",
    ]);
    expect(errors[0].message).toContain("inner/f");
    expect(errors[1].at).toEqual({ file: "m.json", path: "config.layers[2].config.unit" });
  });

  test("limits", () => {
    const deep = `${"[".repeat(201)}${"]".repeat(201)}`;
    expect(() => parseKerasJson(deep)).toThrow(ModelLimitError);
    expect(() => parseKerasJson("[".repeat(5_000_000))).toThrow(/config_depth/);
  });

  test.each([[{ a: ["a", 0, 0] }], [[["out", 5, 0]]]])("output_layers %j", (output_layers) => {
    const layers = [
      {
        class_name: "InputLayer",
        name: "x",
        config: { name: "x", batch_shape: [null, 2] },
        inbound_nodes: [],
      },
      {
        class_name: "Dense",
        name: "out",
        config: { name: "out", units: 2 },
        inbound_nodes: [[["x", 0, 0, {}]]],
      },
    ];
    const config = { name: "f", layers, input_layers: [["x", 0, 0]], output_layers };
    expect(problems(JSON.stringify({ class_name: "Functional", config })).message).toMatch(
      /does not exist|has no such layer/,
    );
  });

  test("a circle and a missing layer", () => {
    const layer = (name: string, from: string): unknown => ({
      class_name: "Dense",
      name,
      config: { name, units: 2 },
      inbound_nodes: [[[from, 0, 0, {}]]],
    });
    const functional = (...layers: unknown[]): string =>
      JSON.stringify({
        class_name: "Functional",
        config: {
          name: "f",
          layers: [
            {
              class_name: "InputLayer",
              name: "x",
              config: { name: "x", batch_shape: [null, 2] },
              inbound_nodes: [],
            },
            ...layers,
          ],
          input_layers: [["x", 0, 0]],
          output_layers: [["a", 0, 0]],
        },
      });
    expect(problems(functional(layer("a", "b"), layer("b", "a"))).code).toBe("circular-model");
    expect(problems(functional(layer("a", "y"))).message).toMatch(/no layer "y"/);
  });
});

describe("the compiled schemas and the fields say the same", () => {
  const values = [
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    3,
    "relu",
    "x",
    [],
    [1],
    [1, 2],
    [null, 3],
    [0.5],
    { class_name: "L2", config: {} },
    "channels_first",
    "float32",
  ];
  test.each(Object.keys(layerDefs))("%s", (name) => {
    const check = compiledCheck(name)!;
    for (const [key, field] of Object.entries(fieldsOf(layerTable.get(name)!))) {
      for (const value of values) {
        expect(check({ [key]: value }).has(key), `${key} = ${JSON.stringify(value)}`).toBe(
          !fits(field.schema as Schema, value),
        );
      }
    }
  });
});

test("a bad option within a nested model is one problem", async () => {
  const source = `import keras
inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(-3), keras.layers.Dense(2)])
m = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(1)])
`;
  await expect(loadModel(source)).rejects.toMatchObject({ errors: [{ code: "bad-option" }] });
});

import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const snippet = (keras: string, metrics: string): string => `import ${keras}
a = keras.Input((4,))
p, q = keras.layers.Dense(2, name="p")(a), keras.layers.Dense(2, name="q")(a)
m = keras.Model(a, [p, q])
m.compile("sgd", "mse", metrics=${metrics})
`;
const metricsOf = (source: string): unknown => parsePython(source).spec.compile?.metrics;

// As evaluate(return_dict=True) of tf_keras 2.21 and Keras 3.15 names them: p_mae, p_mse, q_mae, q_mse; p_mae, q_mse.
describe("metrics of a model with two outputs", () => {
  test.each<[string, unknown]>([
    [
      '["mae", "mse"]',
      [
        ["mae", "mse"],
        ["mae", "mse"],
      ],
    ],
    ['"mae"', [["mae"], ["mae"]]],
    ['["accuracy"]', [["accuracy"], ["accuracy"]]],
    ['[["mae"], ["mse"]]', [["mae"], ["mse"]]],
    ['{"p": "mae", "q": ["mse"]}', [["mae"], ["mse"]]],
  ])("%s of tf_keras", (metrics, expected) => {
    expect(metricsOf(snippet("tf_keras as keras", metrics))).toEqual(expected);
  });

  test("a flat list of Keras 3 has one for each", () => {
    expect(metricsOf(snippet("keras", '["mae", "mse"]'))).toEqual(["mae", "mse"]);
  });
});

test("a Sequential of tf_keras keeps its list", () => {
  const lines =
    "import tf_keras as keras\nm = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n";
  expect(metricsOf(`${lines}m.compile("sgd", "mse", metrics=["mae", "mse"])\n`)).toEqual(["mae", "mse"]);
});

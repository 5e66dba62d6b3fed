import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const cases = JSON.parse(readFileSync("fixtures/unsaid-masks.json", "utf8")) as Readonly<
  Record<string, { readonly config: object; readonly summary: string }>
>;
test.each(Object.entries(cases))(
  "Keras 3 shows what makes the masks that %s does not say",
  async (_, one) => {
    const model = await loadModel(JSON.stringify(one.config));
    expect(model.summary().trimEnd()).toBe(one.summary.trimEnd());
  },
);

const layers = "from tf_keras import Input, Model\nfrom tf_keras import layers as L\n";
const twoInputs = (merged: string, out = "L.LSTM(2)(x)"): string => `${layers}
a = Input((5,), name="a")
b = Input((5, 4), name="b")
e = L.Embedding(7, 4, mask_zero=True)
x = ${merged}
model = Model([a, b], ${out})
`;

test("masks are said where Keras would name what makes them like a layer", async () => {
  const source = `${layers}
a = Input((5,))
e = L.Embedding(7, 4, mask_zero=True)(a)
model = Model(a, L.LSTM(2)(L.Concatenate()([e, L.Dense(2)(e)])))
`;
  const model = await loadModel(source, { seed: 1 });
  const text = new TextDecoder().decode(await model.toBytes("json", { keras: "3" }));
  const { config } = JSON.parse(text) as {
    config: { layers: { name: string; class_name: string; inbound_nodes: { kwargs: object }[] }[] };
  };
  const named = config.layers.map(({ name }) => name);
  expect(new Set(named).size).toBe(named.length);
  expect(config.layers.filter((one) => one.class_name === "Concatenate")).toHaveLength(2);
  expect(config.layers.at(-1)?.inbound_nodes[0].kwargs).toHaveProperty("mask");
});

// real Keras computes other numbers: 3.15 masks nothing behind such a layer, tf-keras 2.21 does
test.each([
  ["L.Add()([e(a), b])", "L.LSTM(2)(x)", "not-in-keras-3"],
  ["L.Concatenate()([e(a), b])", "L.LSTM(2)(x)", "not-in-keras-3"],
  ["L.Concatenate()([e(a), e(a)])", "[L.LSTM(2)(x), L.Dense(1)(b)]", undefined],
  ["L.Add()([e(a), b])", "L.Dense(2)(L.Flatten()(x))", undefined],
] as const)("one input with a mask and one without: %s in %s", async (merged, out, code) => {
  const model = await loadModel(twoInputs(merged, out), { seed: 1 });
  const made = model.toBytes("keras", { keras: "3" });
  if (code === undefined) expect((await made).length).toBeGreaterThan(0);
  else await expect(made).rejects.toMatchObject({ code });
  expect((await model.toBytes("keras", { keras: "2" })).length).toBeGreaterThan(0);
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { compileTo } from "../src/compile-to.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { type Bundle, filesOf, loadBundle, TARGETS, textOf } from "./bundle-models.ts";
import { scriptSession } from "./script-session.ts";

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly weights: Readonly<Record<string, { readonly data: readonly number[] }>>;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly calls: readonly { readonly does: string; readonly gives: unknown }[];
  readonly after: Readonly<Record<string, readonly number[]>>;
}
const CASES = JSON.parse(readFileSync("fixtures/stateful/models.json", "utf8")) as Case[];
const SESSIONS: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(),
  WebAssembly: () => wasmSession(),
};

const tensor = (data: readonly number[], shape: readonly number[]): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
const samples = (x: Tensor, count: number): Tensor => {
  const row = x.data.length / x.shape[0];
  return { ...x, shape: [count, ...x.shape.slice(1)], data: (x.data as Float32Array).slice(0, count * row) };
};

function modelOf({ config, weights }: Case, session: Session): Model {
  const arrays = new Map(
    Object.entries(weights).map(([path, { data }]) => [path, { data: Float32Array.from(data) }]),
  );
  const model = createModel({ ir: build(kerasModel(config)), session, arrays });
  expect(model.weights.map(({ path }) => path)).toEqual([...arrays.keys()]);
  model.compile({ optimizer: { class_name: "SGD", config: { learning_rate: 0.01 } }, loss: "mse" });
  return model;
}

/** Of values around 1 after ten updates, some through a BatchNormalization of twelve rows. */
const ROUNDING = 3e-5;
function near(got: ArrayLike<number>, wanted: readonly number[], what: string): void {
  expect(got.length, what).toBe(wanted.length);
  wanted.forEach((v, i) => expect(Math.abs(got[i] - v), `${what} ${i}`).toBeLessThan(ROUNDING));
}

async function call(model: Model, { x, y }: { x: Tensor; y: Tensor }, does: string): Promise<unknown> {
  const sized = { batch_size: 3, verbose: 0 };
  if (does === "predict") return (model.predict(x, { batch_size: 3 }) as Tensor).data;
  if (does === "evaluate") return [model.evaluate(x, y, sized)];
  if (does === "train") return [model.trainOnBatch(samples(x, 3), samples(y, 3))];
  if (does === "reset") return model.resetStates();
  const options = { ...sized, epochs: 2, shuffle: false, validation_data: [x, y] };
  return (await model.fit(x, y, options)).history;
}

describe.each(Object.entries(SESSIONS))("%s", (_engine, session) => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s remembers as Keras does", async (_, one) => {
    const model = modelOf(one, session());
    const data = { x: tensor(one.x, [6, 4, 2]), y: tensor(one.y, [6, 2]) };
    for (const [k, { does, gives }] of one.calls.entries()) {
      const got = await call(model, data, does);
      if (does === "reset") continue;
      if (does !== "fit") near(got as Float32Array, gives as number[], `${k} ${does}`);
      else
        for (const [key, wanted] of Object.entries(gives as Record<string, number[]>))
          near((got as Record<string, number[]>)[key], wanted, `${k} ${key}`);
    }
    for (const { path, data: values } of model.weights) near(values, one.after[path], path);
  });
});

const said = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  return "";
};

describe("what Keras cannot do either is said", () => {
  const fresh = (): Model => modelOf(CASES[0], wasmSession());
  const x = tensor(CASES[0].x, [6, 4, 2]);
  const y = tensor(CASES[0].y, [6, 2]);

  test("batches of another size", async () => {
    const model = fresh();
    expect(said(() => model.predict(x))).toMatch(
      /stateful.*batches of 3.*6 samples in batches of 6.*batch_size 3/,
    );
    expect(said(() => model.evaluate(x, y, { batch_size: 2 }))).toMatch(/batches of 3/);
    expect(said(() => model.trainOnBatch(x, y))).toMatch(/batches of 3/);
    const few = samples(x, 4);
    expect(said(() => model.predict(few, { batch_size: 3 }))).toMatch(/1 in the last.*that 3 divides/);
    await expect(model.fit(few, samples(y, 4), { batch_size: 3 })).rejects.toThrow(/that 3 divides/);
    const validation_data = [few, samples(y, 4)];
    await expect(model.fit(x, y, { batch_size: 3, validation_data })).rejects.toThrow(/that 3 divides/);
  });

  test("gradients leave what is remembered alone", () => {
    const [model, other] = [fresh(), fresh()];
    model.gradients(samples(x, 3), samples(y, 3));
    const [a, b] = [model, other].map((one) => one.predict(x, { batch_size: 3 }) as Tensor);
    expect(a.data).toEqual(b.data);
  });

  test("a batch of no known size", () => {
    const config = JSON.parse(
      JSON.stringify(CASES[0].config).replaceAll('"batch_shape":[3,', '"batch_shape":[null,'),
    );
    expect(said(() => build(kerasModel(config)))).toMatch(/batch of a known size.*stateful.*batch_shape/s);
  });

  test("a bundle that trains", () => {
    expect(said(() => compileTo(fresh().core, { target: "ts", training: true }))).toMatch(
      /LSTM "lstm" is stateful/,
    );
  });
  test("a bundle for batches of another size", () => {
    const error = said(() => compileTo(fresh().core, { batch_size: 32 }));
    expect(error).toMatch(/stateful: every batch must have the size.*batch_size 3/s);
  });
});

describe.each(CASES)("a bundle of $name", (one) => {
  const model = modelOf(one, interpretSession());
  const shape = [one.x.length / 8, 4, 2];
  const twice = one.calls.slice(0, 2).map(({ gives }) => gives as readonly number[]);

  test.each(TARGETS)("as %s goes on from the batch before", async (target) => {
    const bundle = (await loadBundle(model, { target })) as StatefulBundle;
    const predict = (): ArrayLike<number> => bundle.predict(one.x) as Float32Array;
    near(predict(), twice[0], "first");
    expect(bundle.verify()).toMatchObject({ ok: true });
    near(predict(), twice[1], "second");
    bundle.resetStates();
    const row = one.x.length / shape[0];
    const half = one.x.slice(0, 3 * row);
    near([...(bundle.predict(half) as Float32Array)], twice[0].slice(0, twice[0].length / 2), "one batch");
    expect(() => bundle.predict(one.x.slice(0, 4 * row))).toThrow(
      /expected a multiple of 3 rows, received 4/,
    );
    expect(textOf(filesOf(model, { target }), "m.d.ts")).toMatch(/resetStates\(\): void;/);
  });
});

interface StatefulBundle extends Bundle {
  resetStates(): void;
}

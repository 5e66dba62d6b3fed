import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { EarlyStopping } from "../src/runtime/callbacks/early-stopping.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import type { Session } from "../src/runtime/session.ts";
import { difference } from "./apart.ts";

const FOLDER = "fixtures/training";

interface Stored {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly dtype: string;
}
interface Run {
  readonly label: string;
  readonly optimizer: unknown;
  readonly logs: Readonly<Record<string, readonly number[]>>;
  readonly weights?: readonly Stored[];
  readonly variables?: readonly (Stored & { readonly name: string })[];
}
interface Net {
  readonly name: string;
  readonly config: unknown;
  readonly compile: Readonly<Record<string, unknown>>;
  readonly weights: readonly (Stored & { readonly path: string })[];
  readonly x: Readonly<Record<string, Stored>>;
  readonly y: Stored | readonly Stored[];
  readonly options: {
    readonly sample_weight?: Stored;
    readonly class_weight?: Readonly<Record<number, number>>;
  };
  readonly batch_size: number;
  readonly outputs: readonly Stored[];
  readonly first: {
    readonly loss: number;
    readonly gradients: readonly (Stored & { readonly path: string })[];
  };
  readonly evaluate: {
    readonly logs: Readonly<Record<string, number>>;
    readonly list: number | readonly number[];
  };
  readonly runs: readonly Run[];
}

/** Reads a case and the arrays beside it. */
function load<T>(name: string): { case: T; array(stored: Stored): Tensor } {
  const bytes = readFileSync(`${FOLDER}/${name}.bin`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return {
    case: JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as T,
    array({ offset, shape, dtype }) {
      const size = shape.reduce((a, b) => a * b, 1);
      const data =
        dtype === "int32" ? new Int32Array(buffer, offset, size) : new Float32Array(buffer, offset, size);
      return { shape, dtype: dtype === "int32" ? "int32" : "float32", data };
    },
  };
}

const largest = (x: ArrayLike<number>): number => Array.from(x).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
const cut = (x: Tensor, from: number, to: number): Tensor => {
  const row = x.shape.slice(1).reduce((a, b) => a * b, 1);
  return {
    ...x,
    shape: [Math.min(to, x.shape[0]) - from, ...x.shape.slice(1)],
    data: (x.data as Float32Array).slice(from * row, to * row),
  };
};

/** Everything that training must share with Keras, on one engine. */
export function trainingSuite(engine: string, session: () => Session): void {
  const nets = readdirSync(`${FOLDER}/nets`)
    .filter((file) => file.endsWith(".json"))
    .map((file) => `nets/${file.slice(0, -5)}`);

  describe.each(nets)(`${engine}: %s`, (name) => {
    const { case: net, array } = load<Net>(name);
    const x = Object.fromEntries(Object.entries(net.x).map(([key, stored]) => [key, array(stored)]));
    const y = Array.isArray(net.y) ? net.y.map(array) : array(net.y as Stored);
    const fresh = (optimizer?: unknown): Model => {
      const ir = build(kerasModel(net.config));
      const weights = new Map(net.weights.map((w) => [w.path, { data: array(w).data as Float32Array }]));
      const model = createModel({ ir, session: session(), arrays: weights });
      expect(model.weights.map((w) => w.path).every((path) => weights.has(path))).toBe(true);
      model.compile({ optimizer: "sgd", ...net.compile, ...(optimizer !== undefined && { optimizer }) });
      return model;
    };
    const n = Object.values(x)[0].shape[0];
    const batch = (k: number): { x: Record<string, Tensor>; y: Tensor | Tensor[]; options: object } => {
      const starts = Array.from({ length: Math.ceil(n / net.batch_size) }, (_, i) => i * net.batch_size);
      const from = starts[k % starts.length];
      const to = Math.min(from + net.batch_size, n);
      const weight = net.options.sample_weight && cut(array(net.options.sample_weight), from, to);
      return {
        x: Object.fromEntries(Object.entries(x).map(([key, value]) => [key, cut(value, from, to)])),
        y: Array.isArray(y) ? y.map((v) => cut(v, from, to)) : cut(y, from, to),
        options: {
          ...(weight && { sample_weight: weight }),
          ...(net.options.class_weight && { class_weight: net.options.class_weight }),
        },
      };
    };

    test("predicts what Keras predicts", () => {
      const found = [fresh().predict(x, { batch_size: 7 })].flat() as Tensor[];
      const list =
        found.length === 1 && !("shape" in found[0]) ? (Object.values(found[0]) as Tensor[]) : found;
      net.outputs.forEach((stored, k) =>
        expect(difference(list[k].data as Float32Array, array(stored).data as Float32Array)).toBeLessThan(
          1e-6 * Math.max(1, largest(array(stored).data as Float32Array)),
        ),
      );
    });

    test("has Keras's gradients", () => {
      const { x: bx, y: by, options } = batch(0);
      const found = fresh().gradients(bx, by, options);
      const scale = Math.max(...net.first.gradients.map((g) => largest(array(g).data as Float32Array)));
      net.first.gradients.forEach((stored, k) => {
        expect(found[k].path).toBe(stored.path);
        expect(difference(found[k].data, array(stored).data as Float32Array)).toBeLessThan(1e-5 * scale);
      });
    });

    test("evaluates as Keras", async () => {
      const sample_weight = net.options.sample_weight && array(net.options.sample_weight);
      const options = { batch_size: net.batch_size, ...(sample_weight && { sample_weight }) };
      const logs = fresh().evaluate(x, y, { ...options, return_dict: true }) as Record<string, number>;
      expect(Object.keys(logs)).toEqual(Object.keys(net.evaluate.logs));
      for (const [key, value] of Object.entries(net.evaluate.logs))
        expect(Math.abs(logs[key] - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      const list = [fresh().evaluate(x, y, options)].flat() as number[];
      [net.evaluate.list]
        .flat()
        .forEach((value, k) =>
          expect(Math.abs(list[k] - (value as number))).toBeLessThan(
            1e-5 * Math.max(1, Math.abs(value as number)),
          ),
        );
    });

    test.each(net.runs)("takes 20 steps with $label", ({ optimizer, logs, weights, variables }) => {
      const model = fresh(optimizer);
      for (let k = 0; k < 20; k++) {
        const { x: bx, y: by, options } = batch(k);
        const found = model.trainOnBatch(bx, by, { ...options, return_dict: true }) as Record<string, number>;
        for (const [key, values] of Object.entries(logs)) {
          expect(
            Math.abs(found[key] - values[k]),
            `${key} of step ${k}: ${found[key]} against ${values[k]}`,
          ).toBeLessThan(1e-5 * Math.max(1, Math.abs(values[k])));
        }
      }
      model
        .getWeights()
        .forEach(
          (w, k) =>
            weights &&
            expect(difference(w.data as Float32Array, array(weights[k]).data as Float32Array)).toBeLessThan(
              1e-5,
            ),
        );
      model.optimizer!.variables.forEach((v, k) => {
        if (!variables) return;
        expect(v.name).toBe(variables[k].name);
        expect(difference(v.data, array(variables[k]).data as Float32Array)).toBeLessThan(1e-5);
      });
    });
  });

  fitSuite(engine, session);
}

interface Fits {
  readonly config: unknown;
  readonly weights: readonly (Stored & { readonly path: string })[];
  readonly arrays: Readonly<Record<string, Stored>>;
  readonly fits: readonly {
    readonly label: string;
    readonly compile: Readonly<Record<string, unknown>>;
    readonly options: Readonly<Record<string, unknown>>;
    readonly seed: number | null;
    readonly stopping: object | null;
    readonly epoch: readonly number[];
    readonly history: readonly (readonly [string, readonly number[]])[];
    readonly batches: readonly number[];
    readonly weights: readonly Stored[];
  }[];
}

function fitSuite(engine: string, session: () => Session): void {
  const { case: all, array } = load<Fits>("fit");
  describe(`${engine}: fit`, () => {
    test.each(all.fits)(
      "$label",
      async ({ compile, options, seed, stopping, epoch, history, batches, weights }) => {
        const given = new Map(all.weights.map((w) => [w.path, { data: array(w).data as Float32Array }]));
        const model = createModel({
          ir: build(kerasModel(all.config)),
          session: session(),
          arrays: given,
          ...(seed !== null && { seed }),
        });
        model.compile(compile);
        const data = (name: unknown): unknown =>
          typeof name === "string" && name in all.arrays ? array(all.arrays[name]) : name;
        const kwargs = Object.fromEntries(
          Object.entries(options).map(([key, value]) => [
            key,
            Array.isArray(value) ? value.map(data) : data(value),
          ]),
        );
        const losses: number[] = [];
        const spy = {
          on_train_batch_end: (_batch: number, logs?: Record<string, number>) => void losses.push(logs!.loss),
        };
        const record = await model.fit(array(all.arrays.x), array(all.arrays.y), {
          ...kwargs,
          callbacks: [...(stopping ? [EarlyStopping(stopping)] : []), spy],
        });
        expect(record.epoch).toEqual(epoch);
        expect(Object.keys(record.history)).toEqual(history.map(([key]) => key));
        for (const [key, values] of history)
          expect(difference(record.history[key], values), key).toBeLessThan(2e-5);
        expect(difference(losses, batches)).toBeLessThan(2e-5);
        model
          .getWeights()
          .forEach((w, k) =>
            expect(difference(w.data as Float32Array, array(weights[k]).data as Float32Array)).toBeLessThan(
              2e-5,
            ),
          );
      },
    );
  });
}

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";
import { numbers } from "./fuzz.ts";

type Json = Readonly<Record<string, unknown>>;
/** Changes of each kind of file: MUTATIONS=500 for more. */
const MUTATIONS = Number(process.env.MUTATIONS ?? 25);

const input = (name: string): Json => ({
  ...{ class_name: "InputLayer", name, inbound_nodes: [] },
  config: { name, batch_input_shape: [null, 3] },
});
const sum = (...nodes: unknown[]): string =>
  JSON.stringify({
    class_name: "Functional",
    config: {
      name: "m",
      layers: [
        input("i"),
        input("j"),
        { class_name: "Add", name: "d", config: { name: "d" }, inbound_nodes: nodes },
      ],
      input_layers: [
        ["i", 0, 0],
        ["j", 0, 0],
      ],
      output_layers: [["d", 0, 0]],
    },
    keras_version: "2.15.0",
  });
const first = ["i", 0, 0, {}];
const AT = "config.layers[2].inbound_nodes[0]";

test.each<readonly [wrong: unknown, path: string, received: string]>([
  [[first, 5], `${AT}[1]`, "5"],
  [[first, null], `${AT}[1]`, "null"],
  [[first, []], `${AT}[1]`, "[]"],
  [[first, "x"], `${AT}[1]`, '"x"'],
  [[first, ["j", null, 0, {}]], `${AT}[1]`, '["j",null,0,{}]'],
  [[first, [5, 0, 0, {}]], `${AT}[1][0]`, "5"],
  [[first, ["j", 0, 1e90, {}]], `${AT}[1]`, '["j",0,1e+90,{}]'],
  [[first, ["j", -1, 0, {}]], `${AT}[1]`, '["j",-1,0,{}]'],
  [[first, ["j", 0, 0, 5]], `${AT}[1][3]`, "5"],
  [[first, ["j", 0, 0, []]], `${AT}[1][3]`, "[]"],
  [{ a: first, b: 5 }, `${AT}.b`, "5"],
])("a node %j says where it is wrong", async (node, path, received) => {
  await expect(loadModel(sum(node))).rejects.toMatchObject({ code: "bad-config", path, received });
});

test("the same node in order is read", async () => {
  expect((await loadModel(sum([first, ["j", 0, 0, {}]]), { seed: 1 })).layers.length).toBe(3);
});

const deep = (n: number): unknown => Array.from({ length: n }).reduce((inner) => [inner], 1);
const VALUES = [null, 5, -1, 0.5, 1e90, "zz", true, [], {}, [null], deep(60), undefined];
type Path = readonly string[];

const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [[...path, key], ...pathsOf(part, [...path, key])])
    : [];

/** A copy with another value at a path; without it where there is none. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  const part = changed((value as Json)[key], rest, to);
  if (Array.isArray(value)) {
    const at = Number(key);
    return part === undefined ? value.toSpliced(at, 1) : value.with(at, part);
  }
  const { [key]: _, ...others } = value as Json;
  return part === undefined ? others : { ...others, [key]: part };
}

const dialect = (version: string): unknown[] =>
  (JSON.parse(readFileSync(`fixtures/json-dialects/${version}.json`, "utf8")) as { config: unknown }[]).map(
    ({ config }) => config,
  );
const keras3 = async (model: unknown): Promise<unknown> =>
  JSON.parse(
    new TextDecoder().decode((await (await loadModel(JSON.stringify(model))).toBytes("json")) as Uint8Array),
  );

test.each(["1.2.2", "2.0.9", "2.2.4", "2.3.1", "2.21.0", "3"])(
  "a value of another kind anywhere in JSON of Keras %s is read or refused",
  async (version) => {
    const models =
      version === "3"
        ? await Promise.all([keras3(dialect("2.21.0")[0]), keras3(JSON.parse(sum([first, ["j", 0, 0, {}]])))])
        : dialect(version);
    const next = numbers(1);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
    const faults: string[] = [];
    for (const model of models) {
      const all = pathsOf(model);
      const nodes = all.filter((path) =>
        path.some((key) => key.endsWith("_nodes") || key.endsWith("_layers")),
      );
      for (let k = 0; k < MUTATIONS; k++) {
        const path = pick(k % 2 && nodes.length ? nodes : all);
        const to = pick(VALUES);
        await loadModel(JSON.stringify(changed(model, path, to))).catch((error: unknown) => {
          if (!(error instanceof ModelError))
            faults.push(`${path.join(".")} = ${JSON.stringify(to)}: ${error}`);
        });
      }
    }
    expect(faults).toEqual([]);
  },
  600_000,
);

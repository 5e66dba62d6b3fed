import { readdirSync, readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadModel, ModelError, readNpz } from "../src/node/index.ts";
import { meter } from "./cost.ts";
import { fixture } from "./formats-cases.ts";
import { archive, type Member } from "./zip-archive.ts";

const MIB = 2 ** 20;
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const config = (data: string | Uint8Array, more: Partial<Member> = {}): Member => ({
  name: "config.json",
  data: typeof data === "string" ? text(data) : data,
  ...more,
});
const squeezed = (size: number): Buffer => deflateRawSync(Buffer.alloc(size), { level: 9 });
const good = archive([{ name: "metadata.json", data: text("{}") }, config('{"a":1}')]);
const lies = squeezed(512 * MIB);
const layer = squeezed(MIB);

const zips: Readonly<Record<string, Uint8Array>> = {
  "a GiB of zeros": archive([
    config("", { method: 8, body: squeezed(1024 * MIB), size: 1024 * MIB, crc: 0 }),
  ]),
  "512 MiB said to be 100 B": archive([config("", { method: 8, body: lies, size: 100 })]),
  "10 B said to be 4 GiB": archive([config("0123456789", { method: 8, size: 0xfffffff0 })]),
  "10 stored B said to be 3 GiB": archive([config("0123456789", { stored: 3 * 2 ** 30, size: 3 * 2 ** 30 })]),
  "64-bit sizes that are missing": archive([config("x", { central_sizes: 0xffffffff })]),
  "64-bit sizes cut off": archive([
    config("x", { central_sizes: 0xffffffff, extra: new Uint8Array([1, 0, 0, 0]) }),
  ]),
  "20000 members in one place": archive([
    { name: "a", data: text(""), method: 8, body: layer, size: MIB, stored: layer.length },
    ...Array.from({ length: 20000 }, (_, k) => ({
      ...{ name: `n${k}`, local_name: "a", data: text(""), method: 8, body: layer, size: MIB, at: 0 },
    })),
  ]),
  "paths that leave the archive": archive(
    ["../../../tmp/x", "/etc/passwd", "C:\\x", "..\\x", "a/../../b", "ok\0.txt", "./config.json"].map(
      (name) => ({ name, data: text("x") }),
    ),
  ),
  "names of prototypes": archive([
    { name: "__proto__", data: text('{"polluted":1}') },
    { name: "constructor", data: text("x") },
    config("{}"),
  ]),
  "two of one name": archive([config('{"first":1}'), config('{"second":1}')]),
  "another name inside": archive([config("x", { local_name: "evil.json00" })]),
  "a wrong checksum": archive([config("hello", { crc: 1 })]),
  "a wrong checksum, deflated": archive([config("hello", { method: 8, crc: 1 })]),
  "an encrypted member": archive([config("x", { flags: 1 })]),
  "another compression": archive([config("x", { method: 14 })]),
  "a link": archive([{ name: "assets/link", data: text("/etc/passwd"), mode: 0o120777 }]),
  "65535 members": archive(Array.from({ length: 65535 }, (_, k) => ({ name: `e${k}`, data: text("") }))),
  "no directory": good.subarray(0, good.length - 22),
  "the end alone": good.subarray(good.length - 22),
  "bytes before": new Uint8Array([0x50, 0x4b, 3, 4, ...new Uint8Array(96), ...good]),
  "bytes after": new Uint8Array([...good, ...new Uint8Array(96)]),
  "no weights": good,
};

const deep = (open: string, close: string, n: number): string => open.repeat(n) + close.repeat(n);
const jsons: Readonly<Record<string, string>> = {
  prototypes: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  "an escaped prototype": '{"\\u005f_proto__":{"polluted":1}}',
  "100000 lists": deep("[", "]", 1e5),
  "a million lists": deep("[", "]", 1e6),
  "100000 objects": `${'{"a":'.repeat(1e5)}1${"}".repeat(1e5)}`,
  "a key twice": '{"class_name":"Sequential","config":{"units":1,"units":99}}',
  "a huge number": '{"units":1e309,"n":123456789012345678901234567890}',
  "no number": '{"x":NaN}',
  "a text of 70 MB": `{"a":"${"a".repeat(7e7)}"}`,
  "a million keys": `{${Array.from({ length: 1e6 }, (_, k) => `"k${k}":${k}`).join()}}`,
  "a byte order mark": "\ufeff{}",
  "half a character": '{"a":"\\ud800"}',
  "more after the end": "{}x",
  "ten million values": `{"a":[${"1,".repeat(1e7)}1]}`,
};

const model = (lines: string): string =>
  `import keras\n${lines}\nmodel = keras.Sequential([keras.layers.Dense(1)])\n`;
const snippets: Readonly<Record<string, string>> = {
  "20000 brackets": model(`x = ${deep("(", ")", 20000)}`),
  "a chain of 50000 attributes": model(`x = keras${".a".repeat(50000)}`),
  "blocks in 2000 blocks": model(
    Array.from({ length: 2000 }, (_, k) => `${" ".repeat(k)}if True:`).join("\n"),
  ),
  "a long source": model(`# ${"x".repeat(2 ** 20)}`),
  "a large power": model("x = 9 ** 9 ** 9 ** 9"),
  "a text that doubles": model(`x = "a"\n${"x = x + x\n".repeat(60)}`),
  "a list that doubles": model(`x = [1]\n${"x = x * 2\n".repeat(60)}`),
  "a billion laughs": model(`x = [1]\n${"x = [x, x, x, x]\n".repeat(60)}y = f"{x}"`),
  "a long range": model("x = [i for i in range(10 ** 12)]"),
  "a loop in a loop": model(
    "for i in range(10 ** 4):\n  for j in range(10 ** 4):\n    x = keras.layers.Dense(1)",
  ),
  "a function that calls itself": model("def f(n):\n  return f(n) + f(n)\nx = f(1)"),
  "a large layer":
    "import keras\nmodel = keras.Sequential([keras.Input((10 ** 9,)), keras.layers.Dense(10 ** 9)])\n",
  prototypes: "import keras\nx = keras.__proto__\ny = keras.layers.constructor()\n",
  "open a file": 'import keras\nmodel = keras.models.load_model("/etc/passwd")\n',
};

/** What is long but harmless. */
const odd: Readonly<Record<string, string>> = {
  "20000 signs": model(`x = ${"-".repeat(20000)}1`),
  "20000 nots": model(`x = ${"not ".repeat(20000)}1`),
  "a chain of 50000 powers": model(`x = 1${" ** 1".repeat(50000)}`),
  "a shape of many": `import keras\nmodel = keras.Sequential([keras.Input((${"2, ".repeat(2000)}))])\n`,
};

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const properties = (): string => JSON.stringify(prototypes.map((p) => Object.getOwnPropertyNames(p)));
const before = properties();

/** Refused by a typed error, in time, with little memory; more of both is allowed than is promised, for a busy machine. */
async function refused(work: () => Promise<unknown>): Promise<string> {
  const taken = meter();
  const error = await work().then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ModelError);
  expect((error as ModelError).message).not.toMatch(/(?![\t\n])[\p{Cc}\u202a-\u202e]/u);
  const { ms, bytes } = taken();
  expect(ms).toBeLessThan(6000);
  expect(bytes).toBeLessThan(400 * MIB);
  return (error as ModelError).code;
}

beforeAll(() => loadModel(fixture("mlp/model.h5")));
afterAll(async () => {
  expect(properties()).toBe(before);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((await loadModel(fixture("mlp/model.keras"))).name).toBe("mlp");
});

describe("HDF5", () => {
  const folder = new URL("../fixtures/hostile/", import.meta.url);
  test.each(readdirSync(folder).filter((name) => name.endsWith(".h5")))("%s", async (name) => {
    const code = await refused(() => loadModel(new Uint8Array(readFileSync(new URL(name, folder)))));
    if (/^model_.*(external|virtual|soft)/.test(name)) expect(code).toBe("hdf5-external");
    if (/^model_.*(shape|rank|chunk)/.test(name)) expect(code).toMatch(/^limit-|hdf5-missing/);
  });
});

describe("zip", () => {
  test.each(Object.keys(zips))("%s", async (name) => {
    expect(await refused(() => loadModel(zips[name]))).toMatch(/^(zip|limit|not-a-model)/);
    await refused(() => readNpz(zips[name]));
  });
});

describe("JSON", () => {
  test.each(Object.keys(jsons))("%s", async (name) => {
    await refused(() => loadModel(text(jsons[name])));
  });
});

describe("Python", () => {
  test.each(Object.keys(snippets))("%s", async (name) => {
    await refused(() => loadModel(text(snippets[name]), { seed: 1 }));
  });
  test.each(Object.keys(odd))("%s is read", async (name) => {
    const taken = meter();
    expect((await loadModel(text(odd[name]), { seed: 1 })).name).toBe("sequential");
    expect(taken().ms).toBeLessThan(6000);
  });
});

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readCsv } from "../src/formats/csv.ts";
import { readData } from "../src/formats/data-file.ts";
import { readIdx } from "../src/formats/idx.ts";
import { nestedTensor } from "../src/formats/json-data.ts";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { readNpy, writeNpy } from "../src/formats/npy.ts";
import { readNpz, writeNpz } from "../src/formats/npz.ts";
import { sniff } from "../src/formats/sniff.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { fixture } from "./formats-cases.ts";

const npy = (name: string): Tensor => readNpy(fixture(`data/${name}.npy`));
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const twelve = Array.from({ length: 12 }, (_, i) => i);

describe("npy", () => {
  it.each([
    ["float32", "float32"],
    ["float64", "float32"],
    ["float16", "float32"],
    ["big_f4", "float32"],
    ["fortran", "float32"],
    ["version2", "float32"],
    ["version3", "float32"],
    ["uint8", "uint8"],
    ["int8", "int32"],
    ["int16", "int32"],
    ["big_i2", "int32"],
    ["uint16", "int32"],
    ["int32", "int32"],
    ["uint32", "int32"],
    ["int64", "int32"],
    ["uint64", "int32"],
  ])("%s is read as %s", (name, dtype) => {
    const tensor = npy(name);
    expect([tensor.shape, tensor.dtype, [...tensor.data]]).toEqual([[3, 4], dtype, twelve]);
  });

  it("reads truth values, scalars, nothing, and doubles that are not floats", () => {
    expect(npy("bool")).toMatchObject({ dtype: "bool", data: Uint8Array.from(twelve, (v) => v % 2) });
    expect(npy("scalar")).toEqual({ shape: [], dtype: "float32", data: new Float32Array([2.5]) });
    expect(npy("empty")).toEqual({ shape: [0, 4], dtype: "float32", data: new Float32Array() });
    expect([...npy("fine_double").data]).toEqual([Math.fround(0.1), NaN, Infinity]);
  });

  it.each([
    ["text", "npy-type"],
    ["object", "npy-type"],
    ["wide_int", "data-range"],
  ])("%s is refused", (name, code) => {
    expect(() => npy(name)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("every cut and every extension is refused", () => {
    const bytes = fixture("data/float32.npy");
    for (let n = 0; n < bytes.length; n += 7) {
      expect(() => readNpy(bytes.slice(0, n))).toThrow(
        expect.objectContaining({ name: "ModelError" }) as Error,
      );
    }
    expect(() => readNpy(new Uint8Array([...bytes, 0]))).toThrow(
      expect.objectContaining({ code: "npy-length" }) as Error,
    );
  });

  it.each(["float32", "int32", "uint8", "bool"])("%s is written as numpy writes it", (name) => {
    expect(Buffer.compare(writeNpy(npy(name)), fixture(`data/${name}.npy`))).toBe(0);
  });
  it("writes ranks 0 and 1 as numpy does", () => {
    expect(Buffer.compare(writeNpy(npy("scalar")), fixture("data/scalar.npy"))).toBe(0);
    expect(readNpy(writeNpy(npy("fine_double"))).shape).toEqual([3]);
  });
});

describe("npz", () => {
  it.each(["stored", "deflated"])("%s archives are read", async (name) => {
    const arrays = await readNpz(fixture(`data/${name}.npz`));
    expect([...arrays.keys()]).toEqual(["x_train", "y_train"]);
    expect([...arrays.get("x_train")!.data]).toEqual(twelve);
    expect(arrays.get("y_train")).toEqual({ shape: [3], dtype: "int32", data: new Int32Array([0, 1, 2]) });
  });
  it("gives back what it wrote", async () => {
    const arrays = { a: npy("float32"), b: npy("uint8") };
    expect(Object.fromEntries(await readNpz(await writeNpz(arrays)))).toEqual(arrays);
  });
  it("takes some limits and keeps the others", async () => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, k) => [`a${k}`, npy("uint8")]));
    const bytes = await writeNpz(many);
    expect((await readNpz(bytes)).size).toBe(65);
    await expect(readNpz(bytes, { npz_members: 64 })).rejects.toThrow(/npz_members/);
    expect((await readNpz(bytes, { npz_members: 100 })).size).toBe(65);
  });
});

const idx = (type: number, shape: number[], data: number[]): Uint8Array =>
  new Uint8Array([0, 0, type, shape.length, ...shape.flatMap((d) => [0, 0, d >> 8, d & 255]), ...data]);

describe("idx", () => {
  it("is read plain and gzipped", async () => {
    const bytes = idx(8, [2, 3], [1, 2, 3, 4, 5, 255]);
    const tensor = { shape: [2, 3], dtype: "uint8", data: new Uint8Array([1, 2, 3, 4, 5, 255]) };
    expect(await readIdx(bytes)).toEqual(tensor);
    expect(await readIdx(new Uint8Array(gzipSync(bytes)))).toEqual(tensor);
    expect(await readIdx(idx(0x0b, [2], [1, 0, 255, 255]))).toMatchObject({
      data: new Int32Array([256, -1]),
    });
    expect(await readIdx(idx(0x0d, [1], [0x3f, 0x80, 0, 0]))).toMatchObject({ data: new Float32Array([1]) });
  });
  it.each([
    ["cut off", idx(8, [2, 3], [1, 2]), "idx-corrupt"],
    ["too long", idx(8, [1], [1, 2]), "idx-corrupt"],
    ["of another kind", text("hello"), "idx-corrupt"],
    ["a cut gzip file", new Uint8Array(gzipSync(idx(8, [3], [1, 2, 3]))).slice(0, -9), "gzip-corrupt"],
  ])("a file that is %s is refused", async (_what, bytes, code) => {
    await expect(readIdx(bytes)).rejects.toMatchObject({ code });
  });
  it("a gzip bomb stops at the limit", async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(2 ** 25)));
    await expect(readIdx(bomb)).rejects.toMatchObject({ code: "limit-expansion" });
    const limits = { ...DEFAULT_LIMITS, weight_bytes: 1000 };
    await expect(readIdx(bomb, "bomb", limits)).rejects.toMatchObject({ code: "limit-weight-bytes" });
  });
});

describe("csv", () => {
  it("reads tables with and without a header", () => {
    expect(readCsv("1,2\n3,-4e-1\r\n\n.5, nan \n").values).toEqual({
      shape: [3, 2],
      dtype: "float32",
      data: new Float32Array([1, 2, 3, -0.4, 0.5, NaN]),
    });
    const table = readCsv('\ufeff"a ""x"";b";c\n"1";2');
    expect(table.columns).toEqual(['a "x";b', "c"]);
    expect([...table.values.data]).toEqual([1, 2]);
  });
  it("reports every fault with line and column", () => {
    const read = (): unknown => readCsv('a,b\n1,2\n3\n4,x\n"5\n",6\n', "t.csv");
    expect(read).toThrow(/t\.csv:3: .*Expected: 2\. Received: 1\./);
    expect(read).toThrow(/t\.csv:4:2: Cell 2 \(b\) of the table is not a number\. Received: "x"\./);
  });
  it.each([
    ["1,2,,4,0\n1,2,3,4,1", /t\.csv:1:3: Cell 3 of the table is not a number\. Received: ""/],
    ["1,2,3,foo\n1,2,3,4", /t\.csv:1:4: Cell 4 of the table is not a number\. Received: "foo"/],
    ["1,2,3,1_000", /t\.csv:1:4: .*Received: "1_000"/],
    [",,\n1,2,3", /t\.csv:1:1: /],
  ])("a first row of numbers is data, not a header: %j", (content, said) => {
    expect(() => readCsv(content, "t.csv")).toThrow(said);
  });
  it.each([
    [",a,b\n0,1,2", ["", "a", "b"]],
    ["label,1,b\n0,1,2", ["label", "1", "b"]],
    ["a,1\n0,1", ["a", "1"]],
  ])("a first row of words is a header: %j", (content, columns) => {
    expect(readCsv(content).columns).toEqual(columns);
  });
  it.each(["1,2\n3,1_000", "1,2\n3", "1,2\n3,foo"])(
    "faults in a file named so are told as a table's: %j",
    async (content) => {
      const bytes = new TextEncoder().encode(content);
      await expect(readData(bytes, "t.csv")).rejects.toThrow(/^t\.csv:\d(:\d)?: .*table/);
      await expect(readData(new Uint8Array(gzipSync(bytes)), "t.CSV.gz")).rejects.toThrow(/table/);
    },
  );
  it.each(["", "\n\n"])("an empty table is refused", (content) => {
    expect(() => readCsv(content)).toThrow(expect.objectContaining({ code: "csv-empty" }) as Error);
  });
  it("an open quote is refused", () => {
    expect(() => readCsv('1,"2')).toThrow(expect.objectContaining({ code: "csv-quote" }) as Error);
  });
});

describe("nested arrays", () => {
  it("become tensors", () => {
    expect(
      nestedTensor([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ shape: [2, 2], dtype: "float32", data: new Float32Array([1, 2, 3, 4]) });
    expect(nestedTensor([true, false])).toMatchObject({ dtype: "bool" });
  });
  it("ragged ones and texts are refused with their place", () => {
    expect(() => nestedTensor([[1, 2], [3]], "x")).toThrow(
      /^x\[1\]: .*Expected: an array of 2\. Received: an array of 1\./,
    );
    expect(() => nestedTensor([1, "2"], "x")).toThrow(/^x\[1\]: .*Received: "2"\./);
    let deep: unknown = 1;
    for (let k = 0; k < 100_000; k++) deep = [deep];
    expect(() => nestedTensor(deep)).toThrow(expect.objectContaining({ code: "limit-rank" }) as Error);
  });
});

describe("data files are told apart by content", () => {
  it.each([
    ["npy", fixture("data/int32.npy"), "npy", [""]],
    ["npz", fixture("data/stored.npz"), "npz", ["x_train", "y_train"]],
    ["IDX", idx(8, [2], [1, 2]), "idx", [""]],
    ["gzip", new Uint8Array(gzipSync(idx(8, [2], [1, 2]))), "gzip", [""]],
    ["CSV", text("a,b\n1,2\n"), "csv", [""]],
    ["one column", text("1\n2\n3\n"), "csv", [""]],
    ["JSON", text("[[1, 2], [3, 4]]"), "json", [""]],
    ["a JSON record", text('{"left": [1], "right": [2]}'), "json", ["left", "right"]],
  ] as const)("%s", async (_what, bytes, format, names) => {
    expect(sniff(bytes)).toBe(format);
    expect([...(await readData(bytes)).keys()]).toEqual(names);
  });
  it.each([
    ["nothing", new Uint8Array(), "data-empty"],
    ["a program", text("import keras\nmodel = keras.Sequential()\n"), "data-format"],
    ["a model", fixture("mlp/model.h5"), "data-format"],
    ["a zip of other things", fixture("mlp/model.keras"), "data-format"],
    ["gzip in gzip", new Uint8Array(gzipSync(gzipSync("1,2"))), "data-format"],
    ["half a JSON text", text("[[1, 2], [3"), "bad-json"],
  ])("%s is refused", async (_what, bytes, code) => {
    await expect(readData(bytes, "f")).rejects.toMatchObject({ code });
  });
});

describe("sniff", () => {
  it.each([
    ["hdf5", fixture("mlp/model.h5")],
    ["hdf5", new Uint8Array([...new Uint8Array(512), ...fixture("mlp/model.h5")])],
    ["zip", fixture("mlp/model.keras")],
    [
      "zip",
      new Uint8Array([
        ...[0x50, 0x4b, 3, 4],
        ...new Uint8Array(4092),
        ...fixture("mlp/model.h5").slice(0, 64),
      ]),
    ],
    ["python", text("from keras import layers\n\nmodel = 1\n")],
    ["python", text("[layer] = [1]\nx = 2\n")],
    ["json", text('  {"class_name": "Sequential", "a=b": 1}')],
    ["empty", new Uint8Array()],
    ["binary", new Uint8Array([1, 0, 2, 0])],
  ])("%s", (format, bytes) => expect(sniff(bytes)).toBe(format));
});

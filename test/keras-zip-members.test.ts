import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";
import { archive, type Member } from "./zip-archive.ts";

const MORE = "fixtures/keras-zip/more";
const bytesOf = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path));
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const own: readonly Member[] = readdirSync(`${MORE}/folder`).map((name) => ({
  name,
  data: bytesOf(`${MORE}/folder/${name}`),
}));
/** The model with further members, those of other programs. */
const withMembers = (...more: readonly Partial<Member>[]): Uint8Array =>
  archive([...own, ...more.map((member) => ({ name: "notes.txt", data: text("hello"), ...member }))]);

async function problemOf(source: string | Uint8Array): Promise<ModelError> {
  const error = await loadModel(source).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
}

describe("members that Keras does not read", () => {
  test("change nothing", async () => {
    const model = await loadModel(`${MORE}/members/foreign.keras`);
    const { x, y } = JSON.parse(readFileSync(`${MORE}/output.json`, "utf8")) as Record<"x" | "y", number[]>;
    const got = model.predict({ shape: [3, 5, 4], dtype: "float32", data: Float32Array.from(x) });
    expect(Math.max(...got.data.map((v, k) => Math.abs(v - y[k])))).toBeLessThan(1e-6);
    expect(model.notes).toEqual([]);
  });

  const passed: Readonly<Record<string, Partial<Member>>> = {
    encrypted: { flags: 1 },
    "compressed otherwise": { method: 98 },
    "of another checksum": { crc: 1 },
    "of prototypes": { name: "__proto__" },
    "large by their own account": { method: 8, size: 0xfffffff0 },
    "folders, by their attributes": { name: "notes", data: text(""), mode: 0o040755 },
  };
  test.each(Object.keys(passed))("are not looked into: %s", async (name) => {
    const model = await loadModel(withMembers(passed[name]));
    expect(model.name).toBe("zip");
    expect(model.notes).toEqual([]);
  });

  const refused: Readonly<Record<string, readonly [code: string, ...members: Partial<Member>[]]>> = {
    "where the weights are": ["zip-corrupt", { name: "model.weights.h6", at: 0 }],
    "of another name inside": ["zip-corrupt", { local_name: "notes.tx_" }],
    "longer than the archive": ["zip-corrupt", { stored: 2 ** 30, size: 2 ** 30 }],
    "of one name": ["zip-corrupt", {}, { data: text("other") }],
    "of the name of one that is read": ["zip-corrupt", { name: "config.json" }],
    "outside of the archive": ["zip-corrupt", { name: "../notes.txt" }],
    "of the root": ["zip-corrupt", { name: "/etc/passwd" }],
    "with control characters": ["zip-member", { name: "notes\u001b[2J.txt", flags: 0x800 }],
    "in the place of folders": ["zip-member", { name: "notes/" }],
    "that are files of layers": ["zip-member", { name: "assets/layers/näme/vocabulary.txt" }],
    "more than the limit": [
      "limit-zip-members",
      ...Array.from({ length: 62 }, (_, k) => ({ name: `n${k}`, data: text("") })),
    ],
  };
  test.each(Object.keys(refused))("are refused: %s", async (name) => {
    const [code, ...members] = refused[name];
    expect((await problemOf(withMembers(...members))).code).toBe(code);
  });

  test("are refused where they lie upon one another", async () => {
    const first = { name: "a", data: text("hello") };
    const bytes = archive([first, { ...first, at: 0 }, ...own]);
    expect((await problemOf(bytes)).code).toBe("zip-corrupt");
    const inside = archive([{ ...first, stored: 400, size: 400 }, ...own]);
    expect((await problemOf(inside)).message).toMatch(/Overlapping/i);
  });

  test("tell of archives of other programs, however many they are", async () => {
    const many = Array.from({ length: 80 }, (_, k) => ({ name: `archive/data/${k}`, data: text("") }));
    const pytorch = archive([{ name: "archive/data.pkl", data: text("") }, ...many]);
    expect((await problemOf(pytorch)).message).toContain("is a Python pickle");
  });
});

describe("archives that Keras would have otherwise", () => {
  test("of a folder: what is in it is wanted", async () => {
    const error = await problemOf(`${MORE}/members/in-folder.keras`);
    expect(error.code).toBe("zip-member-missing");
    expect(error.message).toContain("in the folder model/: zip what is in that folder");
  });
  test("compressed by another method: it is named", async () => {
    const error = await problemOf(`${MORE}/members/bzip2.keras`);
    expect(error).toMatchObject({ code: "zip-member", expected: "stored or deflated", received: "bzip2" });
  });
  test("behind other bytes: told as such", async () => {
    const error = await problemOf(new Uint8Array([...text("#!/bin/sh\nexit\n"), ...archive(own)]));
    expect(error.received).toBe("a zip archive with other bytes before it");
    const inner = await problemOf(new Uint8Array([...archive(own).subarray(0, 4), ...archive(own)]));
    expect(inner.code).toBe("zip-corrupt");
  });
});

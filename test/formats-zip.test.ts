import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { readModelFile } from "../src/formats/model-file.ts";
import { spawnHere } from "../src/formats/hdf5.ts";
import { readZip, writeZip, type MemberLimit } from "../src/formats/zip.ts";
import { meter } from "./cost.ts";
import { fixture } from "./formats-cases.ts";
import { archive, type Member } from "./zip-archive.ts";

const any: MemberLimit = (name) => (name.endsWith(".bad") ? undefined : "config_bytes");
const text = (s: string): Uint8Array => new TextEncoder().encode(s);

const one = (member: Partial<Member>): Uint8Array => archive([{ name: "a", data: text("hello"), ...member }]);

describe("zip", () => {
  it("reads stored and deflated members, and what it wrote itself", async () => {
    const members = new Map([
      ["a", text("hello")],
      ["b", new Uint8Array(1000)],
    ]);
    expect(
      await readZip(
        archive([...members].map(([name, data]) => ({ name, data, method: 8 }))),
        DEFAULT_LIMITS,
        any,
      ),
    ).toEqual(members);
    const bytes = await writeZip(members);
    expect(await readZip(bytes, DEFAULT_LIMITS, any)).toEqual(members);
    await new Promise((later) => setTimeout(later, 2100));
    expect(Buffer.compare(bytes, await writeZip(members))).toBe(0);
  });

  const bad: [string, Uint8Array, string][] = [
    ["a wrong checksum", one({ crc: 1 }), "zip-corrupt"],
    [
      "a size that is too small",
      one({ method: 8, data: new Uint8Array(5000), size: 100, crc: 0 }),
      "zip-corrupt",
    ],
    ["a size that is too large", one({ size: 6 }), "zip-corrupt"],
    ["a name that differs inside", one({ local_name: "b" }), "zip-corrupt"],
    ["encryption", one({ flags: 1 }), "zip-member"],
    ["an unknown method", one({ method: 14 }), "zip-member"],
    ["a name that is not expected", one({ name: "x.bad" }), "zip-member"],
    ["a path outside", one({ name: "../x" }), "zip-corrupt"],
    ["one name twice", archive([1, 2].map((n) => ({ name: "a", data: text(String(n)) }))), "zip-corrupt"],
    ["bytes before the archive", new Uint8Array([...new Uint8Array(9), ...one({})]), "zip-corrupt"],
    [
      "a large member of nothing",
      one({ method: 8, data: new Uint8Array(2 ** 26 + 1) }),
      "limit-config-bytes",
    ],
    ["a bomb", one({ size: 0xf0000000 }), "limit-config-bytes"],
    [
      "too many members",
      archive(Array.from({ length: 65 }, (_, i) => ({ name: `m${i}`, data: text("") }))),
      "limit-zip-members",
    ],
    ["nothing", new Uint8Array(), "zip-corrupt"],
  ];
  it.each(bad)("refuses %s", async (_what, bytes, code) => {
    const taken = meter();
    await expect(readZip(bytes, DEFAULT_LIMITS, any)).rejects.toMatchObject({ code });
    expect(taken().ms).toBeLessThan(2000);
  });

  it("finds every damage of a .keras file", async () => {
    const good = fixture("mlp/model.keras");
    const known: MemberLimit = (name) =>
      /^(config|metadata)\.json$|^model\.weights\.h5$/.test(name) ? "weight_bytes" : undefined;
    const members = await readZip(good, DEFAULT_LIMITS, known);
    let refused = 0;
    for (let at = 3; at < good.length; at += 61) {
      const bytes = good.slice();
      bytes[at] ^= 1 + (at % 255);
      const read = await readZip(bytes, DEFAULT_LIMITS, known).catch((e: Error) => e.name);
      if (typeof read === "string") {
        refused++;
        expect(read).toMatch(/^Model(Limit)?Error$/);
      } else {
        expect(read).toEqual(members);
      }
    }
    expect(refused).toBeGreaterThan(380);
  });

  it("names what is missing from a .keras file", async () => {
    const bytes = await writeZip(new Map([["config.json", text("{}")]]));
    await expect(readModelFile(bytes, DEFAULT_LIMITS, spawnHere)).rejects.toMatchObject({
      code: "zip-member-missing",
      received: "config.json",
    });
  });
});

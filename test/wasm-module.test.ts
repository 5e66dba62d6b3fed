import { describe, expect, it } from "vitest";
import { emitWasm } from "../src/codegen/emit-wasm.ts";
import { emitWat } from "../src/codegen/emit-wat.ts";
import type { Expr } from "../src/codegen/kernels.ts";
import { float32, signed, unsigned } from "../src/codegen/wasm/bytes.ts";
import { defineFunction, type Code, type Local } from "../src/codegen/wasm/code.ts";
import { encode } from "../src/codegen/wasm/module.ts";
import { printModule } from "../src/codegen/wasm/text.ts";
import { routines } from "../src/codegen/routines/index.ts";
import {
  at,
  binary,
  buffer,
  instantiate,
  local,
  loop,
  num,
  plan,
  splat,
  store,
  unary,
  vector,
} from "./wasm/make.ts";
import { parseWat } from "./wasm/parse-wat.ts";

const define = (body: (code: Code, x: Local) => void, results: readonly ("i32" | "v128")[] = []) =>
  defineFunction("sample", { x: "i32" }, results, { fma: false }, body);

describe("numbers in a module", () => {
  it("are LEB128", () => {
    expect(unsigned(0)).toEqual([0]);
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(unsigned(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(signed(-123456n)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signed(63n)).toEqual([63]);
    expect(signed(64n)).toEqual([0xc0, 0]);
    expect(signed(-64n)).toEqual([0x40]);
    expect(float32(-0)).toEqual([0, 0, 0, 0x80]);
  });
});

describe("the code builder", () => {
  it.each<[string, (code: Code, x: Local) => void, RegExp]>([
    [
      "a wrong type",
      (c, x) => (c.get(x)(c), c.get(x)(c), c.op("f32x4.add")),
      /f32x4\.add, takes \(v128 v128\), but .* i32/,
    ],
    ["an empty stack", (c) => c.op("i32.add"), /i32\.add, takes .* nothing/],
    [
      "a value from outside of a block",
      (c, x) => (c.get(x)(c), c.block("loop", "l", () => c.op("i32.eqz"))),
      /i32\.eqz, .* nothing/,
    ],
    ["a value left in a block", (c, x) => c.block("loop", "l", () => c.get(x)(c)), /end, leaves i32/],
    ["a value left at the end", (c, x) => c.get(x)(c), /end, leaves \(i32\)/],
    [
      "a missing argument",
      (c, x) => (c.get(x)(c), c.op("v128.load")),
      /v128\.load, wants 1 arguments, received 0/,
    ],
    [
      "a local of another type",
      (c) => (c.op("f32.const", 1), c.op("local.set", { index: 0, type: "i32" })),
      /local\.set, takes \(i32\), .* f32/,
    ],
    [
      "a call with wrong arguments",
      (c) => c.op("call", routines.uniform.wasm),
      /call, takes \(i32 i32 i32\)/,
    ],
  ])("names the instruction and the function for %s", (_, body, message) => {
    expect(() => define(body)).toThrow(message);
    expect(() => define(body)).toThrow(/sample: instruction \d+/);
  });

  it("uses a local again once its scope has ended", () => {
    const scopes = (c: Code): void => {
      for (let k = 0; k < 3; k++) c.scope(() => void [c.local("v128", "t"), c.local("v128", "t")]);
    };
    expect(define(scopes).locals.map((one) => one.name)).toEqual(["x", "t", "t.2"]);
  });

  it("sets a constant once, at function entry, zeros of either sign apart", () => {
    const body = (c: Code): void => {
      for (const value of [0.5, -0, 0.5, 0]) {
        c.constant(value)(c);
        c.op("local.set", c.local("v128", "t"));
      }
    };
    const { body: made } = define(body);
    expect(made.filter(({ op }) => op === "v128.const")).toHaveLength(3);
    expect(made.slice(0, 4).map(({ op }) => op)).toEqual([
      "v128.const",
      "local.set",
      "v128.const",
      "local.set",
    ]);
  });
});

describe("a module", () => {
  it("refuses two functions of the same name", () => {
    const [a, b] = [define(() => undefined), define(() => undefined)];
    expect(() => encode({ pages: 1, functions: [a, b] })).toThrow(/same name/);
  });

  it("names functions and locals", () => {
    const module = new WebAssembly.Module(
      encode({ pages: 1, functions: [define((c) => void c.local("f32", "spare"))] }),
    );
    const [names] = WebAssembly.Module.customSections(module, "name");
    const text = new TextDecoder().decode(names);
    expect(text).toContain("sample");
    expect(text).toContain("spare");
  });

  it("calls functions that are not exported", () => {
    const inner = defineFunction("inner", { x: "i32" }, ["i32"], { fma: false }, (c, x) => {
      c.get(x)(c);
      c.op("i32.const", 1);
      c.op("i32.add");
    });
    const outer = define((c, x) => (c.get(x)(c), c.op("call", inner), c.op("call", inner)), ["i32"]);
    const { exports } = instantiate(encode({ pages: 1, functions: [outer] }), 16);
    expect(exports.sample(40)).toBe(42);
    expect(Object.keys(exports)).toEqual(["sample"]);
  });
});

describe("the text", () => {
  const [x, y, seed] = [buffer("x", 64), buffer("y", 64), buffer("seed", 2)];
  const [p, q] = [vector(x, at(0, { i: 1 })), splat(x, at(3))];
  const everything: Expr[] = [
    ...(["neg", "abs", "floor", "sqrt", "exp", "log", "tanh", "sigmoid", "erf"] as const).map((op) =>
      unary(op, p),
    ),
    ...(["add", "sub", "mul", "div", "max", "min", "powi", "greater", "equal"] as const).map((op) =>
      binary(op, p, q),
    ),
    { kind: "mac", x: p, y: q, z: num(1e-7) },
    { kind: "where", test: binary("greater", p, q), yes: p, no: num(-0) },
    { kind: "across", op: "sum", x: p },
    { kind: "sums", xs: [p, q, p, q] },
    { kind: "last", count: 3, x: p },
    { kind: "index", how: "vector", at: at(1, { i: 1 }) },
    { kind: "batch" },
    num(NaN),
    num(-Infinity),
  ];
  const all = plan(
    [x, y, seed],
    [
      loop(
        "i",
        0,
        { n: 1, multiple: 4 },
        4,
        everything.map((e) => store(y, at(0, { i: 1 }), e)),
      ),
    ],
    [{ kind: "call", routine: "uniform", seed, out: y, count: { n: 1 } }],
    [store(y, at(0), p.kind === "load" ? q : p, "one")],
  );

  it.each([false, true])("says what the bytes say (fused multiply-add: %s)", (fma) => {
    expect(encode(parseWat(emitWat(all, { fma })))).toEqual(emitWasm(all, { fma }));
  });

  it("is the same every time, with the formula above each kernel", () => {
    expect(emitWat(all, { fma: false })).toBe(emitWat(all, { fma: false }));
    expect(emitWat(all, { fma: false })).toContain("  ;; what kernel_1 does\n  (func $kernel_1");
  });

  it("is folded, its locals named", () => {
    const [a, b, c] = [buffer("a", 8), buffer("b", 8), buffer("c", 4)];
    const sum: Expr = {
      kind: "mac",
      x: splat(a, at(0, { k: 1 })),
      y: vector(b, at(0, { k: 4 })),
      z: local("sum"),
    };
    const small = plan(
      [a, b, c],
      [
        { kind: "let", name: "sum", value: num(0) },
        loop("k", 0, 2, 1, [{ kind: "set", name: "sum", value: sum }]),
        store(c, at(0), local("sum")),
      ],
    );
    expect(emitWat(small, { fma: false })).toMatchInlineSnapshot(`
      "(module
        (import "env" "memory" (memory 1))

        ;; what kernel_0 does
        (func $kernel_0 (export "kernel_0") (param $n i32)
          (local $sum v128)
          (local $k i32)
          (local $at i32)
          (local $at.2 i32)
          (local.set $sum (v128.const f32x4 0 0 0 0))
          (local.set $k (i32.const 2))
          (local.set $at (i32.const 0))
          (local.set $at.2 (i32.const 0))
          loop $k
            (local.set $sum
              (f32x4.add
                (local.get $sum)
                (f32x4.mul
                  (v128.load32_splat offset=0 align=4 (local.get $at))
                  (v128.load offset=32 align=4 (local.get $at.2)))))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (local.set $at.2 (i32.add (local.get $at.2) (i32.const 16)))
            (br_if 0 (local.tee $k (i32.add (local.get $k) (i32.const -1))))
          end
          (v128.store offset=64 align=4 (i32.const 0) (local.get $sum))
        )

        (func $run (export "run") (param $n i32)
          (call $kernel_0 (local.get $n))
        )
      )
      "
    `);
    expect(printModule({ pages: 0, functions: [define(() => undefined)] })).toBe(
      '(module\n\n  (func $sample (export "sample") (param $x i32)\n  )\n)\n',
    );
  });
});

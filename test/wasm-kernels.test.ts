import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Buffer, Expr, Extent, Index, Plan, Stmt } from "../src/codegen/kernels.ts";
import { evaluatePlan } from "./wasm/evaluate.ts";
import {
  at,
  binary,
  buffer,
  instantiatePlan,
  local,
  loop,
  num,
  plan,
  splat,
  store,
  unary,
  vector,
} from "./wasm/make.ts";

const size = 4096;
const fill = (memory: Float32Array): void => {
  for (let i = 0; i < memory.length; i++) memory[i] = Math.fround((((i * 7919) % 257) - 128) / 32);
};

/** Generated code and evaluator leave the same numbers in all of memory. */
function agree(p: Plan, n: number, tolerance = 0, prepare = fill): void {
  const { memory, exports } = instantiatePlan(p);
  prepare(memory);
  const expected = memory.slice();
  evaluatePlan(p, expected, n);
  exports.run(n);
  for (let i = 0; i < memory.length; i++) {
    const [got, want] = [memory[i], expected[i]];
    const near = Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want));
    if (!(near || got === want || (got !== got && want !== want)))
      expect.fail(`element ${i}: ${got}, expected ${want}`);
  }
}

interface Around {
  readonly loops: readonly string[];
  readonly locals: readonly string[];
}
type Draw = <T>(values: readonly T[]) => T;
/** Choices that follow from a seed: whole kernels are too large to shrink. */
function drawFrom(seed: number): Draw {
  let state = seed;
  return (values) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return values[Math.floor((state / 2 ** 32) * values.length)];
  };
}
const input = buffer("input", size);
const output = buffer("output", size);
const counts = [0, 1, 2, 3, 5, 8];
const strides = [-8, -4, -1, 0, 1, 4, 4, 8, 17];

/** Random kernels; indices stay within 2048 of the middle of a buffer. */
function generator(draw: Draw) {
  const index = ({ loops }: Around): Index => ({
    base: 2040 + draw([0, 0, 1, 4, 16, 100]),
    terms: loops.flatMap((name) =>
      draw([true, true, false]) ? [{ loop: name, stride: draw(strides) }] : [],
    ),
  });
  const some = (): Buffer => draw([input, input, output]);
  const how = (): "vector" | "splat" => draw(["vector", "splat"]);
  const leaf = (around: Around): Expr =>
    draw<() => Expr>([
      () => num(draw([0, 1, -1, 0.5, 3, -0, Infinity, NaN])),
      () => ({ kind: "load", how: how(), buffer: some(), at: index(around) }),
      () => ({ kind: "load", how: how(), buffer: some(), at: index(around) }),
      () => ({ kind: "index", how: how(), at: index(around) }),
      () => ({ kind: "batch" }),
      () => (around.locals.length > 0 ? local(draw(around.locals)) : num(2)),
    ])();
  const expr = (depth: number, around: Around): Expr => {
    if (depth === 0) return leaf(around);
    const e = (): Expr => expr(depth - 1, around);
    return draw<() => Expr>([
      () => leaf(around),
      () => unary(draw(["neg", "abs", "floor", "sqrt"]), e()),
      () => binary(draw(["add", "sub", "mul", "div", "max", "min", "greater", "equal"]), e(), e()),
      () => binary(draw(["add", "sub", "mul", "div", "max", "min", "greater", "equal"]), e(), e()),
      () => ({ kind: "mac", x: e(), y: e(), z: e() }),
      () => ({ kind: "where", test: e(), yes: e(), no: e() }),
      () => ({ kind: "across", op: draw(["sum", "max"]), x: e() }),
      () => ({ kind: "sums", xs: [e(), e(), e(), e()] }),
      () => ({ kind: "last", count: draw([1, 2, 3, 4]), x: e() }),
    ])();
  };
  const extent = (): Extent =>
    draw<() => Extent>([
      () => draw(counts),
      () => draw(counts),
      () => ({ n: draw([1, 2]) }),
      () => ({ n: 1, multiple: draw([2, 3, 4]) }),
    ])();
  const nest = (depth: number, around: Around): Stmt[] => {
    const name = `loop_${depth}`;
    const inner = { ...around, loops: [...around.loops, name] };
    const step = draw([1, 1, 2, 4]);
    const split = { n: 1, multiple: draw([2, 4]) };
    return draw<() => Stmt[]>([
      () => [loop(name, draw([0, 0, 1, 3]), extent(), step, body(depth - 1, inner))],
      // A main loop and its remainder.
      () => [
        loop(name, 0, split, split.multiple, body(depth - 1, inner)),
        loop(name, split, { n: 1 }, 1, body(depth - 1, inner)),
      ],
    ])();
  };
  const body = (depth: number, around: Around): Stmt[] => {
    const out: Stmt[] = [];
    const locals = [...around.locals];
    for (let k = draw([1, 2, 3]); k > 0; k--) {
      const here = { ...around, locals };
      const pick = draw(["store", "let", "set", "nest", "nest"]);
      if (pick === "nest" && depth > 0) out.push(...nest(depth, here));
      else if (pick === "let") {
        const name = `local_${locals.length}`;
        out.push({ kind: "let", name, value: expr(2, here) });
        locals.push(name);
      } else if (pick === "set" && locals.length > 0)
        out.push({ kind: "set", name: draw(locals), value: expr(2, here) });
      else out.push(store(output, index(here), expr(2, here), draw(["vector", "one"])));
    }
    return out;
  };
  return { body: () => body(3, { loops: [], locals: [] }) };
}

describe("random kernels", () => {
  it("do in WebAssembly what their statements say", () => {
    const property = fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, n) => {
      agree(plan([input, output], generator(drawFrom(seed)).body()), n);
    });
    fc.assert(property, { numRuns: 300, endOnFailure: true });
  });
});

describe("addresses", () => {
  it("may begin before a buffer where the loop does not start at zero", () => {
    const [x, y] = [buffer("x", 64), buffer("y", 64)];
    const body = [loop("i", 8, 24, 4, [store(y, at(-8, { i: 1 }), vector(x, at(-8, { i: 1 })))])];
    agree(plan([x, y], body), 1);
    agree(plan([y, x], body), 1);
  });

  it("may run backwards from the end of memory", () => {
    const [x, y] = [buffer("x", 64), buffer("y", 64)];
    const body = [loop("i", 0, { n: 4 }, 1, [store(y, at(0, { i: 1 }), splat(x, at(63, { i: -1 })), "one")])];
    agree(plan([x, y], body), 16);
    agree(
      plan(
        [x, y],
        [
          loop("r", 0, 3, 1, [
            loop("i", 0, 4, 1, [store(y, at(0, { r: 16, i: 4 }), vector(x, at(60, { r: -16, i: -4 })))]),
          ]),
        ],
      ),
      1,
    );
  });

  it("of a tile of a matrix product with remainders in all three directions", () => {
    const [rows, columns, depth] = [7, 12, 5];
    const [a, b, c] = [buffer("a", rows * depth), buffer("b", depth * columns), buffer("c", rows * columns)];
    const tile = (height: number, from: Extent, to: Extent): Stmt => {
      const lines = [...Array(height).keys()];
      return loop("m", from, to, height, [
        ...lines.map((k): Stmt => ({ kind: "let", name: `acc${k}`, value: num(0) })),
        loop("k", 0, depth, 1, [
          { kind: "let", name: "b", value: vector(b, at(0, { k: columns, v: 1 })) },
          ...lines.map((k): Stmt => {
            const x = splat(a, at(k * depth, { m: depth, k: 1 }));
            return {
              kind: "set",
              name: `acc${k}`,
              value: { kind: "mac", x, y: local("b"), z: local(`acc${k}`) },
            };
          }),
        ]),
        ...lines.map((k) => store(c, at(k * columns, { m: columns, v: 1 }), local(`acc${k}`))),
      ]);
    };
    const even = { n: 1, multiple: 2 };
    const product = plan([a, b, c], [loop("v", 0, columns, 4, [tile(2, 0, even), tile(1, even, { n: 1 })])]);
    for (let n = 1; n <= rows; n++) agree(product, n);
  });
});

describe("operations", () => {
  const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-40, -1e-40, 3e38, 1.5, -2.5];
  const [x, y, z] = [buffer("x", 256), buffer("y", 256), buffer("z", 256)];
  const pairs = (memory: Float32Array): void => {
    fill(memory);
    for (let i = 0; i < 144; i++) {
      memory[i] = special[i % 12];
      memory[256 + i] = special[Math.floor(i / 12)];
    }
  };
  const [p, q] = [vector(x, at(0, { i: 1 })), vector(y, at(0, { i: 1 }))];
  const through = (e: Expr): Plan => plan([x, y, z], [loop("i", 0, 144, 4, [store(z, at(0, { i: 1 }), e)])]);

  it.each(["add", "sub", "mul", "div", "max", "min", "greater", "equal"] as const)(
    "%s of special values",
    (op) => {
      agree(through(binary(op, p, q)), 1, 0, pairs);
      for (const value of special) agree(through(binary(op, p, num(value))), 1, 0, pairs);
      for (const value of special) agree(through(binary(op, num(value), p)), 1, 0, pairs);
    },
  );
  it.each(["neg", "abs", "floor", "sqrt"] as const)("%s of special values", (op) => {
    agree(through(unary(op, p)), 1, 0, pairs);
  });
  it("where of special values, with and without a comparison and zeros", () => {
    for (const test of [p, binary("greater", p, q), binary("equal", p, q), num(NaN)])
      for (const [yes, no] of [
        [p, q],
        [p, num(0)],
        [num(0), q],
        [p, num(-0)],
      ])
        agree(through({ kind: "where", test, yes, no }), 1, 0, pairs);
  });
  it.each([1, 2, 3, 4])("powers with the constant exponent %d", (exponent) => {
    agree(through(binary("powi", p, num(exponent))), 1, 4e-7);
  });
  it.each(["exp", "log", "tanh", "sigmoid", "erf"] as const)(
    "%s within a kernel, twice in one expression",
    (op) => {
      agree(through(binary("sub", unary(op, p), unary(op, unary("abs", q)))), 1, 4e-7);
    },
  );
});

describe("the driver", () => {
  it("calls kernels in order with the batch, and exports each", () => {
    const x = buffer("x", 64);
    const first = [loop("i", 0, { n: 1 }, 1, [store(x, at(0, { i: 1 }), num(2), "one")])];
    const second = [
      loop("i", 0, { n: 1 }, 1, [
        store(x, at(0, { i: 1 }), binary("mul", splat(x, at(0, { i: 1 })), num(3)), "one"),
      ]),
    ];
    const { memory, exports } = instantiatePlan(plan([x], first, second));
    exports.run(5);
    expect([...memory.subarray(0, 7)]).toEqual([6, 6, 6, 6, 6, 0, 0]);
    exports.kernel_1(1);
    expect([...memory.subarray(0, 3)]).toEqual([18, 6, 6]);
    expect(Object.keys(exports)).toEqual(["kernel_0", "kernel_1", "run"]);
  });

  it("refuses what the plan does not hold", () => {
    const [x, other] = [buffer("x", 64), buffer("other", 64)];
    const emit =
      (...body: Stmt[]) =>
      () =>
        instantiatePlan(plan([x], body));
    expect(emit(store(other, at(0), num(1)))).toThrow(/buffer other has no place/);
    expect(emit(store(x, at(0, { i: 1 }), num(1)))).toThrow(/names the loop i/);
    expect(emit(store(x, at(0), local("y")))).toThrow(/local y is not visible/);
    expect(emit(loop("i", 0, 3, 0, []))).toThrow(/loop i has the step 0/);
    expect(emit(loop("i", 0, 3, 1, [loop("i", 0, 3, 1, [])]))).toThrow(/two loops i/);
  });
});

import { sigmoid } from "../../src/ir/sigmoid.ts";
import type { BinaryOp, Expr, Extent, Index, Plan, Stmt, UnaryOp } from "../../src/codegen/kernels.ts";
import { erf } from "../../src/ir/ops.ts";

/** What a kernel means, statement by statement: four float32 lanes a value. */
type Lanes = readonly number[];

interface Frame {
  readonly memory: Float32Array;
  readonly plan: Plan;
  readonly n: number;
  readonly fma: boolean;
  readonly loops: ReadonlyMap<string, number>;
  readonly locals: Map<string, { value: Lanes }>;
}

const round = Math.fround;
const every = (f: (lane: number) => number): Lanes => [0, 1, 2, 3].map((lane) => round(f(lane)));
const position = (at: Index, frame: Frame): number =>
  at.terms.reduce((sum, { loop, stride }) => sum + frame.loops.get(loop)! * stride, at.base);
const extent = (e: Extent, n: number): number => {
  if (typeof e === "number") return e;
  const { multiple = 1 } = e;
  return Math.floor((n * e.n) / multiple) * multiple;
};

const unary: Readonly<Record<UnaryOp, (x: number) => number>> = {
  neg: (x) => -x,
  abs: Math.abs,
  floor: Math.floor,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  sigmoid,
  erf,
};
const binary: Readonly<Record<BinaryOp, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  max: (x, y) => (x >= y || x !== x ? x : y),
  min: (x, y) => (x <= y || x !== x ? x : y),
  powi: (x, y) => x ** y,
  greater: (x, y) => Number(x > y),
  equal: (x, y) => Number(x === y),
};

export function evaluate(e: Expr, frame: Frame): Lanes {
  const of = (x: Expr): Lanes => evaluate(x, frame);
  switch (e.kind) {
    case "const":
      return every(() => e.value);
    case "local":
      return frame.locals.get(e.name)!.value;
    case "load": {
      const at = frame.plan.offsets.get(e.buffer)! + position(e.at, frame);
      return every((lane) => frame.memory[e.how === "vector" ? at + lane : at]);
    }
    case "index":
      return every((lane) => position(e.at, frame) + (e.how === "vector" ? lane : 0));
    case "batch":
      return every(() => frame.n);
    case "unary": {
      const x = of(e.x);
      return every((lane) => unary[e.op](x[lane]));
    }
    case "binary": {
      // Which of two zeros a constant and a value give is not promised: the value, where the constant stands first.
      const swap = (e.op === "max" || e.op === "min") && e.x.kind === "const" && e.y.kind !== "const";
      const [x, y] = swap ? [of(e.y), of(e.x)] : [of(e.x), of(e.y)];
      return every((lane) => binary[e.op](x[lane], y[lane]));
    }
    case "mac": {
      const [x, y, z] = [of(e.x), of(e.y), of(e.z)];
      return every((lane) => (frame.fma ? x[lane] * y[lane] : round(x[lane] * y[lane])) + z[lane]);
    }
    case "where": {
      const [test, yes, no] = [of(e.test), of(e.yes), of(e.no)];
      return every((lane) => (test[lane] !== 0 ? yes[lane] : no[lane]));
    }
    case "across": {
      const x = of(e.x);
      const fold = (a: number, b: number): number => round(binary[e.op === "sum" ? "add" : "max"](a, b));
      return every((k) => fold(fold(x[k], x[k ^ 2]), fold(x[k ^ 1], x[k ^ 3])));
    }
    case "sums": {
      const rows = e.xs.map(of);
      return every((k) => round(rows[k][0] + rows[k][1]) + round(rows[k][2] + rows[k][3]));
    }
    case "last": {
      const x = of(e.x);
      return every((lane) => (lane < 4 - e.count ? 0 : x[lane]));
    }
  }
}

function run(body: readonly Stmt[], outer: Frame): void {
  const frame = { ...outer, locals: new Map(outer.locals) };
  for (const s of body) {
    if (s.kind === "for") {
      for (let i = extent(s.from, frame.n); i < extent(s.to, frame.n); i += s.step)
        run(s.body, { ...frame, loops: new Map([...frame.loops, [s.loop, i]]) });
    } else if (s.kind === "let") frame.locals.set(s.name, { value: evaluate(s.value, frame) });
    else if (s.kind === "set") frame.locals.get(s.name)!.value = evaluate(s.value, frame);
    else if (s.kind === "store") {
      const at = frame.plan.offsets.get(s.buffer)! + position(s.at, frame);
      frame.memory.set(evaluate(s.value, frame).slice(0, s.how === "vector" ? 4 : 1), at);
    } else throw new Error("routines are not evaluated here");
  }
}

/** Runs all kernels of a plan on a memory. */
export function evaluatePlan(plan: Plan, memory: Float32Array, n: number, fma = false): void {
  for (const { body } of plan.kernels)
    run(body, { memory, plan, n, fma, loops: new Map(), locals: new Map() });
}

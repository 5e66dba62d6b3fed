import { blocksOf, walk } from "./generate.ts";
import type { Block, Buffer, Expr, Extent, Index, Kernel, Plan, Row, Stmt } from "./kernels.ts";
import { scratchOf } from "./memory.ts";
import { uniform as uniformRoutine } from "./routines/uniform.ts";
import { number, type Writer } from "./writer.ts";

/** How source is spelled: with types for reading, without for running. */
export interface Dialect {
  readonly types: boolean;
}

/** A kernel as a function of the batch size `n` over the memory `f`, its formula above it; before it the blocks it runs. */
export function emitKernel(kernel: Kernel, dialect: Dialect, out: Writer): void {
  for (const block of blocksOf(kernel)) {
    const pointers = block.pointers.map(({ name }) => name);
    emitFunction(block, pointers, dialect, out);
    out.line();
  }
  emitFunction(kernel, ["n"], dialect, out);
}

function emitFunction(
  made: Kernel | Block,
  parameters: readonly string[],
  { types }: Dialect,
  out: Writer,
): void {
  out.line(`/** ${comment(made.says)} */`);
  const list = parameters.map((name) => (types ? `${name}: number` : name)).join(", ");
  out.block(`function ${made.name}(${list})${types ? ": void" : ""} {`, () => body(made.body, out));
}

/** Text of a comment: whatever a name holds, it ends neither the comment nor a script element, and none of it is invisible. */
export const comment = (text: string): string =>
  text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("*/", "* /")
    .replace(/<(?=[!/a-z])/gi, "< ");

/** A name from a model in a comment; a long one is cut. */
export const commentName = (name: string): string =>
  comment(name.length > 60 ? `${name.slice(0, 59)}…` : name);

/** Short statements of one kind share a line, so that a tile of sums reads as the table it is. */
const WIDE = 104;
function body(stmts: readonly Stmt[], out: Writer): void {
  const changed = changedLocals(stmts);
  let held = "";
  let kind = "";
  const flush = (): void => {
    if (held) out.line(held);
    held = "";
  };
  for (const s of stmts) {
    if (s.kind === "for" || s.kind === "when") {
      flush();
      out.block(`${head(s)} {`, () => body(s.body, out));
      continue;
    }
    const text = statement(s, changed);
    const word = s.kind === "let" ? text.slice(0, text.indexOf(" ")) : s.kind;
    if (word !== kind || held.length + text.length >= WIDE) flush();
    held =
      held === ""
        ? text
        : s.kind === "let"
          ? `${held.slice(0, -1)},${text.slice(word.length)}`
          : `${held} ${text}`;
    kind = word;
  }
  flush();
}

/** Statements around others. */
type Outer = Extract<Stmt, { kind: "for" | "when" }>;

function head(s: Outer): string {
  if (s.kind === "when") return `if (${condition(s.test)})`;
  const step = s.step === 1 ? `${s.loop}++` : `${s.loop} += ${s.step}`;
  return `for (let ${s.loop} = ${extent(s.from)}; ${s.loop} < ${extent(s.to)}; ${step})`;
}

/** Locals that are set somewhere below; the others are constants. */
function changedLocals(stmts: readonly Stmt[], found = new Set<string>()): Set<string> {
  for (const s of stmts) {
    if (s.kind === "set") found.add(s.name);
    else if (s.kind === "for" || s.kind === "when") changedLocals(s.body, found);
  }
  return found;
}

function statement(s: Exclude<Stmt, Outer>, changed: ReadonlySet<string>): string {
  switch (s.kind) {
    case "let":
      return `${changed.has(s.name) ? "let" : "const"} ${s.name} = ${expression(s.value, 0)};`;
    case "set":
      return assignment(s.name, s.value);
    case "store":
      return stored(element(s), s.value);
    case "enter":
      return `${s.block.name}(${s.at.map((at, k) => address(s.block.pointers[k].buffer, at)).join(", ")});`;
    case "call":
      return `uniform(f, new Uint32Array(f.buffer), ${s.seed.name}, ${s.out.name}, ${extent(s.count)});`;
  }
}

function assignment(name: string, value: Expr): string {
  const self = (x: Expr): boolean => x.kind === "local" && x.name === name;
  if (value.kind === "mac" && self(value.z))
    return `${name} += ${expression(value.x, 2)} * ${expression(value.y, 3)};`;
  if (value.kind === "binary" && value.op === "add" && self(value.y))
    return `${name} += ${expression(value.x, 0)};`;
  return `${name} = ${expression(value, 0)};`;
}

/** `place = value`, shorter where the value begins with what is there. */
function stored(place: string, value: Expr): string {
  if (value.kind === "binary" && value.x.kind === "load" && element(value.x) === place) {
    if (value.op === "add") return `${place} += ${expression(value.y, 0)};`;
    if (value.op === "sub") return `${place} -= ${expression(value.y, 0)};`;
  }
  return `${place} = ${expression(value, 0)};`;
}

function extent(x: Extent): string {
  if (typeof x === "number") return String(x);
  const size = x.n === 1 ? "n" : `n * ${x.n}`;
  if (x.multiple === undefined) return size;
  return x.n === 1 ? `n - (n % ${x.multiple})` : `${size} - ((${size}) % ${x.multiple})`;
}

function affine(first: string, x: Index): string {
  const terms = x.terms.map(({ loop, stride }) => (stride === 1 ? loop : `${loop} * ${stride}`));
  const base = x.base === 0 ? [] : [String(x.base)];
  return [first, ...base, ...terms].filter(Boolean).join(" + ").replaceAll("+ -", "- ");
}
/** Loop terms first: what neighbouring loads share is computed once. */
const address = (buffer: Buffer, at: Index, row?: Row): string => {
  const loops = at.terms.map(({ loop, stride }) => (stride === 1 ? loop : `${loop} * ${stride}`));
  const terms = row ? [...loops, `${row.local} * ${row.stride}`] : loops;
  const first =
    at.base === 0
      ? buffer.name
      : terms.length
        ? `(${buffer.name} + ${at.base})`
        : `${buffer.name} + ${at.base}`;
  return [...terms, first].join(" + ");
};

/** An element of memory, of the sums, or of what a pointer points at. */
function element(x: Pick<Extract<Expr, { kind: "load" }>, "buffer" | "at" | "row" | "from">): string {
  if (x.buffer.kind === "scratch") return `${x.buffer.name}[${counted("", x.at)}]`;
  if (x.from === undefined) return `f[${address(x.buffer, x.at, x.row)}]`;
  const place = counted(x.from, x.at);
  // as an integer: V8 then leaves the constant to the load, and out what would look for an overflow
  return x.at.terms.length ? `f[(${place}) | 0]` : `f[${place}]`;
}
/** A pointer, then loops, then the constant. */
const counted = (from: string, { base, terms }: Index): string =>
  [affine(from, { base: 0, terms }), ...(base === 0 ? [] : [String(base)])].filter(Boolean).join(" + ") ||
  "0";

const CALLS: Readonly<Record<string, string>> = {
  abs: "Math.abs",
  floor: "Math.floor",
  exp: "Math.exp",
  log: "Math.log",
  sqrt: "Math.sqrt",
  tanh: "Math.tanh",
  sigmoid: "sigmoid",
  erf: "erf",
  max: "Math.max",
  min: "Math.min",
};
const INFIX: Readonly<Record<string, readonly [string, number]>> = {
  add: ["+", 1],
  sub: ["-", 1],
  mul: ["*", 2],
  div: ["/", 2],
};

/** Source of an expression; in brackets where it binds less tightly than `level`. */
function expression(x: Expr, level: number): string {
  const wrap = (text: string, mine: number): string => (mine < level ? `(${text})` : text);
  switch (x.kind) {
    case "const":
      return x.value < 0 || Object.is(x.value, -0) ? wrap(number(x.value), 2) : number(x.value);
    case "local":
      return x.name;
    case "load":
      return element(x);
    case "index":
      return wrap(affine("", x.at) || "0", 1);
    case "batch":
      return "n";
    case "unary":
      if (x.op === "neg") return wrap(`-${expression(x.x, 4)}`, 3);
      return `${CALLS[x.op]}(${expression(x.x, 0)})`;
    case "binary":
      return binary(x, wrap);
    case "mac":
      return wrap(`${expression(x.x, 2)} * ${expression(x.y, 3)} + ${expression(x.z, 2)}`, 1);
    case "where":
      return wrap(`${condition(x.test)} ? ${expression(x.yes, 1)} : ${expression(x.no, 1)}`, 0);
    case "across":
    case "sums":
    case "last":
      throw new Error(`internal: ${x.kind} has no meaning in a scalar kernel`);
  }
}

function binary(x: Extract<Expr, { kind: "binary" }>, wrap: (text: string, mine: number) => string): string {
  const infix = INFIX[x.op];
  if (infix) {
    const [sign, mine] = infix;
    // brackets on the right even where algebra needs none: rounding does
    return wrap(`${expression(x.x, mine)} ${sign} ${expression(x.y, mine + 1)}`, mine);
  }
  if (x.op === "powi") return wrap(`(${expression(x.x, 0)}) ** (${expression(x.y, 0)})`, 3);
  if (x.op === "greater" || x.op === "equal") return wrap(`${condition(x)} ? 1 : 0`, 0);
  return `${CALLS[x.op]}(${expression(x.x, 0)}, ${expression(x.y, 0)})`;
}

/** What a comparison sees: numbers as they lie in memory, not the doubles they were computed in. */
const rounded = (x: Expr): string =>
  x.kind === "load" || x.kind === "const" || x.kind === "index"
    ? expression(x, 1)
    : `Math.fround(${expression(x, 0)})`;

function condition(x: Expr): string {
  if (x.kind === "binary" && x.op === "greater") return `${expression(x.x, 1)} > ${expression(x.y, 1)}`;
  if (x.kind === "binary" && x.op === "equal") return `${rounded(x.x)} === ${rounded(x.y)}`;
  return `${expression(x, 1)} !== 0`;
}

/** Helpers that kernels call, each only where it is needed. */
export function helpersOf(kernels: readonly Kernel[], dialect: Dialect): string[] {
  const text = (source: string): string => (dialect.types ? source : stripTypes(source));
  const needed: string[] = [];
  let erf = false;
  let sigmoid = false;
  let uniform = false;
  for (const kernel of kernels)
    walk(
      kernel.body,
      (s) => void (uniform ||= s.kind === "call"),
      (x) => {
        erf ||= x.kind === "unary" && x.op === "erf";
        sigmoid ||= x.kind === "unary" && x.op === "sigmoid";
      },
    );
  if (sigmoid) needed.push(text(SIGMOID));
  if (erf) needed.push(text(ERF));
  if (uniform) needed.push(text(uniformRoutine.ts));
  return needed;
}

const SIGMOID = `/** 1 / (1 + exp(-x)); 0 where float32 has no normal number for it. */
function sigmoid(x: number): number {
  return x < -87.33654 ? 0 : 1 / (1 + Math.exp(-x));
}`;

const ERF = `/** The error function: a series near zero, the continued fraction of its complement beyond. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a <= 6)) return a > 6 ? Math.sign(x) : NaN;
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let k = 1; Math.abs(term) > 1e-18 * sum; k++) {
      term *= (-a * a) / k;
      sum += term / (2 * k + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 80; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}`;

/** Removes the annotations that generated code has: parameter and return types of known spelling. */
export const stripTypes = (source: string): string =>
  source.replace(/: (?:readonly )?(?:Float32Array|Uint32Array|void|number)(?:\[\])?(?=[,)\s=;{])/g, "");

/**
 * The function that makes a plan's entries over one memory. Everything that kernels use is a constant around them, so
 * that the engine knows where memory lies and how long it is when it compiles them.
 */
export function emitProgram(plan: Plan, dialect: Dialect, out: Writer): void {
  out.line("/** The program over one memory; its functions take the number of rows. */");
  out.block(`function program(memory${dialect.types ? ": Float32Array" : ""}) {`, () => {
    out.line("const f = memory;");
    const sums = scratchOf(plan.kernels);
    if (sums) out.line(`const sums = new Float64Array(${sums});`);
    for (const [title, kernels] of sections(plan.kernels)) {
      out.heading(commentName(title));
      kernels.forEach((kernel, k) => {
        if (k > 0) out.line();
        emitKernel(kernel, dialect, out);
      });
    }
    out.heading("in turn");
    for (const [name, kernels] of plan.entries) {
      out.block(`function ${name}(n${dialect.types ? ": number): void" : ")"} {`, () => {
        for (const kernel of kernels) out.line(`${kernel.name}(n);`);
      });
      out.line();
    }
    out.line(`return { ${[...plan.entries.keys()].join(", ")} };`);
  });
}

/** Kernels by layer, in the order in which the layers first compute. */
function sections(kernels: readonly Kernel[]): Map<string, Kernel[]> {
  const found = new Map<string, Kernel[]>();
  for (const kernel of kernels) {
    const title = kernel.from[0]?.layer ?? "copies";
    found.set(title, [...(found.get(title) ?? []), kernel]);
  }
  return found;
}

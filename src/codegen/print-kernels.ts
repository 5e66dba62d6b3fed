import { printable } from "../diagnostics.ts";
import type { Sizes } from "../ir/graph.ts";
import { blocksOf } from "./generate.ts";
import type { Block, Buffer, Expr, Extent, Index, Kernel, Plan, Row, Stmt } from "./kernels.ts";
import { number, Writer } from "./writer.ts";

/** Kernels as text: a formula, what is read and written, and the loops, as both emitters walk them. */
export function printKernels(plan: Plan): string {
  const out = new Writer();
  for (const [entry, kernels] of plan.entries)
    out.line(`${entry}: ${kernels.map((kernel) => kernel.name).join(", ")}`);
  for (const kernel of plan.kernels) printKernel(kernel, out);
  return printable(out.toString());
}

function printKernel(kernel: Kernel, out: Writer): void {
  const buffers = (list: readonly Buffer[]): string =>
    list
      .map(({ name, shape, kind }) => `${name}${sizes(shape)}${kind === "scratch" ? ":f64" : ""}`)
      .join(", ") || "nothing";
  for (const block of blocksOf(kernel)) printBlock(block, out);
  out.line().line(`; ${kernel.says}`);
  const head = `kernel ${kernel.name} ×${kernel.lanes} (${buffers(kernel.reads)}) → ${buffers(kernel.writes)}`;
  out.block(`${head} {`, () => kernel.body.forEach((stmt) => printStmt(stmt, out)));
}

function printBlock({ name, says, pointers, body }: Block, out: Writer): void {
  const into = pointers.map((p) => `${p.name} into ${p.buffer.name}`).join(", ");
  out.line().line(`; ${says}`);
  out.block(`block ${name} (${into}) {`, () => body.forEach((stmt) => printStmt(stmt, out)));
}

const sizes = (shape: Sizes): string => `[${shape.join(",")}]`;

function printStmt(s: Stmt, out: Writer): void {
  switch (s.kind) {
    case "for": {
      const step = s.step === 1 ? "" : ` step ${s.step}`;
      out.block(`for ${s.loop} in ${extent(s.from)}..${extent(s.to)}${step} {`, () =>
        s.body.forEach((inner) => printStmt(inner, out)),
      );
      return;
    }
    case "when":
      out.block(`when ${expr(s.test)} {`, () => s.body.forEach((inner) => printStmt(inner, out)));
      return;
    case "let":
      out.line(`let ${s.name} = ${expr(s.value)}`);
      return;
    case "set":
      out.line(`${s.name} = ${expr(s.value)}`);
      return;
    case "store":
      out.line(
        `${s.buffer.name}[${rowed(s.row)}${index(s.at)}]${s.how === "vector" ? ":4" : ""} = ${expr(s.value)}`,
      );
      return;
    case "enter":
      out.line(`${s.block.name}(${s.at.map(index).join(", ")})`);
      return;
    case "call":
      out.line(`${s.routine}(${s.seed.name}) → ${s.out.name}[0..${extent(s.count)}]`);
  }
}

function extent(x: Extent): string {
  if (typeof x === "number") return String(x);
  const size = x.n === 1 ? "n" : `n·${x.n}`;
  return x.multiple === undefined ? size : `⌊${size}⌋${x.multiple}`;
}

const index = ({ base, terms }: Index): string =>
  [
    ...terms.map(({ loop, stride }) => (stride === 1 ? loop : `${loop}·${stride}`)),
    ...(base === 0 ? [] : [String(base)]),
  ].join(" + ") || "0";

const rowed = (row: Row | undefined): string => (row ? `${row.local}·${row.stride} + ` : "");

const SIGNS: Readonly<Record<string, string>> = {
  add: "+",
  sub: "−",
  mul: "·",
  div: "/",
  greater: ">",
  equal: "=",
};

function expr(x: Expr): string {
  switch (x.kind) {
    case "const":
      return number(x.value);
    case "local":
      return x.name;
    case "load":
      return `${x.from ? `*${x.from}` : x.buffer.name}[${rowed(x.row)}${index(x.at)}]${x.how === "vector" ? ":4" : ""}`;
    case "index":
      return `(${index(x.at)})${x.how === "vector" ? ":4" : ""}`;
    case "batch":
      return "n";
    case "unary":
      return x.op === "neg" ? `−${expr(x.x)}` : `${x.op}(${expr(x.x)})`;
    case "binary":
      return Object.hasOwn(SIGNS, x.op)
        ? `(${expr(x.x)} ${SIGNS[x.op]} ${expr(x.y)})`
        : `${x.op}(${expr(x.x)}, ${expr(x.y)})`;
    case "mac":
      return `${expr(x.z)} + ${expr(x.x)} · ${expr(x.y)}`;
    case "where":
      return `(${expr(x.test)} ? ${expr(x.yes)} : ${expr(x.no)})`;
    case "across":
      return `${x.op}_lanes(${expr(x.x)})`;
    case "sums":
      return `lane_sums(${x.xs.map(expr).join(", ")})`;
    case "last":
      return `last${x.count}(${expr(x.x)})`;
  }
}

import { effect, type Argument, type Func, type Instruction, type Lanes, type Local } from "./code.ts";
import { allFunctions, shuffleBytes, type Module } from "./module.ts";
import { entryOf, type Immediate } from "./opcodes.ts";

const width = 110;

/** A name as the text format allows it. */
const id = (name: string): string => `$${name.replace(/[^\w.!#%&'*+/:<=>?@^~-]/g, "_")}`;

function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

type Name = (local: Local) => string;
const immediates: Readonly<Record<Immediate, (args: readonly Argument[], name: Name) => string>> = {
  none: () => "",
  label: ([label]) => id(label as string),
  branch: ([depth]) => String(depth),
  function: ([func]) => id((func as Func).name),
  local: ([local], name) => name(local as Local),
  i32: ([value]) => String((value as number) | 0),
  i64: ([value]) => String(value),
  f32: ([value]) => float(value as number),
  f64: ([value]) => float(value as number),
  memory: ([offset]) => `offset=${String(offset)} align=4`,
  "memory lane": ([offset, lane]) => `offset=${String(offset)} align=4 ${String(lane)}`,
  lane: ([lane]) => String(lane),
  v128: ([lanes]) => [(lanes as Lanes).as, ...(lanes as Lanes).values.map(float)].join(" "),
  lanes: (args) => shuffleBytes(args as readonly number[]).join(" "),
};

/** An instruction with its operands. `head` is undefined where it was printed already. */
interface Tree {
  readonly head: string | undefined;
  readonly operands: readonly Tree[];
}
const printed: Tree = { head: undefined, operands: [] };

const flat = (tree: Tree): string => `(${[tree.head, ...tree.operands.map(flat)].join(" ")})`;

/** On one line where it fits, else an operand a line. */
function layOut(tree: Tree, indent: string): string[] {
  const line = indent + flat(tree);
  if (line.length <= width || tree.operands.length === 0) return [line];
  const inner = tree.operands.flatMap((operand) => layOut(operand, `${indent}  `));
  inner[inner.length - 1] += ")";
  return [`${indent}(${tree.head}`, ...inner];
}

/** Folds a list of instructions into nested expressions, one statement after the other. */
function printBody(body: readonly Instruction[], name: Name, indent: string): string[] {
  const lines: string[] = [];
  const stack: Tree[] = [];
  const flush = (): void => {
    stack.forEach((tree, i) => {
      if (tree.head !== undefined) lines.push(...layOut(tree, indent));
      stack[i] = printed;
    });
  };
  for (const { op, args } of body) {
    const head = [op, immediates[entryOf(op).immediate](args, name)].filter(Boolean).join(" ");
    if (op === "end") indent = indent.slice(2);
    const { takes, gives } = effect(op, args);
    const operands = stack.splice(stack.length - takes.length, takes.length);
    const folds =
      operands.every((tree) => tree.head !== undefined) && entryOf(op).immediate !== "label" && op !== "end";
    if (folds && gives.length === 1) {
      stack.push({ head, operands });
      continue;
    }
    // Values that were pushed before stay below; they must be printed before this.
    if (!folds) stack.push(...operands);
    flush();
    if (!folds) stack.length -= operands.length;
    lines.push(...(folds ? layOut({ head, operands }, indent) : [`${indent}${head}`]));
    stack.push(...gives.map(() => printed));
    if (entryOf(op).immediate === "label") indent += "  ";
  }
  flush();
  return lines;
}

function printFunction(func: Func, exported: boolean): string[] {
  const name: Name = (local) => id(func.locals[local.index].name);
  const declared = func.locals.map(
    (local, i) => `(${i < func.params.length ? "param" : "local"} ${id(local.name)} ${local.type})`,
  );
  const params = declared.slice(0, func.params.length);
  const results = func.results.length > 0 ? [`(result ${func.results.join(" ")})`] : [];
  const exports = exported ? [`(export "${func.name}")`] : [];
  const body = printBody(func.body, name, "    ");
  const locals = declared.slice(func.params.length).map((line) => `    ${line}`);
  return [
    `  (func ${[id(func.name), ...exports, ...params, ...results].join(" ")}`,
    ...locals,
    ...body,
    "  )",
  ];
}

/** A module in WebAssembly's text format; `says` gives the comment above a function. */
export function printModule(
  module: Module,
  says: (func: Func) => string | undefined = () => undefined,
): string {
  const memory = module.pages > 0 ? [`  (import "env" "memory" (memory ${module.pages}))`] : [];
  const functions = allFunctions(module).flatMap((func) => {
    const comment = says(func);
    const above = comment ? comment.split("\n").map((line) => `  ;; ${line}`) : [];
    return ["", ...above, ...printFunction(func, module.functions.includes(func))];
  });
  return ["(module", ...memory, ...functions, ")", ""].join("\n");
}

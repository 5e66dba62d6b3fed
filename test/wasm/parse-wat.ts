import type { Argument, Func, Instruction, Local } from "../../src/codegen/wasm/code.ts";
import type { Module } from "../../src/codegen/wasm/module.ts";
import {
  entryOf,
  instructions,
  type Immediate,
  type InstructionName,
  type ValueType,
} from "../../src/codegen/wasm/opcodes.ts";

/** Reads the part of WebAssembly's text format that is printed here. */
type Tree = string | readonly Tree[];

function trees(text: string): Tree[] {
  const top: Tree[] = [];
  const open: Tree[][] = [top];
  for (const [token] of text.replace(/;;.*/g, "").matchAll(/[()]|[^\s()]+/g)) {
    if (token === "(") {
      const list: Tree[] = [];
      open.at(-1)!.push(list);
      open.push(list);
    } else if (token === ")") open.pop();
    else open.at(-1)!.push(token);
  }
  if (open.length !== 1) throw new Error("parentheses do not match");
  return top;
}

const tokens: Partial<Record<Immediate, number>> = {
  none: 0,
  memory: 2,
  "memory lane": 3,
  v128: 5,
  lanes: 16,
};
const number = (token: string): number =>
  ({ nan: NaN, inf: Infinity, "-inf": -Infinity })[token] ?? Number(token);

interface Names {
  readonly locals: ReadonlyMap<string, Local>;
  readonly functions: ReadonlyMap<string, Func>;
}
function argumentsOf(immediate: Immediate, words: readonly string[], names: Names): Argument[] {
  const [first] = words;
  switch (immediate) {
    case "none":
      return [];
    case "label":
      return [first.slice(1)];
    case "function":
      return [names.functions.get(first)!];
    case "local":
      return [names.locals.get(first)!];
    case "i64":
      return [BigInt(first)];
    case "memory":
    case "memory lane":
      if (words[1] !== "align=4") throw new Error(`alignment ${words[1]}`);
      return [Number(first.replace(/^offset=/, "")), ...words.slice(2).map(Number)];
    case "v128":
      return [{ as: first as "f32x4", values: words.slice(1).map(number) }];
    case "lanes":
      return words.filter((_, i) => i % 4 === 0).map((byte) => Number(byte) / 4);
    default:
      return [number(first)];
  }
}

function code(body: readonly Tree[], names: Names): Instruction[] {
  const out: Instruction[] = [];
  for (let i = 0; i < body.length;) {
    const at = body[i];
    if (typeof at !== "string") {
      const operands = at.filter((part) => typeof part !== "string");
      out.push(
        ...code(operands, names),
        ...code(
          at.filter((part) => typeof part === "string"),
          names,
        ),
      );
      i++;
      continue;
    }
    if (!Object.hasOwn(instructions, at)) throw new Error(`no instruction ${at}`);
    const op = at as InstructionName;
    const { immediate } = entryOf(op);
    const count = tokens[immediate] ?? 1;
    const words = body.slice(i + 1, i + 1 + count) as string[];
    out.push({ op, args: argumentsOf(immediate, words, names) });
    i += 1 + count;
  }
  return out;
}

type Mutable = { -readonly [K in keyof Func]: Func[K] };
const isList = (tree: Tree, head: string): tree is readonly Tree[] =>
  typeof tree !== "string" && tree[0] === head;

/** The module that a text describes. */
export function parseWat(text: string): Module {
  const [module] = trees(text) as [readonly Tree[]];
  const memory = module.find((part) => isList(part, "import"));
  const lists = module.filter((part) => isList(part, "func"));
  const functions = new Map<string, Mutable>();
  for (const list of lists) {
    const words = (head: string): string[] =>
      list.filter((part) => isList(part, head)).flatMap((part) => part.slice(1)) as string[];
    const declared = [...words("param"), ...words("local")];
    const locals = declared.flatMap((word, i) =>
      i % 2 === 0 ? [{ name: word.slice(1), type: declared[i + 1] as ValueType }] : [],
    );
    const params = words("param").filter((_, i) => i % 2 === 1) as ValueType[];
    const name = list[1] as string;
    functions.set(name, {
      name: name.slice(1),
      params,
      results: words("result") as ValueType[],
      locals,
      body: [],
    });
  }
  for (const list of lists) {
    const func = functions.get(list[1] as string)!;
    const locals = new Map(func.locals.map(({ name, type }, index) => [`$${name}`, { index, type }]));
    const rest = list
      .slice(2)
      .filter((part) => !["param", "local", "result", "export"].some((head) => isList(part, head)));
    func.body = code(rest, { locals, functions });
  }
  const exported = lists.filter((list) => list.some((part) => isList(part, "export")));
  const pages = memory ? Number((memory[3] as readonly Tree[])[1]) : 0;
  return { pages, functions: exported.map((list) => functions.get(list[1] as string)!) };
}

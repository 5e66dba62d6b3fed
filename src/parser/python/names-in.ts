import type { Expr, Statement, Trailer } from "./ast.ts";

/** Names that statements use and set. */
export interface Names {
  /** With what follows the name: attributes, all in one path ("layers.Dense", "fit"). */
  readonly used: Map<string, Set<string>>;
  readonly set: Set<string>;
  /** Methods called on a name or on something that it holds. */
  readonly methods: Map<string, Set<string>>;
  /** Names that may be changed in place, with the name of what is called for it; "" where they are assigned into. */
  readonly changing: Map<string, Set<string>>;
}

/** Names of statements and expressions, without recursion into what they mean. */
export function namesIn(statements: readonly Statement[], expressions: readonly Expr[] = []): Names {
  const found: Names = { used: new Map(), set: new Set(), methods: new Map(), changing: new Map() };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (typeof node === "object" && node !== null) visit(node as Node, found, walk);
  };
  walk(statements);
  walk(expressions);
  return found;
}
type Node = (Statement | Expr | Trailer) & Readonly<Record<string, unknown>>;

function visit(node: Node, found: Names, walk: (node: unknown) => void): void {
  if (node.kind === "name") use(found, node.name, "");
  if (node.kind === "postfix") return visitPostfix(node, found, walk);
  if (node.kind === "augment") change(found, (node.target as { name?: string }).name ?? "", "");
  for (const target of targetsOf(node)) assigned(target, found);
  for (const [key, part] of Object.entries(node)) if (key !== "kind") walk(part);
}

function visitPostfix(
  node: Extract<Expr, { kind: "postfix" }>,
  found: Names,
  walk: (node: unknown) => void,
): void {
  const name = node.base.kind === "name" ? node.base.name : "";
  if (name !== "") use(found, name, pathOf(node.trailers));
  else walk(node.base);
  for (const [i, trailer] of node.trailers.entries()) {
    if (trailer.kind === "attribute") continue;
    if (trailer.kind === "index") walk(trailer.index);
    else {
      const before = node.trailers[i - 1];
      if (before && name !== "") change(found, name, name);
      if (before?.kind === "attribute" && name !== "") into(found.methods, name, before.name);
      for (const { value } of trailer.args) if (value.kind === "name") change(found, value.name, name);
      walk(trailer.args);
    }
  }
}

const change = ({ changing }: Names, name: string, by: string): void => into(changing, name, by);
const use = ({ used }: Names, name: string, path: string): void => into(used, name, path);
function into(sets: Map<string, Set<string>>, name: string, item: string): void {
  if (!sets.has(name)) sets.set(name, new Set());
  sets.get(name)!.add(item);
}

/** Attributes right behind a name: `.layers.Dense(…)` is "layers.Dense". */
function pathOf(trailers: readonly Trailer[]): string {
  const end = trailers.findIndex((trailer) => trailer.kind !== "attribute");
  const path = end < 0 ? trailers : trailers.slice(0, end);
  return path.map((trailer) => (trailer.kind === "attribute" ? trailer.name : "")).join(".");
}

function targetsOf(node: Node): readonly Expr[] {
  if (node.kind === "assign") return node.targets as readonly Expr[];
  if (node.kind === "augment" || node.kind === "annotate" || node.kind === "for")
    return [node.target as Expr];
  if (node.kind === "with")
    return (node.items as readonly { target?: Expr }[]).flatMap((i) => i.target ?? []);
  return [];
}

function assigned(target: Expr, found: Names): void {
  if (target.kind === "name") found.set.add(target.name);
  if (target.kind === "tuple" || target.kind === "list")
    for (const item of target.items) assigned(item, found);
  if (target.kind === "star") assigned(target.value, found);
  if (target.kind === "postfix" && target.base.kind === "name") change(found, target.base.name, "");
}

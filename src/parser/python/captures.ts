import type { Expr } from "./ast.ts";

/** What a pattern is, by how it is spelled. */
export type Pattern =
  | { readonly kind: "capture"; readonly name: string }
  | { readonly kind: "value" }
  | { readonly kind: "sequence"; readonly items: readonly Expr[] }
  | {
      readonly kind: "mapping";
      readonly keys: readonly Expr[];
      readonly values: readonly Expr[];
      readonly rest?: Expr;
    }
  | { readonly kind: "class"; readonly of: Expr; readonly args: readonly Expr[]; readonly named: boolean }
  | { readonly kind: "choice"; readonly items: readonly Expr[] }
  | { readonly kind: "named"; readonly pattern: Expr; readonly names: readonly Expr[] }
  | { readonly kind: "none" };

export function patternOf(e: Expr): Pattern {
  if (e.kind === "name") return { kind: "capture", name: e.name };
  if (e.kind === "list" || e.kind === "tuple") return { kind: "sequence", items: e.items };
  if (e.kind === "chain") return ofRow(e);
  if (e.kind === "constant" || (e.kind === "unary" && e.value.kind === "constant")) return { kind: "value" };
  if (e.kind === "dict") {
    const [pairs, rest] = [e.entries.filter(({ key }) => key), e.entries.find(({ key }) => !key)];
    const keys = pairs.map(({ key }) => key!);
    return { kind: "mapping", keys, values: pairs.map(({ value }) => value), rest: rest?.value };
  }
  return e.kind === "postfix" ? ofTrailers(e) : { kind: "none" };
}

/** `a | b`, and `a | b as name`. */
function ofRow({ first, rest }: Extract<Expr, { kind: "chain" }>): Pattern {
  const values = rest.map(({ value }) => value);
  if (rest.every(({ op }) => op === "as")) return { kind: "named", pattern: first, names: values };
  return rest.every(({ op }) => op === "|")
    ? { kind: "choice", items: [first, ...values] }
    : { kind: "none" };
}

/** `config.units`, `int(n)`. */
function ofTrailers(e: Extract<Expr, { kind: "postfix" }>): Pattern {
  const last = e.trailers.at(-1)!;
  const inner = e.trailers.slice(0, -1);
  if (e.base.kind !== "name" || inner.some(({ kind }) => kind !== "attribute")) return { kind: "none" };
  if (last.kind === "attribute") return { kind: "value" };
  if (last.kind !== "call") return { kind: "none" };
  const named = last.args.some(({ name, star }) => name !== undefined || star !== undefined);
  const of = inner.length > 0 ? { ...e, trailers: inner } : e.base;
  return { kind: "class", of, args: last.args.map(({ value }) => value), named };
}

/** The patterns within one; alternatives bind the same names, so that the first stands for all. */
export function partsOf(p: Pattern): readonly Expr[] {
  if (p.kind === "sequence") return p.items.map((item) => (item.kind === "star" ? item.value : item));
  if (p.kind === "mapping") return p.rest ? [...p.values, p.rest] : p.values;
  if (p.kind === "class") return p.args;
  if (p.kind === "choice") return p.items.slice(0, 1);
  return p.kind === "named" ? [p.pattern, ...p.names] : [];
}

/** The names that a pattern gives values to. */
export function capturesOf(e: Expr): string[] {
  const p = patternOf(e);
  if (p.kind === "capture") return p.name === "_" ? [] : [p.name];
  return partsOf(p).flatMap(capturesOf);
}

/** Whether a pattern fits everything. */
export function fitsAll(e: Expr): boolean {
  const p = patternOf(e);
  if (p.kind === "choice") return p.items.some(fitsAll);
  return p.kind === "capture" || (p.kind === "named" && fitsAll(p.pattern));
}

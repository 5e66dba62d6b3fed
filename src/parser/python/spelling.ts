import type { Expr } from "./ast.ts";
import { parseStatements } from "./parse.ts";
import { sourceText } from "./source-text.ts";

/** The spelling of names with attributes, constant indices and simple calls, spaces left out; undefined for what else there is. */
export function spelling(e: Expr): string | undefined {
  if (e.kind === "name") return e.name;
  if (e.kind === "constant") return typeof e.value === "string" ? JSON.stringify(e.value) : String(e.value);
  if (e.kind === "unary") return joined([e.value], "", e.ops.join(""));
  if (e.kind === "power" && e.bases.length === 1)
    return joined([e.bases[0].value], "", e.bases[0].signs.join(""));
  if (e.kind !== "postfix") return undefined;
  const parts = e.trailers.map((trailer) =>
    trailer.kind === "attribute"
      ? `.${trailer.name}`
      : trailer.kind === "index"
        ? joined([trailer.index], "[", "", "]")
        : joined(
            trailer.args.map((arg) => arg.value),
            "(",
            "",
            ")",
          ),
  );
  const base = spelling(e.base);
  return base === undefined || parts.includes(undefined) ? undefined : base + parts.join("");
}

function joined(list: readonly Expr[], open: string, sign: string, close = ""): string | undefined {
  const parts = list.map(spelling);
  return parts.includes(undefined) ? undefined : open + sign + parts.join(",") + close;
}

/** The spelling of an expression given as text. */
export function spellingOf(text: string): string | undefined {
  const { statements, problems } = parseStatements(sourceText(text));
  const [statement] = statements;
  return problems.length === 0 && statement?.kind === "expression" ? spelling(statement.value) : undefined;
}

import type { Builder } from "./builder.ts";
import type { Node } from "./graph.ts";

/** True of the gradient of a table that was looked up in and of which nothing else was asked. */
const isOfLookups = (g: Node): boolean =>
  g.op === "scatter_add" || (g.op === "add" && g.in.every(isOfLookups));

/**
 * An optimizer's `f` of every element of a gradient, f(0) = 0. Keras on TensorFlow keeps the gradient of a table as a
 * row for every look-up, and takes `f` of each: of a row looked up twice it is Σ f(g), not f(Σ g).
 */
export function eachLookup(b: Builder, g: Node, f: (x: Node) => Node): Node {
  if (!isOfLookups(g)) return f(g);
  if (g.op === "add") return b.add(eachLookup(b, g.in[0], f), eachLookup(b, g.in[1], f));
  const [indices, values] = g.in;
  return b.scatter_add(indices, f(values), g.shape[0] as number);
}

/** Not 0 in the rows of a table that were looked up; undefined of a gradient that is not of look-ups alone. */
export function lookedUp(b: Builder, g: Node): Node | undefined {
  if (!isOfLookups(g)) return undefined;
  return eachLookup(b, g, (values) =>
    b.expand(
      b.reshape(
        b.const(1),
        values.shape.map(() => 1),
      ),
      values.shape,
    ),
  );
}

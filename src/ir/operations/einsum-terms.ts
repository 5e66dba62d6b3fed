import { ModelError } from "../../diagnostics.ts";
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { type Dim, formatShape, type Shape } from "../tensor.ts";

/** The letters of each operand and of the result; spaces and ellipses are gone. */
export interface Terms {
  readonly ins: readonly string[];
  readonly out: string;
  /** Letters of axes of which those of size 1 broadcast; under the others all sizes are the same. */
  readonly spread: string;
}

const FREE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** What `subscripts` says for operands of these ranks. */
export function termsOf(subscripts: string, ranks: readonly number[], misfit: Misfit): Terms {
  const text = subscripts.replaceAll(" ", "");
  const [left, right] = text.split("->");
  const parts = left.split(",");
  const used = new Set(text);
  const fresh = [...FREE].filter((letter) => !used.has(letter));
  const wrong = (): never =>
    misfit(`operands that ${JSON.stringify(subscripts)} fits`, `ranks ${ranks.join(", ")}`);
  if (parts.length !== ranks.length || !/^[a-zA-Z.,]*(->[a-zA-Z.]*)?$/.test(text)) return wrong();
  const dots = parts.map((part, k) => (part.includes("...") ? ranks[k] - (part.length - 3) : 0));
  const most = Math.max(0, ...dots);
  if (dots.some((d) => d < 0) || most > fresh.length) return wrong();
  const spread = (part: string, count: number): string =>
    part.replace("...", fresh.slice(most - count, most).join(""));
  const ins = parts.map((part, k) => spread(part, dots[k]));
  if (ins.some((letters, k) => letters.length !== ranks[k] || new Set(letters).size !== letters.length))
    return wrong();
  const dotted = fresh.slice(0, most);
  const out = right === undefined ? implied(ins, dotted) : spread(right, most);
  return { ins, out, spread: dotted.join("") };
}

/** Without `->`: the ellipsis, then every letter that stands once, in order. */
function implied(ins: readonly string[], dots: readonly string[]): string {
  const all = [...ins.join("")].filter((letter) => !dots.includes(letter));
  const once = all.filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  return [...dots, ...once.sort()].join("");
}

/** The shape of the result. Only letters that are `asked` for need one size. */
export function contractedShape(
  { ins, out, spread }: Terms,
  shapes: readonly Shape[],
  misfit: Misfit,
  asked: (letter: string) => boolean = () => true,
): Shape {
  const sizes = new Map<string, Dim>();
  ins.forEach((letters, i) =>
    [...letters].forEach((letter, k) => {
      const [known, size] = [sizes.get(letter), shapes[i][k]];
      const alike = known === size || known === null || size === null;
      const broadcast = spread.includes(letter) && (known === 1 || size === 1);
      if (known !== undefined && !alike && !broadcast) {
        if (asked(letter)) misfit(`one size for ${letter}`, shapes.map(formatShape).join(" and "));
      } else if (known === undefined || known === 1 || (known === null && size !== 1)) {
        sizes.set(letter, size);
      }
    }),
  );
  const shape = [...out].map((letter): Dim => sizes.get(letter) ?? null);
  if ([...out].some((letter) => !sizes.has(letter)) || new Set(out).size !== out.length)
    misfit("an output of letters of the operands", out);
  const batches = ins.flatMap((letters, i) => (shapes[i][0] === null ? [letters[0]] : []));
  if (batches.some((letter) => out.indexOf(letter) > 0))
    misfit("the batch as the first axis of the result", formatShape(shape));
  return shape;
}

/** Refuses what only batches of one size could be computed of: an axis of the batch that meets another one. */
function assertMet(b: Builder, { ins, spread }: Terms, nodes: readonly Node[]): void {
  for (const letter of new Set(ins.join(""))) {
    const met = ins.flatMap((letters, i) =>
      letters.includes(letter) ? [nodes[i].shape[letters.indexOf(letter)]] : [],
    );
    const sizes = new Set(met.filter((size) => size !== 1 || !spread.includes(letter)));
    if (sizes.size < 2) continue;
    const [rows] = [...sizes].filter((size) => size !== "n");
    throw new ModelError({
      code: "shape-mismatch",
      message: `The rows of a batch meet an axis of ${rows} in a product: Keras runs it for batches of ${rows} alone, and it is not computed here.`,
      ...(b.from && { at: { path: b.from.layer } }),
      expected: "axes of one size, whatever the batch",
      received: nodes.map(({ shape }) => formatShape(shape.map((d) => (d === "n" ? null : d)))).join(" and "),
    });
  }
}

/** Contracts operands two by two, from the left. */
export function contract(b: Builder, terms: Terms, nodes: readonly Node[]): Node {
  assertMet(b, terms, nodes);
  const { ins, out } = terms;
  const [first, ...rest] = ins.map((letters, k) => ({ letters, node: nodes[k] }));
  const whole = rest.reduce((made, next, k) => {
    const later = new Set([out, ...rest.slice(k + 1).map((one) => one.letters)].join(""));
    return pair(b, made, next, later);
  }, first);
  return arranged(b, summed(b, whole, new Set(out)), out);
}

interface Term {
  readonly letters: string;
  readonly node: Node;
}

/** A term without the letters that nobody wants. */
function summed(b: Builder, { letters, node }: Term, wanted: ReadonlySet<string>): Term {
  const axes = [...letters].flatMap((letter, k) => (wanted.has(letter) ? [] : [k]));
  if (axes.length === 0) return { letters, node };
  const kept = [...letters].filter((letter) => wanted.has(letter));
  const shape = node.shape.filter((_, k) => !axes.includes(k));
  return { letters: kept.join(""), node: b.reshape(b.sum(node, axes), shape) };
}

/** A term without axes of size 1, where the other term has another size under the letter or none. */
function squeezed(b: Builder, { letters, node }: Term, other: Term): Term {
  const drop = [...letters].map((letter, k) => {
    const at = other.letters.indexOf(letter);
    return node.shape[k] === 1 && at >= 0 && other.node.shape[at] !== 1;
  });
  const kept = [...letters].filter((_, k) => !drop[k]).join("");
  return {
    letters: kept,
    node: b.reshape(
      node,
      node.shape.filter((_, k) => !drop[k]),
    ),
  };
}

function pair(b: Builder, x: Term, y: Term, later: ReadonlySet<string>): Term {
  const first = squeezed(b, x, y);
  const second = squeezed(b, y, first);
  const p = summed(b, first, new Set([...second.letters, ...later]));
  const q = summed(b, second, new Set([...p.letters, ...later]));
  const all = [...new Set(p.letters + q.letters)];
  const kept = all.filter((letter) => later.has(letter));
  const batch = kept.filter((letter) => sizeOf(p, letter) === "n" || sizeOf(q, letter) === "n");
  const out = [...batch, ...kept.filter((letter) => !batch.includes(letter))].join("");
  if (kept.length < all.length)
    return { letters: out, node: b.einsum(p.node, q.node, { a: p.letters, b: q.letters, out }) };
  return { letters: out, node: b.mul(lifted(b, p, out), lifted(b, q, out)) };
}
const sizeOf = ({ letters, node }: Term, letter: string): unknown => node.shape[letters.indexOf(letter)];

/** A term with an axis, perhaps of size 1, for every letter. */
function lifted(b: Builder, { letters, node }: Term, out: string): Node {
  const order = [...out].filter((letter) => letters.includes(letter)).join("");
  const turned = arranged(b, { letters, node }, order);
  let next = 0;
  return b.reshape(
    turned,
    [...out].map((letter) => (letters.includes(letter) ? turned.shape[next++] : 1)),
  );
}
const arranged = (b: Builder, { letters, node }: Term, order: string): Node =>
  b.permute(
    node,
    [...order].map((letter) => letters.indexOf(letter)),
  );

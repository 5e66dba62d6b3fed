import type { Optional } from "../fields.ts";
import { show } from "../fields/schema.ts";
import { defineInitializer, misfit } from "../initializer.ts";
import { numel } from "../tensor.ts";

type Numbers = number | readonly Numbers[];

const isNumbers = (value: unknown): value is Numbers =>
  Number.isFinite(value) || (Array.isArray(value) && value.length > 0 && value.every(isNumbers));
/** The list inside what Keras 3 writes of an array. */
const bare = (value: unknown): unknown => {
  const { class_name, config } = (value ?? {}) as { class_name?: unknown; config?: { value?: unknown } };
  return class_name === "__numpy__" || class_name === "__tensor__" ? config?.value : value;
};

/** A number, or an array as nested lists. */
const value: Optional<Numbers> = {
  schema: {
    anyOf: [{ type: "number" }, { type: "array" }, { type: "object" }],
    description: "a number or an array",
  },
  default: 0,
  read(given, report) {
    const said = bare(given);
    if (isNumbers(said)) return said;
    report({ expected: "a number or an array", received: show(given) });
    return 0;
  },
};

/** Sizes along every axis; undefined where lists of one level differ in length. */
function shapeOf(list: Numbers): readonly number[] | undefined {
  if (typeof list === "number") return [];
  const inner = list.map(shapeOf);
  return inner.every((shape) => shape && `${shape}` === `${inner[0]}`)
    ? [list.length, ...inner[0]!]
    : undefined;
}

/** An array spread over a shape as numpy broadcasts it; undefined where it does not fit. */
function spread(list: Numbers, shape: readonly number[]): Float32Array | undefined {
  const own = shapeOf(list);
  const lead = shape.length - (own?.length ?? Infinity);
  if (!own || lead < 0 || own.some((d, k) => d !== 1 && d !== shape[lead + k])) return undefined;
  const flat = ([list] as unknown[]).flat(Infinity) as number[];
  return Float32Array.from({ length: numel(shape) }, (_, at) => {
    let [rest, index, stride] = [at, 0, 1];
    for (let k = shape.length - 1; k >= lead; k--) {
      index += own[k - lead] === 1 ? 0 : (rest % shape[k]) * stride;
      stride *= own[k - lead];
      rest = Math.floor(rest / shape[k]);
    }
    return flat[index];
  });
}

export default defineInitializer({
  name: "Constant",
  aliases: ["constant"],
  doc: "value",
  config: { value },
  random: false,
  draw(c, shape) {
    if (typeof c.value === "number") return new Float32Array(numel(shape)).fill(c.value);
    return spread(c.value, shape) ?? misfit("Constant", "a weight that its value broadcasts to", shape);
  },
});

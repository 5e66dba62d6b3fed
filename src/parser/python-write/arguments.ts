import type { KerasObject } from "../../ir/config.ts";
import type { Field } from "../../ir/fields.ts";
import { fits } from "../../ir/fields/schema.ts";
import { type LayerConfig, layerIn } from "../../ir/fields/inner-layer.ts";
import { keyFor, written } from "../../ir/fields/write.ts";
import type { LayerDef } from "../../ir/layer.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import type { Counter } from "./counter.ts";
import { brackets, call, type Doc, keyword } from "./layout.ts";
import { textLiteral } from "./literals.ts";
import type { Source } from "./source.ts";
import { argument, className, object, same, value } from "./objects.ts";

type Raw = Readonly<Record<string, unknown>>;
interface Made {
  readonly def: LayerDef;
  readonly name: string;
  readonly config: Raw;
}
/** What a source knows by now: names that come by themselves, and the variables of models inside layers. */
type Writing = Pick<Source, "counter" | "held">;
/** Whether an object would be as it is if it were made with this config and name instead. */
type Settles = (config: Raw, name: string) => boolean;

const isLayer = (given: unknown): given is LayerConfig =>
  typeof given === "object" &&
  given !== null &&
  "class_name" in given &&
  "name" in given &&
  "config" in given;

/** The call that constructs a layer: what it needs by place, the rest by name, and only what says something. */
export function construction(layer: Made, source: Writing): Doc {
  const { def, name, config } = layer;
  const fields = fieldsOf(def);
  const wanted = written(fields, config);
  return build(layer, source, (tried, named) => {
    const whole = named === name ? completed(def, tried) : undefined;
    return whole !== undefined && same(written(fields, whole), wanted);
  });
}

function completed(def: LayerDef, config: Raw): Raw | undefined {
  let sound = true;
  const whole = def.complete ? def.complete(config, () => (sound = false)) : config;
  return sound ? whole : undefined;
}

function build({ def, name, config }: Made, source: Writing, settles: Settles): Doc {
  const { counter } = source;
  const fields = Object.entries(fieldsOf(def));
  const unsaid = (given: Raw, [key, field]: [string, Field<unknown>]): boolean =>
    "default" in field && same(given[key], field.default);
  const least = fields.reduce((now: Raw, entry) => {
    if (!("default" in entry[1]) || unsaid(now, entry)) return now;
    const tried = { ...now, [entry[0]]: entry[1].default };
    return [tried, unprefixed(tried)].find((one) => settles(one, name)) ?? now;
  }, config);
  const said = fields.filter((entry) => !unsaid(least, entry));
  const needed = said.filter(([key, field], k) => !("default" in field) && fields[k][0] === key).length;
  const items = said.map(([key, field], k): Doc => {
    const inside: Inside = (part) => settles({ ...least, [key]: part }, name);
    const doc = option(field, least[key], source, inside);
    return k < needed ? doc : argument(keyFor(key, field, counter.keras) ?? key, doc);
  });
  const named = settles(least, counter.next(def.name));
  if (named) counter.skip(def.name);
  else items.push(keyword("name", textLiteral(name)));
  return call(className(def.home ?? "keras.layers", def.name), items);
}

/** The same with layers in it named without their first word, which the layer around them may have put there. */
const unprefixed = (config: Raw): Raw =>
  Object.fromEntries(
    Object.entries(config).map(([key, given]) => [
      key,
      isLayer(given) ? { ...given, name: given.name.replace(/^[a-z]+_/, "") } : given,
    ]),
  );

/** Whether the object that holds a value would be as it is with another one in its place. */
type Inside = (part: unknown) => boolean;

/** The value of an option as Python has it. */
function option(field: Field<unknown>, given: unknown, source: Writing, inside: Inside): Doc {
  const { counter, held } = source;
  if (isLayer(given) && held.has(given.config.network)) return held.get(given.config.network)!;
  if (isLayer(given))
    return build(layerIn(given), source, (config, name) => inside({ ...given, config, name }));
  if (Array.isArray(given) && given.length && given.every(isLayer))
    return brackets(
      "[",
      given.map((one: LayerConfig, k) =>
        option(field, one, source, (part) => inside(given.with(k, part as LayerConfig))),
      ),
      "]",
    );
  if (isObject(given)) return objectIn(field.write?.(given, "3"), given, counter);
  const json = field.write?.(given, counter.keras);
  return value(Array.isArray(given) ? shortened(field, given) : (json ?? given));
}

/** One number where that means the same as a list of given length. */
function shortened(field: Field<unknown>, list: readonly unknown[]): unknown {
  const one: unknown = list.flat()[0];
  const fixed = field.schema.anyOf?.some(({ maxItems }) => maxItems !== undefined);
  if (typeof one !== "number" || !fixed || !fits(field.schema, one) || !field.read) return list;
  return same(
    field.read(one, () => undefined),
    list,
  )
    ? one
    : list;
}

/** An initializer, a regularizer, or a layer that serves as an activation. */
function objectIn(json: unknown, given: KerasObject, counter: Counter): Doc {
  const { module } = (json ?? {}) as { module?: string };
  if (module === "keras.layers") counter.skip(given.class_name);
  return object(module ?? "keras", given, counter.keras);
}

const isObject = (given: unknown): given is KerasObject =>
  typeof given === "object" && given !== null && "class_name" in given && "config" in given;

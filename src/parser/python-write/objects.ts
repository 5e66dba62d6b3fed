import { ModelError } from "../../diagnostics.ts";
import { chooseLoss, chooseMetric, chooseOptimizer, optimizerOfClass } from "../../ir/catalogues.ts";
import { identify } from "../../ir/fields/object.ts";
import { constraintTable } from "../../ir/fields/constraint.ts";
import { initializerTable } from "../../ir/fields/initializer.ts";
import { SCHEDULES, scheduleTable } from "../../ir/fields/learning-rate.ts";
import { regularizerTable } from "../../ir/fields/regularizer.ts";
import { isRecord, show } from "../../ir/fields/schema.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import { snakeCase } from "../../ir/names.ts";
import { keyFor, unwritable } from "../../ir/fields/write.ts";
import { withFloats } from "../python-float.ts";
import type { Fields, Generation } from "../../ir/fields.ts";
import { brackets, call, type Doc, keyword, tuple } from "./layout.ts";
import { floatLiteral, isName, numberLiteral, textLiteral } from "./literals.ts";

type Raw = Readonly<Record<string, unknown>>;
interface Known {
  readonly name: string;
  readonly fields: Fields;
  readonly config: Raw;
}
type Lookup = (object: { class_name: string; config: Raw }) => Known | undefined;

const listed =
  (table: ReadonlyMap<string, { readonly name: string; readonly config: Fields }>): Lookup =>
  ({ class_name, config }) => {
    const def = table.get(class_name);
    return def && { name: def.name, fields: def.config, config };
  };
const chosen =
  (choose: (id: unknown) => { def: { name: string; config: Fields }; config: Raw }): Lookup =>
  (object) => {
    try {
      const { def, config } = choose(object);
      return { name: def.name, fields: def.config, config };
    } catch (error) {
      if (error instanceof ModelError) return undefined;
      throw error;
    }
  };

/** An optimizer that cannot be trained with has the options of its class all the same. */
const ofClass: Lookup = ({ class_name, config }) => {
  const def = optimizerOfClass(class_name);
  return def && { name: def.name, fields: def.config, config };
};

/** What is known of the classes of a module: their options in Python's order, with defaults. */
const MODULES: Readonly<Record<string, Lookup>> = {
  "keras.initializers": listed(initializerTable),
  "keras.regularizers": listed(regularizerTable),
  "keras.constraints": listed(constraintTable),
  "keras.optimizers": (object) => chosen(chooseOptimizer)(object) ?? ofClass(object),
  [SCHEDULES]: ({ class_name, config }) =>
    listed(scheduleTable)({ class_name, config: withFloats(config) as Raw }),
  "keras.losses": chosen(chooseLoss),
  "keras.metrics": chosen(chooseMetric),
  "keras.layers": ({ class_name, config }) => {
    const def = layerTable.get(class_name);
    return def && { name: def.name, fields: fieldsOf(def), config };
  },
};
/** Modules whose objects Keras also takes by their name, where they have nothing else to say. */
const BY_NAME: ReadonlyMap<string, (className: string) => string> = new Map([
  ["keras.initializers", snakeCase],
  ["keras.regularizers", snakeCase],
  ["keras.constraints", snakeCase],
  // no underscores here: rmsprop
  ["keras.optimizers", (className) => className.toLowerCase()],
]);
/** Classes that this Keras does not make by their name alone: AdamW until tf-keras 2.16, a text stays for L1L2. */
const NOT_BY_NAME: Readonly<Record<Generation, ReadonlySet<string>>> = {
  "2": new Set(["AdamW", "Lion", "Adafactor", "L1L2"]),
  "3": new Set(["Constant"]),
};
/** Modules whose objects take one number, whose name says nothing more. */
const BY_PLACE = new Set(["keras.initializers", "keras.regularizers", "keras.constraints"]);

/** Whether two values would be written alike. */
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A constructor's name, checked: a name from a file never becomes code. */
export function className(module: string, name: string): string {
  if (isName(name) && module.split(".").every(isName))
    return module === "keras.layers" ? `layers.${name}` : `${module}.${name}`;
  throw new ModelError({
    code: "not-in-python",
    message: "A class with this name cannot be written as Python source.",
    expected: "letters, digits and underscores",
    received: show(`${module}.${name}`),
  });
}

/** A keyword argument; its name is checked as those of classes are. */
export function argument(key: string, value: Doc): Doc {
  if (isName(key)) return keyword(key, value);
  throw new ModelError({
    code: "not-in-python",
    message: "An argument with this name cannot be written as Python source.",
    expected: "letters, digits and underscores",
    received: show(key),
  });
}

/** A Keras object: `keras.regularizers.L2(1e-4)`, or its bare name where that is enough. */
export function object(
  module: string,
  given: { class_name: string; config: Raw },
  keras: Generation = "3",
): Doc {
  const known = Object.hasOwn(MODULES, module) ? MODULES[module](given) : undefined;
  const { name, config, fields } = known ?? { name: given.class_name, config: given.config, fields: {} };
  refuseUnwritable(name, fields, config, keras);
  const said = Object.entries(config).filter(([key, value]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    // None is 100 where RMSprop of tf.keras is not told
    const averaged = key === "ema_overwrite_frequency" && config.use_ema === true;
    const differs = keras === "2" && (averaged || field?.keras2_default !== undefined);
    return !field?.legacy && !(field && !differs && "default" in field && same(value, field.default));
  });
  const keyOf = (key: string): string =>
    (Object.hasOwn(fields, key) && keyFor(key, fields[key], keras)) || key;
  const written = (key: string, part: unknown): unknown => {
    const schedule = key === "learning_rate" && isRecord(part);
    const said = schedule && fields[key]?.write ? fields[key].write(part, keras) : part;
    // Keras refuses whole numbers for some of an optimizer's options, and computes schedules in them
    return module === "keras.optimizers" ? withFloats(said, key) : said;
  };
  const constructor = className(module, name);
  const nameless = said.filter(([key, value]) => !(key === "name" && value === snakeCase(name)));
  const short = NOT_BY_NAME[keras].has(name) ? undefined : BY_NAME.get(module)?.(name);
  if (nameless.length === 0 && short !== undefined) return textLiteral(short);
  const alone = nameless.length === 1 && Object.keys(fields)[0] === nameless[0][0] && BY_PLACE.has(module);
  return call(
    constructor,
    nameless.map(([key, part]) =>
      alone ? value(part, keras) : argument(keyOf(key), value(written(key, part), keras)),
    ),
  );
}

/** An optimizer's name where this Keras makes one of it; else the call that makes it. */
export function optimizerNamed(name: string, keras: Generation): unknown {
  const { name: class_name, config } = chosen(chooseOptimizer)({ class_name: name, config: {} }) ?? {};
  if (class_name === undefined || !NOT_BY_NAME[keras].has(class_name)) return name;
  return { class_name, config };
}

function refuseUnwritable(name: string, fields: Fields, config: Raw, keras: Generation): void {
  const problems = unwritable(fields, config, keras).filter(({ key }) => Object.hasOwn(config, key));
  if (problems.length === 0) return;
  throw new ModelError(
    problems.map(({ key, why }) => ({
      code: keras === "2" ? "not-in-keras-2" : "not-in-keras-3",
      message: `The ${key} of ${name} cannot be said to Keras ${keras}: ${why}.`,
    })),
  );
}

/** Any plain value of a config as Python has it: lists of numbers are tuples, objects of Keras are made anew. */
export function value(given: unknown, keras: Generation = "3"): Doc {
  if (given === null || given === undefined) return "None";
  if (typeof given === "string") return textLiteral(given);
  if (typeof given === "number") return numberLiteral(given);
  if (typeof given === "boolean") return given ? "True" : "False";
  if (given instanceof Number) return floatLiteral(given.valueOf());
  if (Array.isArray(given)) return list(given, keras);
  const { module } = given as { module?: unknown };
  const said = "class_name" in (given as object) ? identify(given) : undefined;
  if (said && (given as { class_name: string }).class_name === "function") return textLiteral(said.name);
  const home = scheduleTable.has(said?.name ?? "") ? SCHEDULES : "keras";
  if (said)
    return object(
      typeof module === "string" ? module : home,
      { class_name: said.name, config: said.config },
      keras,
    );
  const entries = Object.entries(given as object).map(([key, part]): Doc => [
    `${textLiteral(key)}: `,
    value(part, keras),
  ]);
  return brackets("{", entries, "}");
}

const numeric = (given: unknown): boolean =>
  given === null ||
  typeof given === "number" ||
  given instanceof Number ||
  (Array.isArray(given) && given.every(numeric));
function list(items: readonly unknown[], keras: Generation): Doc {
  const docs = items.map((item) => value(item, keras));
  return items.length && numeric(items) ? tuple(docs) : brackets("[", docs, "]");
}

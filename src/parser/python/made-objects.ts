import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import { assertOneClip, listedIn, optimizerOfClass } from "../../ir/catalogues.ts";
import type { Field } from "../../ir/fields.ts";
import { describe as describeSchema, fits } from "../../ir/fields/schema.ts";
import type { OptimizerDef } from "../../ir/optimizer.ts";
import { renamed, withRate } from "../keras-compile.ts";
import { type Args, bindKnown, type Given } from "./arguments.ts";
import { initializerDraws } from "./draws.ts";
import { FROM_FILE } from "./layers.ts";
import type { KerasName } from "./names.ts";
import { plain } from "./plain.ts";
import { describe, is, type ObjectValue, type OpaqueValue, repr, type Value } from "./values.ts";
import { drawSeed, fail, leaveUnread, note, opaque, where, type World } from "./world.ts";

/** Constructs an optimizer, a loss, an initializer or another object with a config as `Class(…)` does. */
export function construct(w: World, cls: KerasName, args: Args): ObjectValue | OpaqueValue {
  // What a callback of one's own code does matters only when it is run.
  if (
    cls.module === "keras.callbacks" &&
    [...args.positional, ...args.keyword.values()].some(({ value }) => is(value, "function", "opaque"))
  )
    return opaque(w);
  const optimizer = cls.module === "keras.optimizers" ? optimizerOfClass(cls.name) : undefined;
  const rates = cls.module === "keras.optimizers" ? oldRates : [];
  const old = [...rates, ...oldOptions(optimizer)].filter((key) => args.keyword.has(key));
  const bound = bindKnown(w, cls.name, [...cls.args], args, cls.keyword_only, old);
  const said = Object.fromEntries(
    [...bound].map(([key, g]) => [key, plain(w, knownValue(w, cls, g), g.offset)]),
  );
  if (w.library.keras2) refuseLater(w, cls, bound);
  else if (old.length === 0) refuseAtOnce(w, cls, bound, said, args.offset);
  const config = old.length > 0 ? withOneRate(w, optimizer, bound, said) : said;
  const marked = cls.legacy ? { ...config, is_legacy_optimizer: true } : config;
  const draw =
    cls.module === "keras.initializers" && initializerDraws(cls.name, config) ? drawSeed(w) : undefined;
  return {
    kind: "object",
    module: cls.module,
    class_name: cls.name,
    config: marked,
    key_at: Object.fromEntries([...bound].map(([key, { offset }]) => [key, where(w, offset)])),
    ...(draw === undefined ? {} : { draw }),
  };
}

/** Options of optimizers that Keras 2 does not have. */
function refuseLater(w: World, { module, name }: KerasName, bound: ReadonlyMap<string, Given>): void {
  const fields = module === "keras.optimizers" ? listedIn(module, name)?.config : undefined;
  const later = Object.keys(fields ?? {}).find((key) => bound.has(key) && fields![key].keras2_key === null);
  if (later === undefined) return;
  fail(w, bound.get(later)!.offset, "python-arguments", `${name} of Keras 2 has no option ${later}.`, {
    expected: "options that Keras 2 has",
    received: later,
    hint: "Leave it out, or import Keras 3.",
  });
}

/** What Keras 3 does not take when it makes the object; the rest it finds wrong when it is used, or never. */
function refuseAtOnce(
  w: World,
  { module, name }: KerasName,
  bound: ReadonlyMap<string, Given>,
  said: Readonly<Record<string, unknown>>,
  offset: number,
): void {
  const def = listedIn(module, name);
  if (!def) return;
  const problems = Object.entries(def.config).flatMap(([key, field]): Diagnostic[] => {
    const given = bound.get(key);
    if (!field.at_once || (!given && "default" in field)) return [];
    const schema = field.at_once === true ? field.schema : field.at_once;
    const whole = field.float === true && given !== undefined && isWhole(given.value);
    if (!whole && given && fits(schema, said[key]) && isReadable(field, said[key])) return [];
    return [
      {
        code: "python-value",
        message: given ? `${name} does not take this ${key}.` : `${name} needs ${key}.`,
        at: where(w, given?.offset ?? offset),
        expected: describeSchema(schema),
        ...(given && { received: repr(given.value) }),
        ...(whole && { hint: `Keras 3 takes no whole number here: write ${Number(given.value)}.0.` }),
      },
    ];
  });
  if (problems.length > 0) throw new ModelError(problems);
  if (module === "keras.optimizers") assertOneClip(said, where(w, offset));
}
function isReadable(field: Field<unknown>, value: unknown): boolean {
  let ok = true;
  field.read?.(value, () => (ok = false));
  return ok;
}
const isWhole = (v: Value): v is bigint | boolean => typeof v === "bigint" || typeof v === "boolean";

/** The array of a Constant is not known while the snippet is read. */
function knownValue(w: World, { module, name }: KerasName, { value, offset }: Given): Value {
  if (module !== "keras.initializers" || name !== "Constant" || !is(value, "data", "opaque", "free"))
    return value;
  leaveUnread(w, offset, "The values of this Constant are not read.", FROM_FILE);
  return 0n;
}

/** Options that only the older optimizers of this class had. */
const oldOptions = (optimizer: OptimizerDef | undefined): string[] =>
  Object.entries(optimizer?.config ?? {}).flatMap(([key, { legacy }]) => (legacy ? [key] : []));

/** Arguments of optimizers until Keras 2.10 that people still paste. */
const oldRates = ["lr", "decay"];
/** A schedule instead of `decay`, with the class's own rate where none is given. */
function withOneRate(
  w: World,
  optimizer: OptimizerDef | undefined,
  bound: ReadonlyMap<string, Given>,
  said: Record<string, unknown>,
): Record<string, unknown> {
  const config = optimizer ? renamed(said, optimizer) : said;
  const [lr, decay] = oldRates.map((key) => (key in config ? bound.get(key) : undefined));
  if (lr) note(w, lr.offset, "lr is called learning_rate since Keras 2.3.");
  if (decay) note(w, decay.offset, "decay is the schedule InverseTimeDecay since Keras 2.11.");
  const rate = config.learning_rate ?? config.lr ?? optimizer?.config.learning_rate.default;
  if (decay && config.decay !== 0 && (typeof config.decay !== "number" || typeof rate !== "number"))
    fail(w, decay.offset, "python-arguments", "This decay cannot be read.", {
      expected: "a number beside a constant learning_rate",
      received: describe(decay.value),
    });
  return withRate(rate === undefined ? config : { ...config, learning_rate: rate });
}

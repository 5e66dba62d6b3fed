import type { Args } from "./arguments.ts";
import { apply, iterate } from "./builtins.ts";
import {
  is,
  isNumber,
  listOf,
  type NamespaceValue,
  type OpaqueValue,
  type OptionValue,
  type ParserValue,
  tuple,
  type Value,
} from "./values.ts";
import { type Said, saidBy } from "./command-words.ts";
import { note, opaque, type World } from "./world.ts";

/** What is known of the command line that a script is run with: nothing, so that all options have their defaults. */
export interface CommandLine {
  /** Options that are None unless they are given. */
  readonly unset: Set<string>;
  /** Options that `--define` gives. */
  readonly taken: Set<string>;
  /** `absl.flags.FLAGS`. */
  readonly flags: NamespaceValue;
}

/** The value of the argument of this name. */
const argument = ({ keyword }: Args, name: string): Value | undefined => keyword.get(name)?.value;

/** `argparse.ArgumentParser(…)`. */
export const newParser = (_w: World, args: Args): Value => ({
  kind: "parser",
  options: [],
  otherwise: argument(args, "argument_default") ?? null,
});

/** A method of a parser or of a group of its arguments; undefined where nothing comes of it. */
export function parserMethod(w: World, parser: ParserValue, name: string, args: Args): Value | undefined {
  if (name === "add_argument") return void parser.options.push(optionOf(w, parser, args));
  if (name === "add_argument_group" || name === "add_mutually_exclusive_group") return parser;
  if (name === "set_defaults") {
    for (const [dest, { value }] of args.keyword) setDefault(w, parser, dest, value);
    return undefined;
  }
  if (name === "get_default") return parser.options.findLast(({ dest }) => dest === textOf(args))?.value;
  if (name === "add_subparsers" && typeof argument(args, "dest") === "string")
    parser.options.push({ dest: argument(args, "dest") as string, value: null });
  if (name === "parse_args") return parsed(w, parser, args);
  if (name === "parse_known_args") {
    const known = parsed(w, parser, args);
    return is(known, "opaque") ? known : tuple([known, listOf([])]);
  }
  return undefined;
}

const textOf = ({ positional: [first] }: Args): Value | undefined => first?.value;

function setDefault(w: World, { options }: ParserValue, dest: string, value: Value): void {
  const at = options.findIndex((option) => option.dest === dest);
  if (at < 0) options.push({ dest, value });
  else options[at] = { ...options[at], value: converted(w, options[at].type, value, w.now.offset) };
}

/** `add_argument("--units", "-u", type=int, default=64)`: what the option is where nobody gives it. */
function optionOf(w: World, { otherwise }: ParserValue, args: Args): OptionValue {
  const spelled = args.positional.map(({ value }) => (typeof value === "string" ? value : ""));
  const dest = argument(args, "dest") ?? destOf(spelled);
  if (typeof dest !== "string") return { dest: "", value: null };
  const type = argument(args, "type");
  const optional = spelled.every((name) => name.startsWith("-"));
  const standard = argument(args, "default") ?? standardOf(args, otherwise);
  const option = { dest, type, spelled, takes: taken(args) };
  if (needed(args, optional)) return { ...option, value: required(w, dest) };
  const listed = !optional && argument(args, "nargs") === "*" && standard === null;
  return { ...option, value: listed ? listOf([]) : converted(w, type, standard, args.offset) };
}

/** What follows the name of an option among words; undefined where that is not followed here. */
function taken(args: Args): OptionValue["takes"] {
  const action = argument(args, "action") ?? "store";
  if (action === "store_true" || action === "store_false") return { value: action === "store_true" };
  return action === "store" && !args.keyword.has("nargs") && !args.keyword.has("choices")
    ? "word"
    : undefined;
}

/** `--batch-size` is batch_size; what goes by position is named as it is. */
function destOf(spelled: readonly string[]): string {
  const long = spelled.find((name) => name.startsWith("--")) ?? spelled[0] ?? "";
  return long.startsWith("-") ? long.replace(/^-+/, "").replaceAll("-", "_") : long;
}

function standardOf(args: Args, otherwise: Value): Value {
  const action = argument(args, "action");
  return action === "store_true" ? false : action === "store_false" ? true : otherwise;
}

function needed(args: Args, optional: boolean): boolean {
  const nargs = argument(args, "nargs");
  if (optional) return argument(args, "required") === true;
  return nargs !== "?" && nargs !== "*" && nargs !== "...";
}

/** Without it the script would stop: what depends on it is refused by its name. */
const required = (w: World, dest: string): OpaqueValue => ({ ...opaque(w), spelled: dest });

/** A default that is text goes through the type, as if it had been given. */
function converted(w: World, type: Value | undefined, v: Value, offset: number): Value {
  return typeof v === "string" && type !== undefined ? apply(w, type, [v], { offset }) : v;
}

/** `parse_args()`: the options, as when the script is run without any. */
function parsed(w: World, { options }: ParserValue, args: Args): Value {
  const given = textOf(args) ?? argument(args, "args") ?? null;
  if (args.keyword.has("namespace") || args.positional.length > 1) return opaque(w);
  const listed = is(given, "list", "tuple") ? iterate(w, given, args.offset)! : [];
  const said = saidBy(options, listed);
  const isClear = ({ dest, value }: OptionValue): boolean =>
    !isSuppressed(value) && options.filter((other) => other.dest === dest).length === 1;
  if (said === undefined || ![...said.keys()].every(isClear)) return opaque(w);
  const shown = options.filter(({ dest, value }) => dest !== "" && !isSuppressed(value));
  const values = new Map(
    shown.map((option) => [option.dest, fromOutside(w, withWord(w, option, said, args.offset))]),
  );
  const missing = shown.filter(({ dest, value }) => value === null && values.get(dest) === null);
  for (const { dest } of missing) w.commandLine.unset.add(dest);
  if (shown.length > 0 && !is(given, "list", "tuple")) noteDefaults(w, args.offset);
  return { kind: "namespace", values, other: opaque(w), has_init: true, complete: true };
}

/** The option with the value that words give it, read by its type. */
function withWord(w: World, option: OptionValue, said: Said, offset: number): OptionValue {
  const given = said.get(option);
  if (given === undefined) return option;
  return { ...option, value: "text" in given ? converted(w, option.type, given.text, offset) : given.value };
}

const isSuppressed = (v: Value): boolean => is(v, "module") && v.path === "argparse.SUPPRESS";

/** Says once that nothing of the command line is known. */
function noteDefaults(w: World, offset: number): void {
  note(w, offset, "Run without arguments: each has its default. --define NAME=VALUE gives it another value.");
}

/** What `--define` says of the option, as its type has it. */
function fromOutside(w: World, { dest, type, value }: OptionValue): Value {
  const given = w.defined.get(dest);
  if (given === undefined) return value;
  w.commandLine.taken.add(dest);
  if (is(given, "tuple")) return listOf([...given.items]);
  const toFloat = type !== undefined && is(type, "builtin") && type.name === "float" && isNumber(given);
  return toFloat ? Number(given) : given;
}

const kinds: Readonly<Record<string, string>> = {
  integer: "int",
  float: "float",
  string: "",
  boolean: "bool",
  bool: "bool",
  enum: "",
  list: "list",
  multi_integer: "list",
  multi_float: "list",
  multi_string: "list",
  spaceseplist: "list",
};

/** `flags.DEFINE_integer("units", 64, "help")`; undefined for other functions of absl. */
export function callFlags(w: World, path: string, args: Args): Value | undefined {
  const [, name] = /(?:^absl|^tensorflow(?:\.app)?)\.(?:flags|app)\.(\w+)$/.exec(path) ?? [];
  if (name === "run") return runMain(w, args);
  const kind = name?.startsWith("DEFINE_") ? name.slice("DEFINE_".length) : "";
  const dest = textOf(args) ?? argument(args, "name");
  if (typeof dest !== "string") return undefined;
  const { values } = w.commandLine.flags;
  if (name === "mark_flag_as_required" && values.get(dest) === null) values.set(dest, required(w, dest));
  if (!Object.hasOwn(kinds, kind)) return undefined;
  const standard = args.positional[1]?.value ?? argument(args, "default") ?? null;
  const type: Value = { kind: "builtin", name: kinds[kind] };
  const value = kinds[kind] === "" ? standard : flagValue(w, kinds[kind], standard, args.offset);
  if (values.size === 0) noteDefaults(w, args.offset);
  values.set(dest, fromOutside(w, { dest, type, value }));
  if (values.get(dest) === null) w.commandLine.unset.add(dest);
  return { kind: "namespace", values: new Map(), other: required(w, dest), has_init: true };
}

function flagValue(w: World, type: string, v: Value, offset: number): Value {
  if (v === null) return null;
  if (type === "bool" && typeof v === "string") return /^(true|t|1)$/i.test(v);
  if (type === "list" && typeof v === "string")
    return v === "" ? listOf([]) : listOf(v.split(",").map((part) => part.trim()));
  return apply(w, { kind: "builtin", name: type }, [v], { offset });
}

/** `app.run(main)` calls it with what the script was run with. */
function runMain(w: World, { positional: [main], offset }: Args): Value | undefined {
  const fn = main?.value ?? w.globals.get("main");
  return fn && apply(w, fn, [listOf(["main.py"])], { offset });
}

import { layerProblems } from "../../ir/build.ts";
import type { Args } from "./arguments.ts";
import type { CommandLine } from "./command-line.ts";
import { layerSpec } from "./spec-of.ts";
import type { LayerValue } from "./values.ts";
import { fail, type World } from "./world.ts";

/** The command line of a script that nobody gave arguments. */
export const newCommandLine = (): CommandLine => {
  const at = {};
  const other = { kind: "opaque", line: 1, text: "FLAGS", at } as const;
  return {
    unset: new Set(),
    taken: new Set(),
    flags: { kind: "namespace", values: new Map(), other, has_init: true, complete: true },
  };
};

/** The layer; one that does not take the None of an option that nobody gave is refused by the option's name. */
export function withOptions(w: World, layer: LayerValue, { positional, keyword, offset }: Args): LayerValue {
  if (w.commandLine.unset.size === 0) return layer;
  const empty = [...positional, ...keyword.values()].filter(({ value }) => value === null);
  const names = empty.map((given) => ({ name: nameAt(w, given.offset), offset: given.offset }));
  const unset = names.find(({ name }) => w.commandLine.unset.has(name));
  if (unset && layerProblems(layerSpec(layer, [])).length > 0)
    fail(w, unset.offset ?? offset, "python-unknown-value", `The argument ${unset.name} has no default.`, {
      received: "None",
      hint: `Give it with --define ${unset.name}=VALUE, or write a default.`,
    });
  return layer;
}

/** The last name of what is written there: `args.units`, `units`, `args["units"]`. */
const nameAt = (w: World, offset: number): string =>
  /^(?:[\w.]*\.)?(\w+)/.exec(
    w.source.code.slice(offset, offset + 200).replace(/^[\w.]+\[["'](\w+)["']\]/, "$1"),
  )?.[1] ?? "";

import type { Generation } from "../ir/fields.ts";
import { olderSettings } from "../ir/metrics-by-output.ts";
import type { Model } from "../ir/model.ts";
import { identify } from "../ir/fields/object.ts";
import type { CompileSpec, Note } from "../ir/spec.ts";
import type { Core } from "../runtime/core.ts";
import { compileConfig } from "./compile-config.ts";
import { type KeptSettings, saidSettings } from "./kept-settings.ts";
import { translatedOptimizer } from "./translated-optimizer.ts";

/** What is known of settings that are not understood in full. */
interface Source {
  readonly keras: Generation;
  kept?(): KeptSettings | undefined;
  tell(note: Note): void;
}

/** Optimizers that Keras 3 does not find again in an `.h5` file, not in its own either: such a file does not open. */
const LOST_IN_H5 = new Set(["Lamb"]);

const generationOf = ({ ir }: Core): Generation => (ir.older ? "2" : "3");

/** The settings for files of `keras`: word for word where that is the Keras that said them, else in its words. */
export function keptConfig(
  core: Core,
  { keras, kept, tell }: Source,
  form?: "h5",
): Readonly<Record<string, unknown>> | undefined {
  const { compileProblem, compile, ir } = core;
  if (!compileProblem) return undefined;
  const file = kept?.();
  const said = file ?? (compile && saidSettings(compile.spec, generationOf(core)));
  if (!said) return undefined;
  const { name = "" } = identify(said.settings.optimizer) ?? {};
  if (keras === "3" && form === "h5" && LOST_IN_H5.has(name)) {
    tell(leftOut(`Keras 3 does not find the optimizer ${name} in an .h5 file; in a .keras file it does`));
    return undefined;
  }
  const asItIs = said.keras === keras && (keras === "3" || (file && said.form === form));
  const optimizer = compile
    ? translatedOptimizer(compile.spec.optimizer, keras)
    : `not all of them can be said to Keras ${keras}`;
  if (!asItIs && typeof optimizer === "string") {
    tell(leftOut(optimizer));
    return undefined;
  }
  if (said.has_state) tell({ message: "The state of the optimizer is left out: it starts anew." });
  return asItIs || typeof optimizer === "string" ? asSaid(said, ir) : compileConfig(core, keras, optimizer);
}

/** In an `.h5` file of Keras 2 the names of metrics may begin with those of their outputs. */
const asSaid = ({ keras, form, settings }: KeptSettings, { outputs }: Model): KeptSettings["settings"] =>
  keras === "2" && form === "h5" ? olderSettings(settings, outputs, true) : settings;

/** The settings for source that `keras` runs. */
export function spokenSpec(core: Core, { keras, tell }: Source): CompileSpec | undefined {
  const { compile } = core;
  if (!compile?.problem) return compile?.spec;
  const optimizer = translatedOptimizer(compile.spec.optimizer, keras);
  if (typeof optimizer !== "string") return { ...compile.spec, optimizer };
  if (generationOf(core) === keras) return compile.spec;
  tell(leftOut(optimizer));
  return undefined;
}

const leftOut = (why: string): Note => ({ message: `The settings of compile are left out: ${why}.` });

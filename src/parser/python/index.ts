import { unusedDefinitions } from "./unused-definitions.ts";
import {
  byPlace,
  type Diagnostic,
  didYouMean,
  ModelError,
  ModelLimitError,
  type Where,
} from "../../diagnostics.ts";
import { layerProblems } from "../../ir/build.ts";
import { olderSettings } from "../../ir/metrics-by-output.ts";
import type { ModelSpec, Note } from "../../ir/spec.ts";
import { newCommandLine } from "./options.ts";
import { withCallsElsewhere } from "./called-elsewhere.ts";
import { flat } from "./models.ts";
import type { FitSpec, RunSpec, Snippet } from "../training-spec.ts";
import { newNames } from "./global-names.ts";
import { modelSize } from "./model-size.ts";
import { networkOf } from "./network.ts";
import { touchesModels } from "./pass-over.ts";
import { locator, MAX_SOURCE, parseStatements } from "./parse.ts";
import { placeOf, type SourceText, sourceText } from "./source-text.ts";
import { spellingOf } from "./spelling.ts";
import { olderKeras } from "./layers.ts";
import { layerSpec, modelSpec } from "./spec-of.ts";
import { callFunction } from "./functions.ts";
import { bind, block, execute } from "./statements.ts";
import { is, type LayerValue, tuple, type Value } from "./values.ts";
import { type Action, setSeed, spendSize, type World } from "./world.ts";

/** A constant that `--define` gives to a name. */
export type Defined = number | string | boolean | null | readonly Defined[];

export interface PythonOptions {
  /** For messages. */
  readonly file?: string;
  readonly define?: Readonly<Record<string, Defined>>;
  /** Variable of the model meant. */
  readonly model?: string;
  /** As if `keras.utils.set_random_seed` stood first; later ones in the snippet are passed over. */
  readonly seed?: number;
  /** Of a notebook: the line on which each code cell begins, 1-based. */
  readonly cells?: readonly number[];
  /** The version of Keras that is to run it; the Keras 3 of today where absent. */
  readonly keras?: string;
  /** Whether weights come from a file beside the snippet. */
  readonly weights?: boolean;
  /** Shapes of arrays the user gives by name. */
  readonly data?: Readonly<Record<string, readonly number[]>>;
}

/**
 * Reads a Python snippet that describes Keras models: what it builds, compiles, fits, and on what data. Nothing is
 * run; a ModelError lists every mistake with its line, column and code frame.
 */
export function parsePython(source: string, options: PythonOptions = {}): Snippet {
  const { file } = options;
  if (source.length > MAX_SOURCE) {
    throw new ModelLimitError({
      code: "python-size",
      message: "The source is too long.",
      expected: `at most ${MAX_SOURCE} characters`,
      received: `${source.length}`,
      at: file === undefined ? {} : { file },
    });
  }
  return withinStack(file, () => read(sourceText(source, file, options.cells), options));
}

/** What nests so deeply that the stack does not hold it is too deep for Python as well. */
function withinStack<T>(file: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ModelLimitError({
      code: "python-nesting",
      message: "The snippet nests too deeply.",
      at: file === undefined ? {} : { file },
    });
  }
}

function read(text: SourceText, options: PythonOptions): Snippet {
  const { statements, problems, lost } = parseStatements(text);
  const w = newWorld(text, options, problems);
  tellSession(w, text);
  for (const name of lost) w.globals.set(name, { kind: "broken" });
  execute(w, statements);
  if (w.problems.length > 0) throw new ModelError(byPlace(distinct([...w.problems, ...inLayers(w)])));
  const unused = Object.keys(options.define ?? {}).filter((name) => !w.commandLine.taken.has(name));
  for (const note of unusedDefinitions(text.code, unused)) w.notes.push({ message: note });
  return snippet(w, options);
}

/** What of a pasted session is no line behind a prompt. */
function tellSession({ notes, problems }: World, text: SourceText): void {
  const { answers = [], strays = [] } = text.session ?? {};
  for (const line of strays.slice(0, 1))
    problems.push({
      code: "python-syntax",
      message: "This line has no prompt, though the first line has one.",
      at: placeOf(text, line, 1),
      hint: "Write `>>> ` before it, or take all prompts away.",
    });
  for (const line of answers.slice(0, 1))
    notes.push({
      message: "Lines without a prompt are answers: they are not read.",
      at: placeOf(text, line, 1),
    });
}

/** What is wrong with the layers of a snippet that cannot be built. */
const inLayers = ({ layers }: World): Diagnostic[] =>
  layers.flatMap((layer) => layerProblems(layerSpec(layer, [])));

/** Each problem once: lines that ask for a shape meet those of the layers again, in a model around them. */
function distinct(problems: readonly Diagnostic[]): Diagnostic[] {
  const told = new Set<string>();
  return problems.filter((problem) => {
    const key = sameness(problem);
    return !told.has(key) && told.add(key);
  });
}
const sameness = ({ at, message }: Diagnostic): string =>
  [at?.cell, at?.line, at?.column, message.replace(/"[^"]*\//g, '"')].join(" ");

function newWorld(source: SourceText, options: PythonOptions, problems: Diagnostic[]): World {
  const world: World = {
    source,
    locate: locator(source.code),
    given: new Map(Object.entries(options.data ?? {})),
    ...newNames(),
    defined: new Map(
      Object.entries(options.define ?? {}).map(([text, v]) => [spellingOf(text) ?? text, defined(v)]),
    ),
    commandLine: newCommandLine(),
    weights: options.weights ?? false,
    saved: new Map(),
    shapes: new Map(),
    within: new Map(),
    ...{ masks: new Map(), optimizers: new Map() },
    ...{ forgotten: new Map(), twins: new Map(), tensors: { count: 0, names: new Map() } },
    ...{ unopened: [], refused: [] },
    problems,
    notes: [],
    unread: [],
    counters: new Map(),
    models: [],
    ...{ layers: [], built: new Set() },
    steps: [],
    arrays: [],
    actions: [],
    library: libraryOf(options.keras),
    stars: [],
    meter: { iterations: 0, steps: 0, made: 0, ids: 0, calls: 0, tries: 0 },
    risks: { imports: 0, calls: 0 },
    seed: { fixed: options.seed !== undefined },
    now: { offset: 0, end: 0 },
    callFunction: (fn, args) => callFunction(world, fn, args, block),
    bind: (target, v, frame) => bind(frame, target, v),
    network: (model) => networkOf(flat(model.model!.inputs!), flat(model.model!.outputs!)).layers,
  };
  for (const [name, v] of world.defined) world.globals.set(name, v);
  if (options.seed !== undefined) setSeed(world, options.seed);
  return world;
}
/** "2" is the last of its kind; of Keras 3 all mean the same. */
function libraryOf(keras = "3"): World["library"] {
  const version = keras.trim().replace(/^v/, "");
  if (version.startsWith("3")) return { keras2: false };
  return {
    keras2: true,
    version: version.includes(".") ? version : ({ "1": "1.2", "2": "2.15" }[version] ?? version),
  };
}
function defined(v: Defined): Value {
  if (Array.isArray(v)) return tuple((v as readonly Defined[]).map(defined));
  return typeof v === "number" && Number.isInteger(v) ? BigInt(v) : (v as Value);
}

function snippet(w: World, options: PythonOptions): Snippet {
  const names = variables(w);
  for (const model of w.models) spendSize(w, modelSize(w, model) * 100, w.now.offset);
  const models = new Map<string, ModelSpec>(
    w.models.map((model) => [
      names.get(model)!,
      ofItsKeras(w, withCallsElsewhere(w, model, modelSpec(model))),
    ]),
  );
  const meant = meantModel(w, names, options);
  const of = (kind: Action["kind"]): Action[] =>
    w.actions.filter((action) => action.model === meant && action.kind === kind);
  const runs = of("run").flatMap((action): RunSpec[] => (action.kind === "run" ? [action.run] : []));
  const fit = runs.findLast((run): run is FitSpec => run.kind === "fit");
  const shown = of("summary").at(-1);
  const variable = names.get(meant)!;
  const spec = models.get(variable)!;
  const then = meant.model!.shown && ofItsKeras(w, meant.model!.shown);
  return {
    models,
    spec,
    variable,
    ...(w.seed.value === undefined ? {} : { seed: w.seed.value }),
    ...(fit ? { fit } : {}),
    runs,
    data: { steps: w.steps },
    ...(then && !looksLike(then, spec) && { shown: then }),
    ...(shown?.kind === "summary" ? { summary: shown.options, trained: shown.trained } : {}),
    notes: distinctNotes(w.notes),
    ...(w.unread.length > 0 && { unread: w.unread }),
  };
}

/** Whether two models have the same layers and calls, wherever they are written and whatever they are compiled with. */
const looksLike = (a: ModelSpec, b: ModelSpec): boolean => looks(a) === looks(b);
const looks = (spec: ModelSpec): string =>
  JSON.stringify(spec, (key, value: unknown) => (besides.has(key) ? undefined : value));
const besides = new Set(["at", "key_at", "said", "compile"]);

/** A model of Keras 2 computes as that does, and takes losses for some of its outputs and metrics for all of them. */
function ofItsKeras(w: World, spec: ModelSpec): ModelSpec {
  if (!w.library.keras2) return spec;
  const settings = spec.class_name === "Functional" ? spec.compile : undefined;
  const compile = settings && { compile: olderSettings(settings, spec.outputs, false) };
  return { ...spec, ...compile, older: olderKeras(w) };
}

/** What a loop says again and again is said once. */
const distinctNotes = (notes: readonly Note[]): Note[] => [
  ...new Map(notes.map((note) => [`${note.at?.cell} ${note.at?.line} ${note.message}`, note])).values(),
];

/** A name for every model: its variable, the last one where it has several; else its own name, made unique. */
function variables(w: World): Map<LayerValue, string> {
  const names = new Map<LayerValue, string>();
  for (const [name, v] of w.globals) if (is(v, "layer") && v.model) names.set(v, name);
  const used = new Set(names.values());
  for (const model of w.models) {
    if (names.has(model)) continue;
    let name = model.name;
    for (let n = 1; used.has(name); n++) name = `${model.name} (${n})`;
    names.set(model, name);
    used.add(name);
  }
  return names;
}

/** Why there is no model: it would come from a file, or be of a class of one's own. */
function noneBuilt(w: World, at: Where): Diagnostic[] {
  const reasons = [...w.unopened, ...distinct(w.refused)];
  return reasons.length > 0 ? reasons : noModel(w, at);
}

const noModel = (w: World, at: Where): Diagnostic[] => [
  {
    code: "python-model",
    message: "The snippet builds no model.",
    at,
    expected: "a Sequential([…]) or a Model(inputs=…, outputs=…)",
    hint: uncalled(w),
  },
];

/** What to write where functions of the snippet build models and nobody calls them: that which needs nothing, if any. */
function uncalled(w: World): string | undefined {
  const calls = [...w.globals].flatMap(([name, v]) => {
    if (!is(v, "function") || !touchesModels({ ...v.scope, w }, v.def.body)) return [];
    return [{ name, args: v.def.parameters.filter((p) => !p.star && !p.default).map((p) => p.name) }];
  });
  const call = calls.find(({ args }) => args.length === 0) ?? calls.at(0);
  return (
    call &&
    `A function is read where it is called: add a line like model = ${call.name}(${call.args.join(", ")}).`
  );
}

/** The model that was last given `fit`, `compile` or `summary`; else the variable `model`; else the last built. */
function meantModel(
  w: World,
  names: ReadonlyMap<LayerValue, string>,
  { model, file }: PythonOptions,
): LayerValue {
  const at = file === undefined ? {} : { file };
  if (model !== undefined) {
    const found = w.models.find((made) => names.get(made) === model);
    if (found) return found;
    const all = [...names.values()];
    throw new ModelError({
      code: "python-model",
      message: `The snippet has no model ${model}.`,
      at,
      expected: all.join(", ") || "a model",
      hint: didYouMean(model, all),
    });
  }
  const built = w.models.at(-1);
  if (built === undefined) throw new ModelError(noneBuilt(w, at));
  const asked = w.actions.findLast((action) => action.kind !== "run" || action.run.kind === "fit")?.model;
  const named = w.globals.get("model") ?? null;
  const meant = asked ?? (is(named, "layer") && named.model ? named : built);
  if (w.models.length > 1) {
    const others = w.models.filter((made) => made !== meant).map((made) => names.get(made));
    w.notes.push({
      message: `The model meant is ${names.get(meant)}; the snippet also builds ${others.join(", ")}. --model NAME chooses another.`,
      at: meant.at,
    });
  }
  return meant;
}
export { type DataLoader, dataSources, runData } from "./run-data.ts";

import { didYouMean, type Diagnostic, type Where } from "../../diagnostics.ts";
import {
  type KeyProblem,
  readFields,
  type Refused,
  refusedBySchema,
  renamed,
  type Raw,
} from "../fields/read.ts";
import type { Field } from "../fields.ts";
import type { LayerDef } from "../layer.ts";
import { fieldsOf, INPUT_KEYS } from "../layers/base.ts";
import type { LayerTable } from "../layers/index.ts";
import type { LayerSpec } from "../spec.ts";
import { called, placed } from "./site.ts";

/** A layer's object in the table and its validated config. */
export interface Resolved {
  readonly def: LayerDef;
  readonly config: Raw;
}

/** Class and config of a layer as somebody wrote it; undefined where something was reported. */
export function resolveLayer(
  spec: LayerSpec,
  path: string,
  layers: LayerTable,
  problems: Diagnostic[],
  checks?: (def: LayerDef) => Refused | undefined,
): Resolved | undefined {
  const def = layers.get(spec.class_name);
  if (!def) return void problems.push(unknownLayer(spec, path, layers));
  const before = problems.length;
  const meant = new Set<string>();
  const fields = fieldsOf(def);
  const report = (p: KeyProblem): void => {
    if (p.stands_for !== undefined) meant.add(p.stands_for);
    if (p.what !== "missing" || !meant.has(p.key))
      problems.push(keyProblem(spec, path, def, p, fields[p.key]));
  };
  const given = renamed(fields, spec.config, report, new Set([...INPUT_KEYS, ...(def.ignored ?? [])]));
  const read = readFields(fields, given, report, checks?.(def) ?? refusedBySchema(fields));
  if (!read || problems.length > before) return undefined;
  const wrong = (key: string, expected: string, received: string): void =>
    report({ key, what: "wrong", expected, received });
  const config = def.complete ? def.complete(read, wrong) : read;
  return problems.length > before ? undefined : { def, config };
}

function unknownLayer(spec: LayerSpec, path: string, layers: LayerTable): Diagnostic {
  const at = placed(spec.at, path);
  if (spec.class_name === "Lambda") {
    const message = `Layer ${called("Lambda", path)} holds Python code, which is never run.`;
    return {
      code: "lambda",
      message,
      at,
      hint: "Replace it by layers, or give a layer of your own under this name.",
    };
  }
  const message = `Layer ${called(spec.class_name, path)} is of a class that is not supported.`;
  // Python's imports have told slips already
  const hint = spec.said ? undefined : didYouMean(spec.class_name, layers.keys());
  return { code: "unknown-layer", message, at, received: spec.class_name, ...(hint && { hint }) };
}

/** A problem in the words of who wrote Python: what was said, and Python's constants. */
function inPython(p: KeyProblem, said: Readonly<Record<string, string>>): KeyProblem {
  const words: Readonly<Record<string, string>> = { null: "None", true: "True", false: "False" };
  const told = (text: string): string => text.replace(/\b(null|true|false)\b/g, (word) => words[word]);
  const received = p.whole && Object.hasOwn(said, p.key) ? said[p.key] : p.received && told(p.received);
  return { ...p, ...(p.expected && { expected: told(p.expected) }), ...(received && { received }) };
}

const CODES = { unknown: "unknown-option", missing: "missing-option", wrong: "bad-option" } as const;

/** A problem with an option of the layer at this path. */
export function keyProblem(
  spec: Pick<LayerSpec, "at" | "key_at" | "said">,
  path: string,
  def: Pick<LayerDef, "name">,
  problem: KeyProblem,
  field?: Field<unknown>,
): Diagnostic {
  const p = spec.said ? inPython(problem, spec.said) : problem;
  const layer = called(def.name, path);
  const message = {
    unknown: `${layer} has no option ${p.key}.`,
    missing: `${layer} needs the option ${p.key}.`,
    wrong: `The option ${p.key} of ${layer} does not fit.`,
  }[p.what];
  const spelled = [p.key, field?.keras2_key ?? [], field?.aliases ?? [], field?.keras1 ?? []].flat();
  const key = spelled.find((one) => Object.hasOwn(spec.key_at ?? {}, one));
  const at: Where = key === undefined ? spec.at : spec.key_at![key];
  const { expected, received, hint } = p;
  return {
    code: CODES[p.what],
    message,
    at: placed(at, path),
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received }),
    ...(hint !== undefined && { hint }),
  };
}

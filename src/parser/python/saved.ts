import type { Diagnostic } from "../../diagnostics.ts";
import type { Args } from "./arguments.ts";
import { is, type LayerValue, type Value } from "./values.ts";
import { leaveUnread, note, opaque, statementText, where, type World } from "./world.ts";

/** What a snippet saved a model under: a path, or the value that stands for one, or for its JSON. */
const keyOf = (v: Value): unknown => (is(v, "opaque") ? v.text : v);

/** `model.save(path)`, `model.to_json()`, …: the model can be found again under the path, or what was returned. */
export function remember(w: World, model: LayerValue, args: Args): Value {
  note(w, w.now.offset, `Not run: ${statementText(w)}`);
  const path = args.positional[0]?.value ?? args.keyword.get("filepath")?.value;
  const made = opaque(w);
  if (path !== undefined) w.saved.set(keyOf(path), model);
  else w.saved.set(keyOf(made), model);
  return made;
}

/** `load_model(path)` and its siblings: the model that this snippet saved there. Other files are not opened. */
export function recall(w: World, what: string, { positional, keyword, offset }: Args): Value {
  const given = positional[0] ?? [...keyword.values()][0];
  const found = given && w.saved.get(keyOf(given.value));
  if (found) return found;
  w.risks.calls++;
  const file = typeof given?.value === "string" ? given.value : "the file";
  const problem: Diagnostic = {
    code: "python-unsupported",
    message: `${what} reads ${file}: a snippet opens no files.`,
    at: where(w, offset),
    hint: `Give ${file} itself to keraunos: it opens .h5, .keras and JSON files.`,
  };
  w.unopened.push(problem);
  note(w, offset, problem.message);
  return opaque(w);
}

/** `load_weights(path)` of a file that the snippet itself wrote changes nothing; others come from the command line. */
export function recallWeights(w: World, { positional, offset }: Args): Value {
  const path = positional[0]?.value ?? null;
  if (!w.weights && !w.saved.has(keyOf(path))) {
    const hint = `Give the file with --load-weights${typeof path === "string" ? ` ${path}` : ""}.`;
    w.risks.calls++;
    leaveUnread(w, offset, "The weights that are loaded here are not read: a snippet opens no files.", hint);
    return opaque(w);
  }
  note(w, w.now.offset, `Not run: ${statementText(w)}`);
  return opaque(w);
}

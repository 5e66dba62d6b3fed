import { ofBackend } from "../../ir/tensorflow/functions.ts";
import type { Args } from "./arguments.ts";
import { closest, didYouMean } from "../../diagnostics.ts";
import type { StatementOf } from "./ast.ts";
import { each } from "./collect.ts";
import { backendSpecials } from "./backend.ts";
import { ofKeras1, isKeras1 } from "./keras1.ts";
import { legacyName } from "./legacy-calls.ts";
import {
  canonicalModule,
  elsewhere,
  hasModule,
  isKeras,
  type KerasName,
  lookUp,
  moduleNames,
  nearName,
} from "./names.ts";
import { libraryConstant } from "./numpy.ts";
import { is, type Value } from "./values.ts";
import { kerasVersion, versionOf } from "./versions.ts";
import { fail, note, opaque, type World } from "./world.ts";

/** Short names under which libraries are known without looking at the import. */
const libraries: Readonly<Record<string, string>> = { tf: "tensorflow", np: "numpy" };

/** What everybody has who runs a snippet of Keras. */
const sure =
  /^(keras\b.*|tensorflow|(numpy|os|sys|re|math|random|time|json|copy|pathlib|datetime|warnings|logging|typing|functools|itertools|collections|dataclasses|enum|argparse|string|operator|abc|__future__|contextlib|io|csv|glob|shutil|pickle|gc|platform|subprocess|inspect|types|tempfile|uuid|zipfile|tarfile|urllib|unittest|h5py)(\..*)?)$/;

/** `import a.b as c`. */
export function importModules(
  w: World,
  { names }: StatementOf<"import">,
  set: (name: string, v: Value) => void,
): void {
  for (const { name, as, offset } of names) {
    const path = moduleAt(w, name, offset);
    const [first] = name.split(".");
    set(as ?? first, { kind: "module", path: as === undefined ? moduleAt(w, first, offset) : path });
  }
}

/** `from m import a as b, c`; a star brings every name of Keras's module. */
export function importNames(
  w: World,
  { module, module_at, names, offset }: StatementOf<"from">,
  set: (name: string, v: Value) => void,
): void {
  const path = moduleAt(w, module, module_at);
  if (names === "*") {
    note(w, offset, `from ${module} import *: names are looked up when they are used.`);
    w.stars.push(path);
    return;
  }
  each(w, names, ({ name, as, offset: place }) => {
    try {
      set(as ?? name, member(w, path, name, place));
    } catch (error) {
      set(as ?? name, { kind: "broken" });
      throw error;
    }
  });
}

function moduleAt(w: World, name: string, offset: number): string {
  const [first, ...rest] = name.split(".");
  const path = ofLibrary(w, [Object.hasOwn(libraries, first) ? libraries[first] : first, ...rest].join("."));
  if (first === "tf_keras" && !w.library.keras2) {
    w.library.keras2 = true;
    note(w, offset, "tf_keras is Keras 2; names and first weights are given as Keras 3 gives them.");
  }
  if (!sure.test(path) || (isKeras(path) && !hasModule(path))) w.risks.imports++;
  const near = /^(tensorflow|keras)/.test(first) ? undefined : closest(first, ["keras", "tensorflow"]);
  if (near !== undefined)
    fail(w, offset, "python-import", `This is no module of Keras: ${first}.`, {
      hint: `Did you mean ${near}?`,
    });
  if (isKeras(path) && !hasModule(path)) {
    fail(w, offset, "python-import", `Keras has no module ${name}.`, { hint: didYouMean(path, moduleNames) });
  }
  return path;
}

/** The module that a spelling means; Keras taken from TensorFlow is the one inside of it. */
function ofLibrary(w: World, spelled: string): string {
  const path = canonicalModule(spelled);
  if (isKeras(path) && spelled.startsWith("tensorflow")) w.library.tensorflow = true;
  return path;
}

const MAX_PATH = 300;
/** TensorFlow's own, as Keras has them. */
const initializers: ReadonlyMap<string, string> = new Map([
  ["zeros_initializer", "Zeros"],
  ["ones_initializer", "Ones"],
  ["constant_initializer", "Constant"],
  ["random_normal_initializer", "RandomNormal"],
  ["random_uniform_initializer", "RandomUniform"],
]);

/** `importlib.import_module("keras.layers")`; `__import__` gives what the first name is. */
export function importedModule(
  w: World,
  { positional: [name], offset }: Args,
  whole: boolean,
): Value | undefined {
  if (!name || typeof name.value !== "string" || !/^[A-Za-z_]\w*(\.\w+)*$/.test(name.value)) return undefined;
  return { kind: "module", path: moduleAt(w, whole ? name.value : name.value.split(".")[0], offset) };
}

/** `module.name`. */
export function member(w: World, path: string, name: string, offset: number): Value {
  const full = `${path}.${name}`;
  if (full.length > MAX_PATH) fail(w, offset, "python-name", "This name of a module is too long.");
  const listed = libraryConstant(full);
  // np.newaxis is None
  const constant = listed === undefined ? versionOf(w, full) : listed;
  if (constant !== undefined) return constant;
  if (/^(absl|tensorflow(\.app)?)\.flags\.FLAGS$/.test(full)) return w.commandLine.flags;
  const initializer = path === "tensorflow" ? initializers.get(name) : undefined;
  if (initializer !== undefined) {
    if (/^Random/.test(initializer))
      note(w, offset, `tf.${name} draws other numbers than Keras: those of ${initializer} are taken.`);
    return kerasMember(w, "keras.initializers", initializer, offset);
  }
  if (path === "keras.backend" || !isKeras(path)) {
    const canonical = ofLibrary(w, full);
    if (path !== "keras.backend") return { kind: "module", path: canonical };
  }
  return kerasMember(w, path, name, offset);
}

function kerasMember(w: World, path: string, name: string, offset: number): Value {
  if (name === "__version__") return kerasVersion(w);
  if (name === "__dict__") return { kind: "module", path };
  const found = foundIn(w, path, name);
  if (found?.kind === "module") return { kind: "module", path: `${path}.${name}` };
  if (found?.kind === "value") return { kind: "module", path: `${path}.${name}` };
  if (found) return { kind: "keras", name: found };
  if (path === "keras.backend" && (Object.hasOwn(backendSpecials, name) || ofBackend(name)))
    return { kind: "keras", name: { module: path, name, kind: "function", args: [], keyword_only: [] } };
  const canonical = canonicalModule(`${path}.${name}`);
  if (canonical !== path && hasModule(canonical)) return { kind: "module", path: canonical };
  if (oldModule.test(name)) return { kind: "module", path };
  // Tools of Keras 2 that make no layers: what they do is not read.
  if (/^keras\.(preprocessing|wrappers|legacy|utils\.\w+)\b/.test(path) && !elsewhere(name))
    return { kind: "module", path: `keras2${path.slice("keras".length)}.${name}` };
  const other = elsewhere(name);
  if (other && path === "keras.layers" && /^(Sequential|Model)$/.test(name))
    fail(w, offset, "python-name", `${path} has no name ${name}.`, { hint: `Did you mean keras.${name}?` });
  if (other) {
    note(w, offset, `${path}.${name} is ${other.module}.${name}: it was found there.`);
    return { kind: "keras", name: other };
  }
  return fail(w, offset, "python-name", `${path} has no name ${name}.`, { hint: nearName(path, name) });
}
/** What the Keras that runs the snippet has under a name. */
const foundIn = (w: World, path: string, name: string): KerasName | undefined =>
  (isKeras1(w) ? ofKeras1(path, name) : legacyName(w, path, name)) ?? lookUp(path, name);

/** `getattr(keras.layers, name, otherwise)`: undefined where what is asked is no module of Keras. */
export function memberOr(w: World, v: Value, name: string, otherwise: Value): Value | undefined {
  if (!is(v, "module") || hasName(v, name) !== false) return undefined;
  return w.library.keras2 ? opaque(w) : otherwise;
}

/** Whether a module of Keras 3 has a public name; undefined where nobody knows. */
export function hasName(v: Value, name: Value | undefined): boolean | undefined {
  if (!is(v, "module") || !isKeras(v.path) || !hasModule(v.path)) return undefined;
  if (typeof name !== "string" || /^_|^src$/.test(name) || v.path === "keras.backend") return undefined;
  return lookUp(v.path, name) !== undefined || hasModule(`${v.path}.${name}`);
}

/** Submodules that older Keras had and whose names are now in the module itself. */
const oldModule =
  /^(core|convolutional|pooling|recurrent|normalization|merge|embeddings|wrappers|noise|advanced_activations|local|legacy|experimental|preprocessing|np_utils|engine|topology|training|scikit_learn|generic_utils|tensorflow_backend|vis_utils|data_utils|layer_utils|v1|v2)$/;

/** A name that a star import may have brought. */
export function starred(w: World, name: string): Value | undefined {
  for (const path of w.stars) {
    const found = foundIn(w, path, name);
    if (found)
      return found.kind === "module"
        ? { kind: "module", path: `${path}.${name}` }
        : { kind: "keras", name: found };
  }
  const other = w.given.has(name) ? undefined : w.stars.find((path) => !isKeras(path));
  return other === undefined ? undefined : member(w, other, name, w.now.offset);
}

import type { Args } from "./arguments.ts";
import { tuple, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** The Keras 3 that snippets are read as, and the TensorFlow and the last Keras 2 beside it. */
const KERAS = "3.15.1";
const TENSORFLOW = "2.21.0";
const KERAS2 = "2.21.0";
/** The Python that runs them. */
const PYTHON: Value = {
  kind: "tuple",
  items: [3n, 11n, 7n, "final", 0n],
  names: ["major", "minor", "micro", "releaselevel", "serial"],
};

const PYTHON_TEXT = "3.11.7 (main, Dec  4 2023, 00:00:00) [GCC 12.2.0]";

/** `keras.__version__`. */
export function kerasVersion({ library: { keras2, version } }: World): string {
  if (!keras2) return KERAS;
  return version === undefined ? KERAS2 : threeNumbers(version);
}
const threeNumbers = (version: string): string => [...version.split("."), "0", "0"].slice(0, 3).join(".");

/** The TensorFlow of that number came with Keras 2.4 and all that followed; which one ran an older Keras nobody knows. */
function tensorflowVersion(w: World): Value {
  const { version } = w.library;
  if (version === undefined) return TENSORFLOW;
  return /^2\.([4-9]|1\d|2[01])\b/.test(version) ? threeNumbers(version) : opaque(w);
}

/** What says a version of something else than Keras; undefined for any other path. */
export function versionOf(w: World, path: string): Value | undefined {
  if (path === "tensorflow.__version__" || path === "tensorflow.version.VERSION") return tensorflowVersion(w);
  if (path === "sys.version") return PYTHON_TEXT;
  if (path === "six.PY2" || path === "six.PY3") return path === "six.PY3";
  return path === "sys.version_info" ? PYTHON : undefined;
}

const PARTS = ["major", "minor", "micro"];
const numbers = (text: string): readonly bigint[] => text.split(".").map(BigInt);
/** Of a version that has more than numbers nothing is read. */
const versionText = ({ positional: [text] }: Args): string | undefined =>
  typeof text?.value === "string" && /^\d{1,9}(\.\d{1,9}){0,2}$/.test(text.value) ? text.value : undefined;

/** `packaging.version.parse("2.4")`: 2.4.0 is the same. */
export function parsedVersion(_w: World, args: Args): Value | undefined {
  const text = versionText(args);
  return text === undefined ? undefined : { ...tuple(numbers(threeNumbers(text))), names: PARTS };
}
/** `distutils.version.LooseVersion("2.4")`, which is less than 2.4.0. */
export function looseVersion(_w: World, args: Args): Value | undefined {
  const text = versionText(args);
  return text === undefined ? undefined : tuple(numbers(text));
}

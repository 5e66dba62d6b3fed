import type { Builder } from "./builder.ts";
import type { Node, Sizes, Window } from "./graph.ts";
import { byPhases, margins, reachedBy, someTaps } from "./window-phases.ts";

/** What every window passes to its taps: its value to all of them, or to those whose place is the window's. */
interface Spread {
  readonly values: Node;
  readonly chosen?: { readonly places: Node; readonly place: Node };
}

const source = (x: Node): Node => (x.op === "expand" ? x.in[0] : x);
const isZero = (x: Node): boolean =>
  x.op === "const"
    ? (x as Node<"const">).attrs.value === 0
    : (x.op === "expand" || x.op === "reshape") && isZero(x.in[0]);

/** Reads a value of windows and taps as such; windows in the order of their axes. */
export function asSpread(y: Node, windows: readonly Window[]): Spread | undefined {
  const ofWindows = (x: Node): boolean =>
    windows.every((w, k) => x.shape[w.axis + k] === w.size && x.shape[w.axis + k + 1] === 1);
  const ofTaps = (x: Node): boolean =>
    windows.every((w, k) => x.shape[w.axis + k] === 1 && x.shape[w.axis + k + 1] === w.taps);
  if (y.op !== "where") return ofWindows(source(y)) ? { values: source(y) } : undefined;
  const [test, yes, no] = y.in;
  if (test.op !== "equal" || !isZero(no)) return undefined;
  const [places, place, values] = [test.in[0], test.in[1], yes].map(source);
  const fits = ofTaps(places) && ofWindows(place) && ofWindows(values);
  return fits ? { values, chosen: { places, place } } : undefined;
}

/** Every element of `shape` is the sum of what the windows around it pass to it. */
export function foldSpread(b: Builder, spread: Spread, shape: Sizes, windows: readonly Window[]): Node {
  const { values, chosen } = spread;
  const tapAxes = windows.map((w, k) => w.axis + k + 1);
  const without = (s: Sizes): Sizes => s.filter((_, k) => !tapAxes.includes(k));
  const bounds = windows.map((w) => margins(w, shape[w.axis] as number));
  const pads = windows.map(({ axis }, k) => ({ axis, before: bounds[k].before, after: bounds[k].after }));
  const bordered = (x: Node): Node => b.pad(b.reshape(x, without(x.shape)), pads);
  // what a border passes is 0, whichever tap it names
  const [around, named] = [bordered(values), chosen && bordered(chosen.place)];
  return byPhases(b, shape, windows, (reaches) => {
    const views = reaches.map((reach, k) => reachedBy(windows[k].axis, reach, bounds[k]));
    const places =
      chosen && reaches.reduce((x, reach, k) => someTaps(b, x, tapAxes[k], reach), chosen.places);
    const seen = b.window(around, views);
    const passed = named ? b.where(b.equal(places!, b.window(named, views)), seen, 0) : seen;
    const sum = b.sum(passed, tapAxes);
    return b.reshape(sum, without(sum.shape));
  });
}

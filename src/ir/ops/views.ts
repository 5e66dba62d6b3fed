import { foldWindows } from "../windows.ts";
import { numel, type Ops, same, strides, walk } from "./op.ts";

/** The same elements read in another order; nothing is computed. */
export const views: Ops<"reshape" | "expand" | "permute" | "slice" | "flip" | "window"> = {
  reshape: { shape: (_, a) => a.shape, eval: ([x]) => x.data, vjp: (b, dy, [x]) => [b.reshape(dy, x.shape)] },
  /** Repeats axes of size 1 up to `shape`. */
  expand: {
    view: true,
    shape: (_, a) => a.shape,
    eval: ([x], _a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(x.shape).map((s, k) => (x.shape[k] === 1 ? 0 : s));
      walk(out, steps, (i, at) => void (result[i] = x.data[at]));
      return result;
    },
    vjp: (b, dy, [x]) => [
      b.sum(
        dy,
        x.shape.flatMap((d, k) => (d === 1 && dy.shape[k] !== 1 ? [k] : [])),
      ),
    ],
  },
  permute: {
    view: true,
    shape: ([s], a) => a.perm.map((p) => s[p]),
    eval: ([x], a, out) => {
      const result = new Float64Array(numel(out));
      const from = strides(x.shape);
      walk(
        out,
        a.perm.map((p) => from[p]),
        (i, at) => void (result[i] = x.data[at]),
      );
      return result;
    },
    vjp: (b, dy, _x, _y, a) => [
      b.permute(
        dy,
        a.perm.map((_, i) => a.perm.indexOf(i)),
      ),
    ],
  },
  /** Elements start … stop−1 of one axis. */
  slice: {
    view: true,
    shape: ([s], a) => s.map((d, k) => (k === a.axis ? a.stop - a.start : d)),
    eval: ([x], a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(x.shape);
      const first = a.start * steps[a.axis];
      walk(out, steps, (i, at) => void (result[i] = x.data[first + at]));
      return result;
    },
    vjp: (b, dy, [x], _y, a) => [
      b.pad(dy, [{ axis: a.axis, before: a.start, after: (x.shape[a.axis] as number) - a.stop }]),
    ],
  },
  /** The last element of an axis first. */
  flip: {
    view: true,
    shape: same,
    eval: ([x], { axis }, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(out);
      const last = (out[axis] - 1) * steps[axis];
      const back = steps.map((s, k) => (k === axis ? -s : s));
      walk(out, back, (i, at) => void (result[i] = x.data[last + at]));
      return result;
    },
    vjp: (b, dy, _x, _y, { axis }) => [b.flip(dy, axis)],
  },
  /** Every windowed axis becomes two: the windows, and the taps within one. Nothing is copied: see `Window`. */
  window: {
    view: true,
    shape: ([s], { windows }) =>
      s.flatMap((d, k) => {
        const w = windows.find((one) => one.axis === k);
        return w ? [w.size, w.taps] : [d];
      }),
    eval: ([x], { windows }, out) => {
      const result = new Float64Array(numel(out));
      const from = strides(x.shape);
      const steps = from.flatMap((s, k) => {
        const w = windows.find((one) => one.axis === k);
        return w ? [w.stride * s, w.dilation * s] : [s];
      });
      const first = windows.reduce((sum, w) => sum + w.start * from[w.axis], 0);
      walk(out, steps, (i, at) => void (result[i] = x.data[first + at]));
      return result;
    },
    vjp: (b, dy, [x], _y, { windows }) => [foldWindows(b, dy, x.shape, windows)],
  },
};

const { PI, abs, cos, sin } = Math;

/** The value at sample i of a symmetric window of m ≥ 2 samples. */
type Window = (i: number, m: number) => number;

/** Σ ±aₖ·cos(2πki / (m − 1)), signs alternating. */
const cosines =
  (...a: readonly number[]): Window =>
  (i, m) =>
    a.reduce((sum, ak, k) => sum + ak * cos(k * (-PI + (2 * PI * i) / (m - 1))), 0);

/** Distance from the middle: 0 there, 1 at both ends. */
const away = (i: number, m: number): number => abs((2 * i) / (m - 1) - 1);

const parzen: Window = (i, m) => {
  const x = abs(i - (m - 1) / 2);
  const y = x / (m / 2);
  return x <= (m - 1) / 4 ? 1 - 6 * y ** 2 + 6 * y ** 3 : 2 * (1 - y) ** 3;
};
const bohman: Window = (i, m) => {
  const x = away(i, m);
  return i === 0 || i === m - 1 ? 0 : (1 - x) * cos(PI * x) + sin(PI * x) / PI;
};
const triangle: Window = (i, m) => (2 * Math.min(i + 1, m - i) - (m % 2 ? 0 : 1)) / (m + (m % 2));

/** Windows of `scipy.signal.windows` that need no parameter, by SciPy's names. */
export const windows: ReadonlyMap<string, Window> = new Map([
  ["barthann", (i, m) => 0.62 - 0.24 * away(i, m) + 0.38 * cos(PI * away(i, m))],
  ["bartlett", (i, m) => 1 - away(i, m)],
  ["blackman", cosines(0.42, 0.5, 0.08)],
  ["blackmanharris", cosines(0.35875, 0.48829, 0.14128, 0.01168)],
  ["bohman", bohman],
  ["boxcar", () => 1],
  ["cosine", (i, m) => sin((PI / m) * (i + 0.5))],
  ["flattop", cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368)],
  ["hamming", cosines(0.54, 0.46)],
  ["hann", cosines(0.5, 0.5)],
  ["nuttall", cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411)],
  ["parzen", parzen],
  ["triang", triangle],
]);

/** `length` samples of a window; a periodic one is a symmetric one of a sample more, without its last. */
export function sampled(window: Window, length: number, periodic: boolean): Float64Array {
  if (length === 1) return Float64Array.of(1);
  return Float64Array.from({ length }, (_, i) => window(i, periodic ? length + 1 : length));
}

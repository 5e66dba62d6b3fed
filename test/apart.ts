import { expect } from "vitest";

/** The largest difference as a share of the largest wanted value, or of `least` where all are smaller; NaN where there is one. */
export function apart(got: Float32Array, wanted: Float32Array, least = 1e-30): number {
  expect(got.length).toBe(wanted.length);
  const scale = wanted.reduce((m, v) => Math.max(m, Math.abs(v)), least);
  return wanted.reduce((m, v, i) => (Math.abs(v - got[i]) <= m ? m : Math.abs(v - got[i])), 0) / scale;
}

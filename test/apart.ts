import { expect } from "vitest";

/** The largest difference between two arrays of one length; NaN where there is one. */
export function difference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(got.length).toBe(wanted.length);
  const worse = (most: number, d: number): number => (d > most || Number.isNaN(d) ? d : most);
  return Array.from(wanted).reduce((most, v, i) => worse(most, Math.abs(v - got[i])), 0);
}

/** The same as a share of the largest wanted value, or of `least` where all are smaller. */
export function apart(got: Float32Array, wanted: Float32Array, least = 1e-30): number {
  return difference(got, wanted) / wanted.reduce((m, v) => Math.max(m, Math.abs(v)), least);
}

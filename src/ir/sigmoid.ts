/** 1 / (1 + exp(−x)); 0 where float32 has no normal number for it, as in TensorFlow. */
export const sigmoid = (x: number): number => (x < -87.33654 ? 0 : 1 / (1 + Math.exp(-x)));

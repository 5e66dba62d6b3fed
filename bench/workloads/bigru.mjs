/** Up to 100 steps of 32 numbers, the rest masked, through GRUs of 64 units in both directions. */
export default {
  name: "bigru",
  order: 9,
  jobs: [{ kind: "predict", batch: 1, target: { js: 1.5, native: 30 } }],
};

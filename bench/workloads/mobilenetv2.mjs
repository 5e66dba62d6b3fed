/** MobileNetV2 for 224×224 images, alpha 1. */
export default {
  name: "mobilenetv2",
  order: 4,
  jobs: [{ kind: "predict", batch: 1, target: { js: 1.7, native: 0.8 } }],
};

/** A stem and two residual blocks of 3×3 convolutions, 64 and 128 channels, on 32×32 images. */
export default {
  name: "resnet",
  order: 5,
  jobs: [{ kind: "predict", batch: 1, target: { js: 2.3, native: 1 } }],
};

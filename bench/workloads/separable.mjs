/** Mini-Xception: four residual modules of separable convolutions on 64×64 images of one channel. */
export default { name: "separable", order: 6, jobs: [{ kind: "predict", batch: 1, target: { js: 1.7 } }] };

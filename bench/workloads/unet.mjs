/** U-Net of three levels, 8 to 64 channels, on 128×128 images. */
export default { name: "unet", order: 7, jobs: [{ kind: "predict", batch: 1, target: { js: 2.2 } }] };

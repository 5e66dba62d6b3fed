import { spawnSync } from "node:child_process";
import { nativePeer } from "../native.mjs";

const FOLDER = "~/torch";
const LOOKS = "from importlib.util import find_spec as f; assert f('torch') and f('numpy')";

/** PyTorch on the same nets, one thread: frozen traces predict, modules and a fused optimizer train. */
export default nativePeer("torch", {
  script: "torch_peer.py",
  python: torchPython,
  env: { OMP_NUM_THREADS: "1", CUDA_VISIBLE_DEVICES: "-1", PYTHONDONTWRITEBYTECODE: "1" },
});

/** The interpreter that has PyTorch: $KERAUNOS_TORCH_PYTHON, or else `python3`. */
function torchPython() {
  const python = process.env.KERAUNOS_TORCH_PYTHON ?? "python3";
  if (spawnSync(python, ["-c", LOOKS]).status === 0) return python;
  const how = `python3 -m venv ${FOLDER} && ${FOLDER}/bin/pip install torch numpy`;
  throw new Error(
    `${python} does not have torch and numpy: ${how}; export KERAUNOS_TORCH_PYTHON=${FOLDER}/bin/python`,
  );
}

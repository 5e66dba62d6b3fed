import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PINNED = ["keras==3.15.1", "tensorflow-cpu==2.21.0", "tf-keras==2.21.0", "h5py==3.14.0"];
const PYTHON = ".venv/bin/python";

/** What makes Keras repeat its numbers: one backend, no oneDNN, no GPU. */
export const KERAS_ENV = {
  KERAS_BACKEND: "tensorflow",
  TF_CPP_MIN_LOG_LEVEL: "3",
  TF_ENABLE_ONEDNN_OPTS: "0",
  CUDA_VISIBLE_DEVICES: "-1",
  PYTHONDONTWRITEBYTECODE: "1",
};

/** The interpreter that has the pinned Keras: $KERAUNOS_PYTHON, or the one of `.venv`, which is made when it is missing. Throws where that cannot be done. */
export function kerasPython() {
  const python = process.env.KERAUNOS_PYTHON ?? PYTHON;
  if (hasKeras(python)) return python;
  if (python !== PYTHON) throw new Error(`${python} does not have ${PINNED.join(", ")}`);
  if (!existsSync(PYTHON)) must("python3", ["-m", "venv", ".venv"]);
  must(PYTHON, ["-m", "pip", "install", "--quiet", ...PINNED]);
  if (!hasKeras(PYTHON)) throw new Error(`.venv was made, but lacks some of ${PINNED.join(", ")}`);
  return PYTHON;
}

function hasKeras(python) {
  const wanted = JSON.stringify(PINNED.map((pin) => pin.split("==")));
  const script = `import importlib.metadata as m; assert all(m.version(n) == v for n, v in ${wanted})`;
  return spawnSync(python, ["-c", script]).status === 0;
}

function must(command, args) {
  console.error(`> ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", 2, 2] });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit code ${status}`}`);
}

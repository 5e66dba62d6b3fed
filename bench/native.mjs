import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { KERAS_ENV, kerasPython } from "../scripts/python.mjs";
import { within } from "./check.mjs";

const KERAS = {
  script: "keras_peer.py",
  python: kerasPython,
  env: { ...KERAS_ENV, TF_ENABLE_ONEDNN_OPTS: "1" },
};

/** A peer in a Python process of its own that is told what to time; it rests while others run. `python` throws where there is no such interpreter. */
export function nativePeer(name, how = KERAS) {
  return {
    name,
    kinds: ["predict", "train"],
    unavailable() {
      try {
        how.python();
      } catch (problem) {
        return problem.message;
      }
    },
    async load(net) {
      const child = start(how, net.path);
      await child.ask({});
      return {
        async contenders(job) {
          const { error } = await child.ask({ name, job, check: true });
          const block = async (length, repeat) => (await child.ask({ name, job, length, repeat })).ms;
          return [{ name, enter: async () => {}, error: within(job, error), block, elsewhere: true }];
        },
        close: child.close,
      };
    },
  };
}

function start({ script, python, env }, folder) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(python(), [path, folder], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const said = [];
  child.stderr.on("data", (bytes) => said.push(bytes));
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => {
    throw new Error(`Python ended: ${Buffer.concat(said).toString().trim().split("\n").at(-1)}`);
  });
  ended.catch(() => {});
  const ask = async (request) => {
    child.stdin.write(JSON.stringify(request) + "\n");
    const [line] = await Promise.race([once(lines, "line"), ended]);
    return JSON.parse(line);
  };
  return { ask, close: () => child.stdin.end() };
}

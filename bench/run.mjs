// Keraunos and other engines on the same work in one run: node bench/run.mjs [--workload NAME] [--peers A,B] [--jobs predict,"adam 32"] [--rounds N] [--output FILE]
import { readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { checked } from "./check.mjs";
import { batchesOf, kernelShapes, weightsOf } from "./data.mjs";
import { peakMeter } from "./peak.mjs";
import { onOneCore } from "./pin.mjs";
import { printJob } from "./table.mjs";
import { interleave } from "./timing.mjs";

/** So small that no weight dies and no moment of Adam becomes denormal while a step is repeated thousands of times. */
const TIMING_RATE = { sgd: 1e-4, adam: 1e-6 };

const { values: options } = parseArgs({
  options: {
    workload: { type: "string" },
    peers: { type: "string" },
    jobs: { type: "string" },
    rounds: { type: "string", default: "9" },
    output: { type: "string", default: new URL("results.json", import.meta.url).pathname },
  },
});

if (!onOneCore()) await main();

async function main() {
  const peers = await modules("peers", options.peers?.split(","));
  const workloads = await modules("workloads", options.workload?.split(","));
  const results = {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim(),
    workloads: {},
  };
  console.log(`Node ${process.version}, one thread; milliseconds a call, median of interleaved blocks`);
  for (const workload of workloads) results.workloads[workload.name] = await measure(workload, peers);
  writeFileSync(options.output, JSON.stringify(results, null, 1) + "\n");
}

async function modules(folder, names) {
  const files = readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith(".mjs"));
  const all = await Promise.all(
    files.sort().map(async (name) => (await import(`./${folder}/${name}`)).default),
  );
  const unknown = names?.filter((name) => !all.some((item) => item.name === name)) ?? [];
  if (unknown.length)
    throw new Error(`no ${folder} named ${unknown}; there are ${all.map((item) => item.name)}`);
  return names ? all.filter((item) => names.includes(item.name)) : all;
}

async function measure({ net, jobs, name }, peers) {
  const weights = weightsOf(net);
  const engines = await loadAll(peers, net, weights);
  const peak = peakMeter();
  const results = [];
  for (const job of jobs.filter((job) => matches(title(job), options.jobs))) {
    const contenders = await contendersOf(job, engines, net, weights);
    const measured = await interleave(contenders, { rounds: Number(options.rounds), peak });
    const flops = flopsOf(job, net);
    const errors = Object.fromEntries(contenders.map((c) => [c.name, c.error]));
    results.push({ job: title(job), flops, errors, ...measured });
    printJob(`${name}, ${title(job)}`, flops, measured, errors);
  }
  return results;
}

/** The engines that can run here, with what the others lack said. */
async function loadAll(peers, net, weights) {
  const engines = [];
  for (const peer of peers) {
    const reason = peer.unavailable?.();
    if (reason) console.log(`${peer.name} is left out: ${reason}`);
    else engines.push({ peer, engine: await peer.load(net, weights) });
  }
  return engines;
}

async function contendersOf(job, engines, net, weights) {
  const batches = batchesOf(net, job.batch);
  const contenders = [];
  for (const { peer, engine } of engines.filter(({ peer }) => peer.kinds.includes(job.kind))) {
    const enter = engine.enter ?? (async () => {});
    await enter();
    try {
      const error = await checked(job, engine, net, weights, batches);
      contenders.push({ name: peer.name, enter, error, call: await callOf(job, engine, batches) });
    } catch (cause) {
      throw new Error(`${peer.name} failed at ${title(job)}: ${cause.message}`, { cause });
    }
  }
  return contenders;
}

/** One public call on the next of the batches. */
async function callOf(job, engine, batches) {
  let i = 0;
  const next = () => batches[i++ % batches.length];
  if (job.kind === "predict") {
    const predict = await engine.predictor(job.batch);
    return () => predict(next().x);
  }
  const step = await engine.trainer({ ...job, learning_rate: TIMING_RATE[job.optimizer] });
  return () => {
    const { x, y } = next();
    return step(x, y);
  };
}

function title({ kind, optimizer, batch }) {
  return `${optimizer ?? kind} ${batch}`;
}

/** Whether one of the wanted parts stands in a job's title. */
function matches(text, wanted) {
  return !wanted || wanted.split(",").some((part) => text.includes(part));
}

/** Of the matrix products alone; training is three times the forward pass, less the gradient of the input. */
function flopsOf({ kind, batch }, net) {
  const [first, ...rest] = kernelShapes(net).map(([inputs, units]) => 2 * batch * inputs * units);
  const others = rest.reduce((a, b) => a + b, 0);
  return kind === "predict" ? first + others : 2 * first + 3 * others;
}

// Keraunos and other engines on the same work in one run: node bench/run.mjs [WORKLOAD …] [--peers A,B] [--jobs predict,"adam 32"] [--rounds N] [--output FILE] [--check]
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { checked } from "./check.mjs";
import { loadNets } from "./net.mjs";
import { peakMeter } from "./peak.mjs";
import { onOneCore } from "./pin.mjs";
import { compared, printCheck, printJob, printSummary } from "./table.mjs";
import { blockOf, interleave } from "./timing.mjs";

/** So small that no weight dies and no moment of Adam becomes denormal while a step is repeated thousands of times. */
const TIMING_RATE = { sgd: 1e-4, adam: 1e-6 };
const MAJOR = parseInt(process.versions.node);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: "string" },
    jobs: { type: "string" },
    rounds: { type: "string", default: "9" },
    check: { type: "boolean" },
    output: { type: "string", default: new URL(`results-node${MAJOR}.json`, import.meta.url).pathname },
  },
});

if (!onOneCore()) await main();

async function main() {
  const named = options.peers?.split(",");
  const peers = (await modules("peers", named)).filter((p) => named || !p.on_request).filter(available);
  const workloads = await modules("workloads", positionals.length ? positionals : undefined);
  const nets = loadNets(workloads.map(({ name }) => name));
  const measured = {};
  console.log(`Node ${process.version}, one thread; milliseconds a call, median of interleaved blocks`);
  for (const workload of workloads)
    measured[workload.name] = await measure(workload, nets.get(workload.name), peers);
  if (options.check) return;
  printSummary(measured);
  const before = existsSync(options.output) ? JSON.parse(readFileSync(options.output, "utf8")).workloads : {};
  const about = { node: process.version, v8: process.versions.v8, cpu: cpus()[0]?.model.trim() };
  const results = { ...about, workloads: { ...before, ...measured } };
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
  const chosen = names ? names.map((name) => all.find((item) => item.name === name)) : all;
  return chosen.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
}

function available({ name, unavailable }) {
  const reason = unavailable?.();
  if (reason) console.log(`${name} is left out: ${reason}`);
  return !reason;
}

async function measure({ name, jobs }, net, peers) {
  const peak = peakMeter();
  const engines = new Map();
  const results = [];
  for (const job of jobs.filter((job) => matches(title(job), options.jobs))) {
    const { contenders, unable } = await contendersOf(job, net, peers, engines);
    if (options.check) {
      printCheck(name, title(job), contenders, unable);
      continue;
    }
    const times = await interleave(contenders, { rounds: Number(options.rounds), peak });
    const errors = Object.fromEntries(contenders.map((c) => [c.name, c.error]));
    const result = {
      job: title(job),
      flops: flopsOf(job, net),
      target: job.target,
      ...times,
      errors,
      unable,
    };
    results.push({ ...result, against: compared(result) });
    printJob(name, results.at(-1));
  }
  for (const { engine } of engines.values()) await engine.close?.();
  return results;
}

/** The engines that do a job, checked; and why the others do not. */
async function contendersOf(job, net, peers, engines) {
  const [contenders, unable] = [[], {}];
  for (const peer of peers) {
    const can = peer.kinds.includes(job.kind);
    const reason = can ? peer.cannot?.(net, job) : `it does not ${job.kind}`;
    if (reason) {
      unable[peer.name] = reason;
      continue;
    }
    try {
      contenders.push(...(await contendersFrom(peer, job, net, engines)));
    } catch (cause) {
      unable[peer.name] = cause.message.split("\n")[0].slice(0, 300);
    }
  }
  return { contenders, unable };
}

async function contendersFrom(peer, job, net, engines) {
  const held = engines.get(peer) ?? { engine: await peer.load(net) };
  engines.set(peer, held);
  const { engine } = held;
  if (engine.contenders) return engine.contenders({ ...job, learning_rate: TIMING_RATE[job.optimizer] });
  const enter = engine.enter ?? (async () => {});
  await enter();
  const rows = net.batches(job.batch);
  const error = await checked(job, engine, net, rows);
  return [{ name: peer.name, enter, error, block: blockOf(await callOf(job, engine, rows)) }];
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
    const { x, labels } = next();
    return step(x, labels);
  };
}

function title({ kind, optimizer, batch }) {
  return `${optimizer ?? kind} ${batch}`;
}

/** Whether one of the wanted parts stands in a job's title. */
function matches(text, wanted) {
  return !wanted || wanted.split(",").some((part) => text.includes(part));
}

/** Of products and convolutions alone; training is three times the forward pass, less the gradient of the input. */
function flopsOf({ kind, batch }, { flops: { forward, first } }) {
  return batch * (kind === "predict" ? forward : 3 * forward - first);
}

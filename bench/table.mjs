const OURS = "keraunos";
/** What the targets call native; PyTorch stands beside them. */
const NATIVE = ["keras", "tf"];
const PYTHON = [...NATIVE, "torch"];
const QUIET = 0.95;

/** The best JavaScript engine's and the best native time over ours: above 1, Keraunos is faster. */
export function compared({ times }) {
  const ours = ourOwn(times);
  if (!ours) return {};
  const best = (wanted) => {
    const found = times.filter(({ name }) => wanted(name)).sort((a, b) => a.ms - b.ms)[0];
    return found && { best: found.name, ratio: found.ms / ours.ms };
  };
  const [js, native] = [best((name) => !isOurs(name) && !PYTHON.includes(name)), best(isNative)];
  const [fit, torch] = ["keras", "torch"].map((one) => best((name) => name === one));
  return {
    ...(js && { js }),
    ...(native && { native }),
    ...(fit && { keras: fit }),
    ...(torch && { torch }),
  };
}

/** Keraunos as it comes, else whichever form of it was asked for. */
const ourOwn = (times) => times.find(({ name }) => name === OURS) ?? times.find(({ name }) => isOurs(name));
const isOurs = (name) => name.startsWith(OURS);
const isNative = (name) => NATIVE.includes(name);

/** A job's table: the fastest first, each against Keraunos and against the machine; then the targets. */
export function printJob(workload, { job, flops, peak, core_share, times, errors, unable, against, target }) {
  const ours = ourOwn(times)?.ms;
  const rows = [...times]
    .sort((a, b) => a.ms - b.ms)
    .map(({ name, ms, low, high }) => {
      const speed = flops / ms / 1e6;
      const ratio = ours ? `${(ms / ours).toFixed(2)}x` : "";
      const share = `${Math.round((100 * speed) / peak)} %`;
      const range = `${digits(low)}..${digits(high)}`;
      return [name, digits(ms), range, ratio, speed.toFixed(1), share, errors[name].toExponential(1)];
    });
  console.log(
    `\n${workload}, ${job} (${(flops / 1e6).toPrecision(3)} MFLOP; peak ${peak.toFixed(1)} GFLOP/s mul+add)`,
  );
  printRows([["engine", "ms", "range", `ms/${OURS}`, "GFLOP/s", "of peak", "error"], ...rows]);
  for (const [name, reason] of Object.entries(unable)) console.log(`  ${name}: ${reason}`);
  for (const line of verdicts(against, target)) console.log(`  ${line}`);
  if (core_share < QUIET) {
    const share = Math.round(100 * core_share);
    console.log(`  DISTURBED: only ${share} % of the core was free for this; repeat it on a quiet machine`);
  }
}

/** Whether the engines compute what Keras did. */
export function printCheck(workload, job, contenders, unable) {
  console.log(`\n${workload}, ${job}`);
  for (const { name, error } of contenders) console.log(`  ${name}: off by ${error.toExponential(1)}`);
  for (const [name, reason] of Object.entries(unable)) console.log(`  ${name}: ${reason}`);
}

/** A line for every target. */
function verdicts(against, target = {}) {
  return Object.entries(target).map(([whom, wanted]) => {
    const found = against[whom];
    if (!found) return `target ${wanted}x against ${whom}: not measured`;
    const verdict = found.ratio >= wanted ? "met" : "MISSED";
    return `target ${wanted}x against ${whom} (${found.best}): ${found.ratio.toFixed(2)}x, ${verdict}`;
  });
}

/** All jobs, one line each, and the geometric mean over those that predict. */
export function printSummary(measured) {
  const rows = Object.entries(measured).flatMap(([workload, jobs]) =>
    jobs.map(({ job, times, against, target = {} }) => [
      `${workload}, ${job}`,
      digits(ourOwn(times)?.ms),
      ...["js", "native", "keras", "torch"].map((whom) => share(against[whom], target[whom])),
    ]),
  );
  console.log("\nThe time of the best over Keraunos's, and the target");
  printRows([["job", "ms", "best JavaScript", "best native", "Keras", "PyTorch"], ...rows]);
  const ratios = Object.values(measured)
    .flat()
    .filter(({ job }) => job.startsWith("predict"))
    .flatMap(({ against }) => against.js?.ratio ?? []);
  if (ratios.length === 0) return;
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  console.log(`geometric mean of ${ratios.length} predictions over the best JavaScript: ${mean.toFixed(2)}x`);
}

function share(found, wanted) {
  const text = found ? `${found.ratio.toFixed(2)}x ${found.best}` : "";
  if (wanted === undefined) return text;
  return `${text || "?"} (${found && found.ratio >= wanted ? "≥" : "MISSED"} ${wanted})`;
}

const digits = (ms) => (ms === undefined ? "failed" : ms < 0.1 ? ms.toFixed(4) : ms.toPrecision(3));

function printRows(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]));
  for (const row of rows) console.log(`  ${row.map(cell).join("  ")}`);
}

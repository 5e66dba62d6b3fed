const OURS = "keraunos";
const QUIET = 0.95;

/** A job's table: the fastest first, each against Keraunos and against the machine. */
export function printJob(title, flops, { peak, core_share, times }, errors) {
  const ours = times.find((t) => t.name === OURS)?.ms;
  const rows = [...times]
    .sort((a, b) => a.ms - b.ms)
    .map(({ name, ms, low, high }) => {
      const speed = flops / ms / 1e6;
      const ratio = ours ? `${(ms / ours).toFixed(2)}x` : "";
      const share = `${Math.round((100 * speed) / peak)} %`;
      return [
        name,
        digits(ms),
        `${digits(low)}..${digits(high)}`,
        ratio,
        speed.toFixed(1),
        share,
        errors[name].toExponential(1),
      ];
    });
  console.log(`\n${title} (${(flops / 1e6).toFixed(2)} MFLOP; peak ${peak.toFixed(1)} GFLOP/s mul+add)`);
  printRows([["engine", "ms", "range", `ms/${OURS}`, "GFLOP/s", "of peak", "error"], ...rows]);
  if (core_share < QUIET) {
    console.log(
      `  DISTURBED: only ${Math.round(100 * core_share)} % of the core was free for this; repeat it on a quiet machine`,
    );
  }
}

const digits = (ms) => (ms < 0.1 ? ms.toFixed(4) : ms.toPrecision(3));

function printRows(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]));
  for (const row of rows) console.log(`  ${row.map(cell).join("  ")}`);
}

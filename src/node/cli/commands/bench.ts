import { type KernelTime, type Profile, profile } from "../../../bench.ts";
import { printable } from "../../../diagnostics.ts";
import type { Command } from "../command.ts";
import { readDrawn } from "../model.ts";
import { atLeastZero, inputShape, whole } from "../options.ts";
import { runnable } from "../runnable.ts";
import { COMPILE, compiledModel } from "../settings.ts";

export const bench: Command = {
  name: "bench",
  summary: "measure the time of every layer",
  arguments: [["<MODEL>", "a model in any form; - reads standard input"]],
  options: [
    ["--batch <B>", "rows of one call, 1 if not given; with --training 32", whole(1)],
    ["--training", "a step of training; the model must be compiled, or --loss given"],
    ["--input-shape <NAME=SIZES>", "sizes that the model leaves open: NAME=28,28,1", inputShape],
    ["--seconds <S>", "how long to measure, 2 if not given", atLeastZero],
    ["--json", "as data"],
    ...COMPILE,
  ],
  examples: [
    ["bench model.keras", "one prediction, layer by layer"],
    ["bench model.h5 --batch 32 --json", "of 32 rows, as data"],
    ["bench lecture.py --training --no-deterministic", "a step of training with fused multiply-add"],
  ],
  async run([argument], options, io) {
    const training = options.training === true;
    const read = await readDrawn(argument, options, io);
    const compiled = training || options.loss !== undefined;
    const model = (compiled ? compiledModel : runnable)(read, options, io);
    const [start, before] = [performance.now(), process.cpuUsage()];
    const measured = profile(model, {
      batch: (options.batch as number | undefined) ?? (training ? 32 : 1),
      training,
      input_shape: shapes(options.inputShape as Shapes | undefined),
      seconds: (options.seconds as number | undefined) ?? 2,
    });
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1000 / (performance.now() - start);
    if (share < QUIET && options.verbose !== "0") io.say(disturbed(share));
    const layers = layersOf(measured);
    io.out(options.json ? JSON.stringify(data(measured, layers), null, 2) : table(measured, layers));
  },
};

/** Below this share of a core, times say more about other programs than about the model. */
const QUIET = 0.9;
const disturbed = (share: number): string =>
  `note: other programs took the core meanwhile: only ${Math.round(100 * share)} % of it was free for this.`;

type Shapes = Readonly<Record<string, readonly number[]>>;
/** Sizes without a name are those of the only input. */
const shapes = (given: Shapes | undefined): Shapes | readonly number[] | undefined =>
  given && Object.keys(given).length === 1 && Object.hasOwn(given, "") ? given[""] : given;

interface Row {
  readonly layer: string;
  readonly part: string;
  readonly kernels: readonly KernelTime[];
}

/** Kernels of one layer and part together, in the order of the first of them. */
function layersOf({ kernels }: Profile): Row[] {
  const found = new Map<string, KernelTime[]>();
  for (const kernel of kernels) {
    const key = JSON.stringify([kernel.from.layer, kernel.from.part]);
    found.set(key, [...(found.get(key) ?? []), kernel]);
  }
  return [...found.values()].map((list) => ({ ...list[0].from, kernels: list }));
}

interface Figures {
  readonly ms: number;
  readonly flops: number;
  readonly bytes: number;
  /** Null where nothing is multiplied. */
  readonly gflops: number | null;
  readonly of_peak: number | null;
}

/** Sums over kernels; speeds are of those kernels alone that have products. */
function figures(kernels: readonly KernelTime[], peak: number): Figures {
  const sum = (of: (kernel: KernelTime) => number): number => kernels.reduce((s, k) => s + of(k), 0);
  const flops = sum((k) => k.flops);
  const busy = sum((k) => (k.flops > 0 ? k.ms : 0));
  const gflops = flops > 0 && busy > 0 ? flops / busy / 1e6 : null;
  const of_peak = gflops === null ? null : gflops / peak;
  return { ms: sum((k) => k.ms), flops, bytes: sum((k) => k.bytes), gflops, of_peak };
}

function data(measured: Profile, layers: readonly Row[]): object {
  const { peak, batch, training, fma, kernels, run_ms, call_ms } = measured;
  return {
    ...{ batch, training, fma, peak_gflops: peak, call_ms, run_ms },
    total: figures(kernels, peak),
    layers: layers.map(({ layer, part, kernels: list }) => ({
      ...{ layer, part, ...figures(list, peak) },
      kernels: list.map((kernel) => ({
        ...{ name: kernel.name, says: kernel.says, ...figures([kernel], peak) },
      })),
    })),
  };
}

const HEAD = ["layer", "part", "ms", "share", "GFLOP/s", "of peak", "moved"];

function table(measured: Profile, layers: readonly Row[]): string {
  const { peak, batch, training, fma, kernels, run_ms, call_ms } = measured;
  const total = figures(kernels, peak);
  const line = (layer: string, part: string, list: readonly KernelTime[]): string[] => [
    ...[layer, part, ...cells(figures(list, peak), total.ms)],
  ];
  const rows = layers.flatMap(({ layer, part, kernels: list }) => [
    line(layer, part, list),
    ...(list.length > 1 ? list.map((kernel) => line(`  ${kernel.name}`, "", [kernel])) : []),
  ]);
  const fused = fma ? "fused multiply-add" : "multiplication and addition";
  const call = training ? "trainOnBatch" : "predict";
  return printable(
    [
      `This machine's SIMD peak, one thread, ${fused}: ${peak.toFixed(1)} GFLOP/s`,
      "",
      ...columns([HEAD, ...rows, ["total", "", ...cells(total, total.ms)]]),
      "",
      `all ${kernels.length} kernels in one call: ${digits(run_ms)} ms`,
      `model.${call} of ${batch} ${batch === 1 ? "row" : "rows"}: ${digits(call_ms)} ms`,
    ].join("\n"),
  );
}

function cells({ ms, gflops, of_peak, bytes }: Figures, all: number): string[] {
  const percent = (x: number): string => `${Math.round(100 * x)} %`;
  return [
    ...[digits(ms), all > 0 ? percent(ms / all) : ""],
    ...[gflops === null ? "" : gflops.toFixed(1), of_peak === null ? "" : percent(of_peak)],
    size(bytes),
  ];
}

const digits = (ms: number): string =>
  ms < 0.1 ? ms.toFixed(4) : ms < 100 ? ms.toPrecision(3) : ms.toFixed(0);
const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** Text left, numbers right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) =>
    row
      .map((text, k) => (k < 2 ? text.padEnd(widths[k]) : text.padStart(widths[k])))
      .join("  ")
      .trimEnd(),
  );
}

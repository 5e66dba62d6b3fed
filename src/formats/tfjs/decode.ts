import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import { type Limits, withinLimit } from "../../diagnostics/limits.ts";
import { numel } from "../../ir/tensor.ts";
import { ELEMENTS, type NamedArray, type StoredData, type StoredDType } from "../stored-array.ts";
import type { Entry, Group } from "./manifest.ts";

/** Brings a file that lies beside `model.json`, by its plain name. */
export type FetchPart = (name: string) => Promise<Uint8Array>;

interface Shard {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A weight as the shards hold it, its numbers restored. */
export interface Decoded extends NamedArray {
  readonly ofOptimizer: boolean;
}

const storedType = ({ dtype, quantization }: Entry): StoredDType => quantization?.dtype ?? dtype;
const sizeOf = (entry: Entry): number => numel(entry.shape) * ELEMENTS[storedType(entry)].size;
const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** All arrays of a manifest in its order. Shards that are missing or of a wrong size are thrown together. */
export async function decodeGroups(
  groups: readonly Group[],
  fetch: FetchPart,
  limits: Limits,
): Promise<readonly Decoded[]> {
  const unpacked = groups.flatMap(({ entries }) => entries.map(({ shape }) => 4 * numel(shape)));
  withinLimit(limits, "weight_bytes", total(unpacked), "The size of the weights");
  const problems: Diagnostic[] = [];
  const made: Decoded[] = [];
  for (const { shards, entries } of groups) {
    const fetched: Shard[] = [];
    // a model without weights has an empty shard, or none that anybody kept
    const needed = entries.some((entry) => sizeOf(entry) > 0) ? shards : [];
    for (const name of needed) fetched.push(...(await brought(name, fetch, problems)));
    if (fetched.length < needed.length) continue;
    const problem = misfit(entries, fetched);
    if (problem) problems.push(problem);
    else made.push(...cut(entries, fetched));
  }
  if (problems.length) throw new ModelError(problems);
  return made;
}

async function brought(name: string, fetch: FetchPart, problems: Diagnostic[]): Promise<Shard[]> {
  try {
    return [{ name, bytes: await fetch(name) }];
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    problems.push(...error.errors);
    return [];
  }
}

/** What is wrong with the sizes of a group's shards, and which weight it hits first. */
function misfit(entries: readonly Entry[], shards: readonly Shard[]): Diagnostic | undefined {
  const expected = total(entries.map(sizeOf));
  const received = total(shards.map(({ bytes }) => bytes.length));
  if (expected === received) return undefined;
  const sizes = shards.map(({ name, bytes }) => `${name} ${bytes.length}`).join(", ");
  let end = 0;
  const cutOff = entries.find((entry) => (end += sizeOf(entry)) > received);
  return {
    code: "tfjs-shard",
    message: cutOff
      ? `The shards end before or within the weight ${cutOff.name}.`
      : `The shards hold more bytes than the weights up to the last one, ${entries.at(-1)?.name ?? "of none"}, take.`,
    at: { path: oddOne(shards).name },
    expected: `${expected} bytes`,
    received: `${received} bytes (${sizes})`,
    hint: "The shard was not copied whole, or belongs to another model.",
  };
}

/** All shards but the last are cut to one size: the first that differs is at fault, else the last. */
const oddOne = (shards: readonly Shard[]): Shard =>
  shards.slice(1, -1).find(({ bytes }) => bytes.length !== shards[0].bytes.length) ??
  shards.at(-1) ?? { name: "weightsManifest", bytes: new Uint8Array() };

/** The arrays one after the other; an array may lie in several shards. */
function cut(entries: readonly Entry[], shards: readonly Shard[]): Decoded[] {
  let [shard, at] = [0, 0];
  return entries.map((entry) => {
    const bytes = new Uint8Array(sizeOf(entry));
    for (let filled = 0; filled < bytes.length;) {
      const piece = shards[shard].bytes.subarray(at, at + bytes.length - filled);
      bytes.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (at === shards[shard].bytes.length) [shard, at] = [shard + 1, 0];
    }
    return { ...arrayOf(entry, bytes.buffer), ofOptimizer: entry.ofOptimizer };
  });
}

function arrayOf(entry: Entry, bytes: ArrayBuffer): NamedArray {
  const { name, shape, dtype, quantization } = entry;
  const data = ELEMENTS[storedType(entry)].read(bytes);
  return { name, shape, dtype, data: quantization ? restored(data, dtype, quantization) : data };
}

/** The numbers that were shortened, computed as TensorFlow.js does. */
function restored(
  data: StoredData,
  dtype: Entry["dtype"],
  by: NonNullable<Entry["quantization"]>,
): StoredData {
  if (by.dtype === "float16") return data;
  const { min, scale } = by;
  const codes = data as Uint8Array | Uint16Array;
  return dtype === "int32"
    ? Int32Array.from(codes, (code) => Math.round(code * scale + min))
    : Float32Array.from(codes, (code) => code * scale + min);
}

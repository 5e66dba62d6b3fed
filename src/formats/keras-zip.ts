import { ModelError } from "../diagnostics.ts";
import { withHdf5, type Spawn } from "./hdf5.ts";
import { withinLimit, type Limits } from "./limits.ts";
import type { Keras3File } from "./model-file.ts";
import { readKeras3Weights, writeWeightsH5, type ModelToWrite } from "./weights-h5.ts";
import { readZip, writeZip } from "./zip.ts";

const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";
/** What Keras says where nobody gave a time; any fixed one makes equal models equal files. */
const NO_DATE = "1980-01-01@00:00:00";

/** The members that a `.keras` archive may have, and how large they may be. */
function memberLimit(name: string): keyof Limits | undefined {
  if (name === WEIGHTS) return "weight_bytes";
  return name === CONFIG || name === METADATA || /^assets\/[\w.\-/]+$/.test(name)
    ? "config_bytes"
    : undefined;
}

/** A `.keras` archive of Keras 3 or of tf.keras 2.12 and later. */
export async function readKerasZip(bytes: Uint8Array, limits: Limits, spawn: Spawn): Promise<Keras3File> {
  const members = await readZip(bytes, limits, memberLimit);
  const config = utf8(required(members, CONFIG), CONFIG);
  const weights = required(members, WEIGHTS);
  withinLimit(limits, "file_bytes", weights.length, "The size of the weights", { path: WEIGHTS });
  const file = await withHdf5(weights, limits, spawn, readKeras3Weights);
  return { ...file, ...metadataOf(members.get(METADATA)), format: "keras", config };
}

function required(members: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = members.get(name);
  if (bytes) return bytes;
  throw new ModelError({
    code: "zip-member-missing",
    message: `The archive has no ${name}, so it is not a .keras file.`,
    expected: [METADATA, CONFIG, WEIGHTS].join(", "),
    received: [...members.keys()].join(", ") || "an empty archive",
  });
}

function utf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ModelError({ code: "not-utf8", message: "The text is not UTF-8.", at: { path } });
  }
}

/** Keras itself never reads this member, so that what is amiss in it stops nothing. */
function metadataOf(bytes: Uint8Array | undefined): Pick<Keras3File, "keras_version" | "date_saved"> {
  const text = bytes ? utf8(bytes, METADATA) : "";
  const value = (key: string): string | undefined =>
    new RegExp(`"${key}":\\s*"([^"\\\\]{1,40})"`).exec(text)?.[1];
  const keras_version = value("keras_version");
  const date_saved = value("date_saved");
  return { ...(keras_version && { keras_version }), ...(date_saved && { date_saved }) };
}

/** A `.keras` file that Keras 3 opens. Equal input gives equal bytes. */
export async function writeKeras(
  content: ModelToWrite & { readonly config: string },
  spawn: Spawn,
): Promise<Uint8Array> {
  const { keras_version, date_saved = NO_DATE, config } = content;
  const encoder = new TextEncoder();
  const metadata = `{"keras_version": ${JSON.stringify(keras_version)}, "date_saved": ${JSON.stringify(date_saved)}}`;
  return writeZip(
    new Map([
      [METADATA, encoder.encode(metadata)],
      [CONFIG, encoder.encode(config)],
      [WEIGHTS, await writeWeightsH5(content, spawn)],
    ]),
  );
}

/** A time as Keras writes it, in UTC. `epoch` is in seconds, as SOURCE_DATE_EPOCH is. */
export const dateSaved = (epoch: number): string =>
  new Date(epoch * 1000).toISOString().slice(0, 19).replace("T", "@");

import { ModelError } from "../diagnostics.ts";
import { withHdf5, type Needs, type Spawn } from "./hdf5.ts";
import { ASSET, CONFIG, isForeign, memberLimit, METADATA, PICKLES, WEIGHTS } from "./keras-members.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import type { Keras3File } from "./model-file.ts";
import { readKeras3Weights, writeWeightsH5, type ModelToWrite } from "./weights-h5.ts";
import { type MemberLimit, readZip, writeZip } from "./zip.ts";
import { otherArchive } from "./zip-errors.ts";

/** A `.keras` archive of Keras 3 or of tf.keras 2.12 and later. */
export async function readKerasZip(
  bytes: Uint8Array,
  limits: Limits,
  spawn: Spawn,
  needs: Needs = {},
): Promise<Keras3File> {
  const members = await archived(bytes, limits);
  // the large one alone stays where it is: who takes it takes the archive's buffer with it
  for (const [name, member] of members) if (name !== WEIGHTS) members.set(name, member.slice());
  const inflated = members.get(WEIGHTS)?.buffer !== bytes.buffer;
  if (inflated && needs.given) release(bytes);
  return readKerasMembers(members, limits, spawn, { ...needs, given: inflated || needs.given });
}

/** What Keras reads of an archive. Names of the rest are told where the archive is none of Keras. */
async function archived(bytes: Uint8Array, limits: Limits): Promise<Map<string, Uint8Array>> {
  const names: string[] = [];
  const allowed: MemberLimit = (name) => {
    names.push(name);
    return isForeign(name) ? "ignored" : memberLimit(name);
  };
  try {
    const members = await readZip(bytes, limits, allowed);
    if (!members.has(CONFIG)) throw missing(CONFIG, names);
    if (!members.has(WEIGHTS) && !members.has(PICKLES)) throw missing(WEIGHTS, names);
    return members;
  } catch (error) {
    const other = names.includes(CONFIG) ? undefined : (packedFolder(names) ?? otherArchive(names));
    throw other ?? error;
  }
}

/** The folder of a model that was packed itself: Keras wants what is in it. */
function packedFolder(names: readonly string[]): ModelError | undefined {
  const folders = names.flatMap((name) =>
    name.endsWith(`/${CONFIG}`) ? [name.slice(0, -CONFIG.length)] : [],
  );
  const folder = folders.find((begin) => names.includes(`${begin}${WEIGHTS}`));
  if (folder === undefined) return undefined;
  const hint = `Its files are in the folder ${folder}: zip what is in that folder, or unpack the archive and give that folder.`;
  return missing(CONFIG, names, hint);
}

/** Gives back what a buffer takes, whoever still holds it. */
function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) structuredClone(undefined, { transfer: [buffer] });
}

/** The same from the files of such an archive by their names. */
export async function readKerasMembers(
  members: ReadonlyMap<string, Uint8Array>,
  limits: Limits,
  spawn: Spawn,
  needs: Needs = {},
): Promise<Keras3File> {
  const config = utf8(required(members, CONFIG), CONFIG);
  if (members.has(PICKLES) && !members.has(WEIGHTS)) throw pickles();
  const weights = required(members, WEIGHTS);
  withinLimit(limits, "file_bytes", weights.length, "The size of the weights", { path: WEIGHTS });
  const file = await withHdf5(weights, limits, spawn, readKeras3Weights, needs);
  const assets = new Map([...members].filter(([name]) => ASSET.test(name)));
  const more = assets.size > 0 ? { assets } : {};
  return { ...file, ...metadataOf(members.get(METADATA)), format: "keras", config, ...more };
}

const pickles = (): ModelError =>
  new ModelError({
    code: "unsupported-format",
    message: `The weights are in ${PICKLES}, which holds Python's pickles: opening them runs code.`,
    at: { path: PICKLES },
    expected: WEIGHTS,
    hint: "Save the model again in Keras, which writes model.weights.h5 unless told otherwise.",
  });

function required(members: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = members.get(name);
  if (bytes) return bytes;
  throw missing(name, [...members.keys()]);
}

const missing = (name: string, names: readonly string[], hint?: string): ModelError =>
  new ModelError({
    code: "zip-member-missing",
    message: `The archive has no ${name}, so it is not a .keras file.`,
    expected: [METADATA, CONFIG, WEIGHTS].join(", "),
    received: names.join(", ") || "an empty archive",
    ...(hint !== undefined && { hint }),
  });

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

/** What a `.keras` file holds besides arrays. */
export interface KerasParts {
  readonly config: string;
  /** As Keras writes it. */
  readonly date_saved: string;
  /** Files of layers by their names: vocabularies. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
}

/** A `.keras` file that Keras opens. Equal input gives equal bytes. */
export async function writeKeras(content: ModelToWrite & KerasParts, spawn: Spawn): Promise<Uint8Array> {
  const { keras_version, date_saved, config } = content;
  const encoder = new TextEncoder();
  const metadata = `{"keras_version": ${JSON.stringify(keras_version)}, "date_saved": ${JSON.stringify(date_saved)}}`;
  return writeZip(
    new Map([
      [METADATA, encoder.encode(metadata)],
      [CONFIG, encoder.encode(config)],
      [WEIGHTS, await writeWeightsH5(content, spawn)],
      ...(content.assets ?? []),
    ]),
  );
}

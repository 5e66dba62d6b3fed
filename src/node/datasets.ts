import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { internal, ModelError } from "../diagnostics.ts";
import { readIdx } from "../formats/idx.ts";
import type { Tensor } from "../ir/tensor.ts";
import { fileError } from "./file-error.ts";
import { makeFolder } from "./make-folder.ts";

/** Fashion-MNIST as Keras's `load_data` gives it: uint8 images (n, 28, 28) and labels (n,). Without the training set where only the shipped test set was found. */
export interface FashionMnist {
  /** The folder it was read from. */
  readonly source: string;
  readonly x_train?: Tensor;
  readonly y_train?: Tensor;
  readonly x_test: Tensor;
  readonly y_test: Tensor;
}

interface DataFile {
  readonly name: string;
  /** Bytes of the unpacked file. */
  readonly size: number;
  /** Of the unpacked file: distributors pack the same bytes differently. */
  readonly sha256: string;
}

const PART = {
  x_train: {
    name: "train-images-idx3-ubyte.gz",
    size: 47_040_016,
    sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  },
  y_train: {
    name: "train-labels-idx1-ubyte.gz",
    size: 60_008,
    sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  },
  x_test: {
    name: "t10k-images-idx3-ubyte.gz",
    size: 7_840_016,
    sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  },
  y_test: {
    name: "t10k-labels-idx1-ubyte.gz",
    size: 10_008,
    sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
  },
} as const satisfies Record<string, DataFile>;

const ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";
const DEBIAN_FOLDER = "/usr/share/datasets/fashion-mnist";
const ATTEMPT_MS = 120_000;

/** Fashion-MNIST from Keras's cache, Debian's package or, for the test set alone, the files shipped with this package. Never downloads. */
export async function findFashionMnist(folders = [kerasCache(), DEBIAN_FOLDER]): Promise<FashionMnist> {
  const whole = folders.find((folder) =>
    Object.values(PART).every(({ name }) => existsSync(join(folder, name))),
  );
  const source = whole ?? shippedFolder();
  const read = async (file: DataFile): Promise<Tensor> =>
    readIdx(await readFile(join(source, file.name)), join(source, file.name));
  const test = { source, x_test: await read(PART.x_test), y_test: await read(PART.y_test) };
  if (whole === undefined) return test;
  return { ...test, x_train: await read(PART.x_train), y_train: await read(PART.y_train) };
}

/** Downloads the four files from where Keras takes them, checks each, and puts them into Keras's cache; returns that folder. */
export async function downloadFashionMnist(
  folder = kerasCache(),
  fetcher: typeof fetch = fetch,
): Promise<string> {
  await makeFolder(folder);
  for (const file of Object.values(PART)) {
    const target = join(folder, file.name);
    if (existsSync(target)) continue;
    const bytes = await download(file, fetcher);
    const partial = `${target}.${process.pid}.part`;
    try {
      await writeFile(partial, bytes);
      await rename(partial, target);
    } catch (error) {
      throw fileError(target, error, "write");
    } finally {
      await rm(partial, { force: true });
    }
  }
  return folder;
}

async function download(file: DataFile, fetcher: typeof fetch): Promise<Uint8Array> {
  const url = ORIGIN + file.name;
  try {
    const response = await fetcher(url, { signal: AbortSignal.timeout(ATTEMPT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    await check(file, bytes);
    return bytes;
  } catch (error) {
    throw unavailable(url, error);
  }
}

/** Throws unless the packed bytes hold exactly the published file. */
async function check(file: DataFile, packed: Uint8Array): Promise<void> {
  const [{ createHash }, { gunzipSync }] = await Promise.all([import("node:crypto"), import("node:zlib")]);
  const bytes = gunzipSync(packed, { maxOutputLength: file.size });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== file.sha256) throw new Error(`its checksum is ${sha256} and not ${file.sha256}`);
}

function unavailable(url: string, error: unknown): ModelError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new ModelError({
    code: "dataset-unavailable",
    message: `${url} could not be downloaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint:
      "Install Debian's package dataset-fashion-mnist, or put the four files " +
      `${Object.values(PART)
        .map((file) => file.name)
        .join(", ")} into ${kerasCache()}.`,
  });
}

function kerasCache(): string {
  return join(process.env.KERAS_HOME ?? join(homedir(), ".keras"), "datasets", "fashion-mnist");
}

/** Looked for upward, because this code runs from the sources, from the built package and from the command line's file. */
function shippedFolder(): string {
  const shipped = "examples/data/fashion-mnist";
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, shipped))) {
    if (folder === dirname(folder)) throw internal(`${shipped} is missing from the package`);
    folder = dirname(folder);
  }
  return join(folder, shipped);
}

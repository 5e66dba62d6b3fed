import type { Other } from "./others.ts";

const at =
  (from: number, ...magic: readonly (number | readonly number[])[]) =>
  (bytes: Uint8Array): boolean =>
    magic.every((want, k) => (typeof want === "number" ? [want] : want).includes(bytes[from + k]));

const ascii = (magic: string, from = 0): Other["begins"] => at(from, ...new TextEncoder().encode(magic));
const any =
  (...ways: readonly Other["begins"][]): Other["begins"] =>
  (bytes) =>
    ways.some((way) => way(bytes));
/** Enough to tell what a text is. */
const SAMPLE = 4096;
const text =
  (pattern: RegExp): Other["begins"] =>
  (bytes) =>
    pattern.test(new TextDecoder().decode(bytes.subarray(0, SAMPLE)));
/** The name of a network of Caffe, then its first layer, as protocol buffers have them. */
const caffe: Other["begins"] = (bytes) => {
  const next = 2 + bytes[1];
  return at(0, 0x0a)(bytes) && bytes[1] < 128 && any(at(next, 0x12), at(next, 0xa2, 0x06))(bytes);
};

const UNPACK = "Unpack it, and give the model inside.";
const CONVERTED = 'Give the Keras model: model.save("model.keras") in Python.';
const WEIGHTS_ALONE =
  'It holds weights without layers; load them into a Keras model in Python, and save that: model.save("model.keras").';
const DATA = "It is data, not a model: give the model, and the data to predict, evaluate or fit.";

const RESAVE = 'In Python: tf_keras.models.load_model("FOLDER").save("model.keras").';

/** What other programs save, and what is often given by mistake; each by its content. */
export const FOREIGN: readonly Other[] = [
  {
    name: "a TensorFlow SavedModel",
    hint: `It holds a graph of TensorFlow's operations. ${RESAVE}`,
    // its schema's version, then the first graph
    begins: at(0, 0x08, 0x01, 0x12),
    member: /(^|\/)(saved_model\.pb(txt)?|keras_metadata\.pb)$/,
  },
  {
    name: "a TensorFlow checkpoint",
    hint: 'In Python, load it into the model it was saved from (model.load_weights) and save that: model.save("model.keras").',
    // the text that names it, or the end of its index, which is a LevelDB table
    begins: (bytes) =>
      text(/^model_checkpoint_path: "/)(bytes) ||
      at(Math.max(0, bytes.length - 8), 0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb)(bytes),
    member: /(^|\/)checkpoint$|\.(index|data-\d{5}-of-\d{5})$/,
  },
  {
    name: "a TensorFlow Lite model",
    hint: "It holds operations without layers; give the Keras model that it was converted from.",
    begins: ascii("TFL3", 4),
  },
  {
    name: "an ONNX model",
    hint: "It holds operations without layers; give the Keras model that it was converted from.",
    // its version, then the name of the program that made it
    begins: at(0, 0x08, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], 0x12),
  },
  {
    name: "a Python pickle",
    hint: 'Opening it runs code, which is never done here. In Python: model.save("model.keras").',
    begins: at(0, 0x80, [2, 3, 4, 5]),
    member: /(^|\/)data\.pkl$/,
  },
  {
    name: "a compressed pickle, as joblib writes it",
    hint: 'Opening it runs code, which is never done here. In Python: model.save("model.keras").',
    begins: at(0, 0x78, [0x01, 0x9c, 0xda]),
  },
  {
    name: "a pointer of Git LFS",
    hint: "The file itself lies elsewhere: git lfs pull brings it.",
    begins: text(/^version https:\/\/git-lfs\.github\.com\/spec\//),
  },
  {
    name: "a web page (HTML)",
    hint: "The page was saved in the place of the file: download the raw file (on GitHub: Raw, or Download raw file).",
    begins: text(/^\ufeff?\s*(<!--((?!-->)[^])*-->\s*)*<(!doctype\s+html|html|head|body)\b/i),
  },
  { name: "a PDF document", hint: CONVERTED, begins: ascii("%PDF-") },
  {
    name: "an office document",
    hint: "Copy the code or the data out of it into a text file.",
    begins: () => false,
    member: /^(\[Content_Types\]\.xml$|_rels\/|docProps\/|word\/|xl\/|ppt\/)/,
  },
  { name: "a zip archive of other files", hint: UNPACK, begins: () => false, member: /\.(h5|hdf5|keras)$/ },
  { name: "a text in UTF-16", hint: "Save it as UTF-8.", begins: any(at(0, 0xff, 0xfe), at(0, 0xfe, 0xff)) },
  { name: "a safetensors file", hint: WEIGHTS_ALONE, begins: at(5, 0, 0, 0, 0x7b, 0x22) },
  { name: "a GGUF file", hint: WEIGHTS_ALONE, begins: ascii("GGUF") },
  { name: "weights of Darknet", hint: WEIGHTS_ALONE, begins: at(0, 0, 0, 0, 0, [1, 2], 0, 0, 0) },
  { name: "a network of Darknet", hint: CONVERTED, begins: text(/^\s*(#[^\n]*\n\s*)*\[net(work)?\]\s/) },
  { name: "a Caffe model", hint: CONVERTED, begins: any(caffe, text(/(^|\n)layers?\s*\{/)) },
  { name: "a CNTK model", hint: CONVERTED, begins: ascii("B\0C\0N\0") },
  {
    name: "a MATLAB file",
    hint: "In MATLAB, write the arrays as HDF5 or text; a network, by exportNetworkToTensorFlow.",
    begins: text(/^MATLAB \d\.\d MAT-file/),
  },
  { name: "an array of NumPy (.npy)", hint: DATA, begins: at(0, 0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59) },
  { name: "a picture (PNG)", hint: DATA, begins: at(0, 0x89, 0x50, 0x4e, 0x47) },
  { name: "a picture (JPEG)", hint: DATA, begins: at(0, 0xff, 0xd8, 0xff) },
  { name: "a gzip archive", hint: UNPACK, begins: at(0, 0x1f, 0x8b) },
  { name: "a tar archive", hint: UNPACK, begins: ascii("ustar", 257) },
  { name: "a 7z archive", hint: UNPACK, begins: at(0, 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c) },
  {
    name: "a bzip2 archive",
    hint: UNPACK,
    begins: at(0, 0x42, 0x5a, 0x68, [0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39], 0x31, 0x41, 0x59),
  },
  { name: "an xz archive", hint: UNPACK, begins: at(0, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0) },
  { name: "a zstd archive", hint: UNPACK, begins: at(0, 0x28, 0xb5, 0x2f, 0xfd) },
  { name: "a rar archive", hint: UNPACK, begins: ascii("Rar!\x1a\x07") },
  {
    name: "a zip archive with other bytes before it",
    hint: "Unpack the archive, and give the folder that it unpacks to.",
    // the end of its directory, without a comment
    begins: (bytes) =>
      at(Math.max(0, bytes.length - 22), 0x50, 0x4b, 5, 6)(bytes) && !at(0, 0x50, 0x4b)(bytes),
  },
];

/** A file of another program that is often given in the place of a Keras model. */
export interface Other {
  /** What it is, as messages call it. */
  readonly name: string;
  /** The way from it to a Keras file. */
  readonly hint: string;
  /** How its content begins. */
  readonly begins: (bytes: Uint8Array) => boolean;
  /** A name in folders and archives that only such files have. */
  readonly member?: RegExp;
}

const at =
  (from: number, ...magic: readonly (number | readonly number[])[]) =>
  (bytes: Uint8Array): boolean =>
    magic.every((want, k) => (typeof want === "number" ? [want] : want).includes(bytes[from + k]));

const RESAVE = 'In Python: tf_keras.models.load_model("FOLDER").save("model.keras").';

const OTHERS: readonly Other[] = [
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
    begins: () => false,
    member: /\.(index|data-\d{5}-of-\d{5})$/,
  },
  {
    name: "a TensorFlow Lite model",
    hint: "It holds operations without layers; give the Keras model that it was converted from.",
    begins: at(4, ...new TextEncoder().encode("TFL3")),
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
];

/** What is no Keras model by its first bytes. */
export const otherFile = (bytes: Uint8Array): Other | undefined => OTHERS.find(({ begins }) => begins(bytes));

/** What a folder or archive with a file of this name is: `saved_model.pb`, `model.ckpt.index`. */
export const otherMember = (name: string): Other | undefined =>
  OTHERS.find(({ member }) => member?.test(name));

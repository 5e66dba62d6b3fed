import { FOREIGN } from "./foreign-files.ts";

/** A file of another program that is often given in the place of a Keras model. */
export interface Other {
  /** What it is, as messages call it. */
  readonly name: string;
  /** The way from it to a Keras file. */
  readonly hint: string;
  /** How its content begins, or ends. */
  readonly begins: (bytes: Uint8Array) => boolean;
  /** A name in folders and archives that only such files have. */
  readonly member?: RegExp;
}

/** What is no Keras model by its first bytes. */
export const otherFile = (bytes: Uint8Array): Other | undefined =>
  FOREIGN.find(({ begins }) => begins(bytes));

/** What a folder or archive with a file of this name is: `saved_model.pb`, `model.ckpt.index`. */
export const otherMember = (name: string): Other | undefined =>
  FOREIGN.find(({ member }) => member?.test(name));

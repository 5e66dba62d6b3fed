import type { Buffer, Plan } from "../kernels.ts";

/** An input or output of a bundle, by the name its user sees. */
export interface Port {
  readonly name: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** Absent of an input that no output is computed from. */
  readonly buffer?: Buffer | undefined;
}

/** What a bundle asks for in training: class numbers have to be below `classes`, or `ignored`. */
export interface LabelPort extends Port {
  readonly classes?: number;
  readonly ignored?: number;
}

/** A named stretch of persistent memory: a weight, its gradient, an optimizer's variable. */
export interface Named {
  readonly path: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** One row of the table at the head of generated source. */
export interface LayerRow {
  readonly name: string;
  readonly class_name: string;
  readonly output: string;
  readonly params: number;
}

/** Everything a bundle is written from; the same for every target but for the plan's kernels. */
export interface BundleParts {
  /** Of the model, for comments and errors only. */
  readonly title: string;
  readonly rows: readonly LayerRow[];
  readonly plan: Plan;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Labels and the loss; present where the bundle trains. */
  readonly training?: {
    readonly labels: readonly LabelPort[];
    readonly loss: Buffer;
    readonly optimizer: readonly Named[];
    readonly gradients: readonly Named[];
  };
  readonly weights: readonly Named[];
  /** What stateful layers remember from batch to batch, all of as many rows as the plan is made for; 0 at first. */
  readonly states: readonly Named[];
  /** Elements that must hold given values before the first call: weights, then seeds, learning rate, slots. */
  readonly initial: { readonly offset: number; readonly values: Float32Array };
  /** The end of `initial` that the module itself holds; the rest is 0 until it is set. Undefined: `load` is given all. */
  readonly inline: Float32Array | undefined;
  readonly golden: Golden;
}

/** What `verify` compares with: outputs of the reference on inputs that a counter makes. */
export interface Golden {
  readonly rows: number;
  /** For each output, row-major. */
  readonly outputs: readonly Float32Array[];
  /** Of the largest absolute expected value. */
  readonly tolerance: number;
}

/** Element `i` of input number `k`: a multiplicative hash of the counter as a fraction in [0, 1). */
export function goldenInput(k: number, size: number): Float32Array {
  return Float32Array.from(
    { length: size },
    (_, i) => (Math.imul(i + 1 + k * 7919, 2654435761) >>> 8) / 16777216,
  );
}

/** FNV-1a over the bits of the weights: what tells one changed weight that no golden output feels. */
export function checksum(weights: readonly Float32Array[]): number {
  let hash = 0x811c9dc5;
  for (const weight of weights)
    for (const word of new Uint32Array(weight.buffer, weight.byteOffset, weight.length)) {
      hash = Math.imul(hash ^ word, 0x01000193) >>> 0;
    }
  return hash;
}

/** Base64 of bytes, without a platform's help. */
export function base64(bytes: Uint8Array): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const out: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out.push(alphabet[word >> 18] + alphabet[(word >> 12) & 63]);
    out.push(
      (b === undefined ? "=" : alphabet[(word >> 6) & 63]) + (c === undefined ? "=" : alphabet[word & 63]),
    );
  }
  return out.join("");
}

/** A value as source text: what came from a model is a JSON literal in ASCII, safe inside a script element too. */
export const literal = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]|</g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

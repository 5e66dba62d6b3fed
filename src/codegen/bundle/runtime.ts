import type { Dialect } from "../emit-ts.ts";
import { base64, checksum, literal, type BundleParts, type Named, type Port } from "./parts.ts";

/** The types a user of the bundle sees; the same in `.d.ts` and in generated TypeScript. */
export function interfaces(parts: BundleParts): string {
  const { batch } = parts.plan;
  const [one, single] = [parts.inputs.length === 1, parts.outputs.length === 1];
  const output = single ? "Float32Array" : "Record<string, Float32Array>";
  const train = `
  /** One step of training on at most ${batch} rows; gives the loss. */
  trainStep(x: Data | Record<string, Data>, y: Data | Record<string, Data>): number;
  /** Gradients of the last step by weight path: live views. */
  readonly gradients: Record<string, Float32Array>;
  /** The optimizer's variables by path: live views. */
  readonly optimizer: Record<string, Float32Array>;`;
  const rows = parts.states.length
    ? `${batch} rows a batch, each going on where that row of the batch before ended.`
    : `more than ${batch} rows run in chunks.`;
  const reset = `
  /** Sets back to 0 what is remembered from batch to batch. */
  resetStates(): void;`;
  return `/** Numbers row by row: a typed array, or nested arrays. */
export type Data = ArrayLike<number> | readonly Data[];

export interface Model {
  /** ${one ? "Rows of the input" : "A record of inputs by name"} to ${single ? "the output" : "a record of outputs by name"}; ${rows} */
  predict(x: Data | Record<string, Data>): ${output};
  /** Compares outputs for a golden input with the reference's, and the weights with those compiled in. */
  verify(): { ok: boolean; maxError: number };
  /** Weights by Keras path: live views. */
  readonly weights: Record<string, Float32Array>;${parts.states.length ? reset : ""}${parts.training ? train : ""}
}
`;
}

export function declaration(parts: BundleParts): string {
  const note = parts.inline ? "" : "/** @param bytes the content of the weights file beside this module */\n";
  return `${interfaces(parts)}
${note}export declare function load(${parts.inline ? "bytes?" : "bytes"}: Uint8Array): Promise<Model>;
`;
}

/** Gives its text where source has types, nothing where it has none. */
type Typed = (text: string) => string;

/** What surrounds the kernels: tables, conversion of what users pass, and the model. `start` gives memory and entries. */
export function runtime(parts: BundleParts, dialect: Dialect, start: string): string {
  const t: Typed = (text) => (dialect.types ? text : "");
  return [
    tables(parts, t),
    decoding(t),
    conversion(t),
    checking(t),
    ...(parts.training ? [labelChecking(t)] : []),
    model(parts, t, start),
  ].join("\n");
}

/** `[path, offset, size]` of each, as source. */
const table = (list: readonly Named[]): string =>
  literal(list.map(({ path, offset, size }) => [path, offset, size]));
const ports = (list: readonly Port[], { offsets }: BundleParts["plan"]): string =>
  literal(
    list.map((p) => [
      p.name,
      p.buffer ? offsets.get(p.buffer)! : -1,
      p.shape.reduce((a, b) => a * b, 1),
      p.shape,
    ]),
  );
/** An input that no output is computed from has no place. */
const ifRead = ({ inputs }: BundleParts): string => (inputs.every((p) => p.buffer) ? "" : "place[1] < 0 || ");
const bytesOf = (x: Float32Array): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

function tables(parts: BundleParts, t: Typed): string {
  const { plan, golden, initial, weights } = parts;
  const held = weights.map((w) =>
    initial.values.subarray(w.offset - initial.offset, w.offset - initial.offset + w.size),
  );
  return `
const BATCH = ${plan.batch};
const INPUTS${t(": Place[]")} = ${ports(parts.inputs, plan)};
const OUTPUTS${t(": Place[]")} = ${ports(parts.outputs, plan)};
const WEIGHTS${t(": Place[]")} = ${table(weights)};
${
  parts.states.length
    ? `const STATES${t(": Place[]")} = ${table(parts.states)};
`
    : ""
}const INITIAL = ${initial.offset};
const SIZE = ${initial.values.byteLength};
const CHECKSUM = ${checksum(held)};
const GOLDEN = ${literal(golden.outputs.map((y) => base64(bytesOf(y))))};
const DATA = ${literal(parts.inline ? base64(bytesOf(parts.inline)) : "")};
${t("\n/** Name, offset, and size, that of one row with its shape where it is a row's. */\ntype Place = [string, number, number, number[]?];\n")}`;
}

const decoding = (t: Typed): string => `${t(`declare const Buffer: {
  isEncoding?(name: string): boolean;
  from(text: string, encoding: string): Uint8Array;
};

`)}function decode(text${t(": string")})${t(": Uint8Array<ArrayBuffer>")} {
  // newer engines and Node have something thirty times as fast
  const { fromBase64 } = Uint8Array${t(" as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }")};
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  if (typeof Buffer !== "undefined" && Buffer.isEncoding?.("base64")) return new Uint8Array(Buffer.from(text, "base64"));
  const codes = atob(text);
  const out = new Uint8Array(codes.length);
  for (let i = 0; i < out.length; i++) out[i] = codes.charCodeAt(i);
  return out;
}

function floats(text${t(": string")})${t(": Float32Array")} {
  return new Float32Array(decode(text).buffer);
}

function views(f${t(": Float32Array")}, places${t(": Place[]")})${t(": Record<string, Float32Array>")} {
  return Object.fromEntries(places.map(([path, at, size]) => [path, f.subarray(at, at + size)]));
}
`;

const flattening = (t: Typed): string => `/** Numbers of nested arrays in order; a typed array as it is. */
function flat(x${t(": unknown")}, what${t(": string")})${t(": ArrayLike<number>")} {
  if (ArrayBuffer.isView(x)) return x${t(" as unknown as ArrayLike<number>")};
  if (!Array.isArray(x)) throw new TypeError(what + ": expected a typed array or nested arrays, received " + typeof x + ".");
  if (x.every((v) => typeof v === "number")) return x;
  const out${t(": number[]")} = [];
  const size = flat(x[0], what).length;
  for (const row of x) {
    const numbers = flat(row, what);
    if (numbers.length !== size) throw new RangeError(what + ": rows of " + size + " and of " + numbers.length + " numbers.");
    for (let i = 0; i < size; i++) out.push(numbers[i]);
  }
  return out;
}

/** Sizes of nested arrays, rows first. */
function sizes(x${t(": unknown")})${t(": number[]")} {
  return Array.isArray(x) || ArrayBuffer.isView(x) ? [(x${t(" as unknown[]")}).length, ...sizes((x${t(" as unknown[]")})[0])] : [];
}

`;

const conversion = (
  t: Typed,
): string => `${flattening(t)}/** The data of each place and the number of rows they agree on. */
function gather(x${t(": unknown")}, places${t(": Place[]")}, kind${t(": string")})${t(": { data: ArrayLike<number>[]; rows: number }")} {
  const record = typeof x === "object" && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x);
  if (!record && places.length > 1) throw new TypeError(kind + ": expected a record with " + places.map((p) => p[0]).join(", ") + ".");
  let rows = -1;
  const data = places.map(([name, , size, shape]) => {
    const given = record ? (Object.hasOwn(x${t(" as object")}, name) ? (x${t(" as Record<string, unknown>")})[name] : undefined) : x;
    const what = kind + " " + name;
    if (given === undefined) throw new TypeError(what + " is missing.");
    const numbers = flat(given, what);
    const nested = Array.isArray(given) && typeof given[0] !== "number";
    const count = nested ? given.length : numbers.length / size;
    const row = nested ? sizes(given[0]) : [];
    // rows may be flat
    const fits = row.length < 2 || row + "" === shape + "";
    if (!(fits && count > 0 && Number.isInteger(count) && numbers.length === count * size)) throw new RangeError(what + ": expected rows of " + size + " numbers, shape (" + shape + "), received " + (nested ? count + " of shape (" + row + ")." : numbers.length + "."));
    if (rows >= 0 && rows !== count) throw new RangeError(what + ": expected " + rows + " rows, received " + count + ".");
    rows = count;
    return numbers;
  });
  return { data, rows };
}

function copy(f${t(": Float32Array")}, [, at, size]${t(": Place")}, data${t(": ArrayLike<number>")}, from${t(": number")}, rows${t(": number")})${t(": void")} {
  if (data instanceof Float32Array) return f.set(data.subarray(from * size, (from + rows) * size), at);
  for (let i = 0; i < rows * size; i++) f[at + i] = data[from * size + i];
}
`;

const checking = (
  t: Typed,
): string => `/** Element i of input k: a multiplicative hash of a counter as a fraction. */
function golden(k${t(": number")}, size${t(": number")})${t(": Float32Array")} {
  return Float32Array.from({ length: size }, (_, i) => (Math.imul(i + 1 + k * 7919, 2654435761) >>> 8) / 16777216);
}

/** What tells a changed weight that no golden output feels. */
function checksum(f${t(": Float32Array")})${t(": number")} {
  let hash = 0x811c9dc5;
  for (const [, at, size] of WEIGHTS) {
    const words = new Uint32Array(f.buffer, f.byteOffset + 4 * at, size);
    for (let i = 0; i < size; i++) hash = Math.imul(hash ^ words[i], 0x01000193) >>> 0;
  }
  return hash;
}
`;

const contentText = ({
  inline,
}: BundleParts): string => `  const content = ${inline ? "bytes ?? decode(DATA)" : "bytes"};
  if (!(content instanceof Uint8Array)) throw new TypeError("load needs the bytes of the weights file.");
  if (bytes && bytes.length !== SIZE) throw new RangeError("The weights have " + bytes.length + " bytes, expected " + SIZE + ".");`;

const labelChecking = (
  t: Typed,
): string => `/** Labels are numbers; class numbers where the loss counts classes. */
function check(y${t(": ArrayLike<number>")}, name${t(": string")}, [classes, ignored]${t(": (number | null)[]")})${t(": void")} {
  for (let i = 0; i < y.length; i++) {
    if (y[i] === ignored || (classes === null ? !Number.isNaN(y[i]) : Number.isInteger(y[i]) && y[i] >= 0 && y[i] < classes)) continue;
    throw new RangeError("Labels of " + name + ": expected " + (classes === null ? "numbers" : "whole numbers from 0 to " + (classes - 1)) + ", received " + y[i] + ".");
  }
}
`;

/** The body of `verify`. */
const comparison = ({
  golden,
  states,
}: BundleParts): string => `${states.length ? REMEMBERING : ""}      const outputs = predictAll(Object.fromEntries(INPUTS.map(([name, , size], k) => [name, golden(k, ${golden.rows} * size)])));
${states.length ? RECALLING : ""}      let ok = checksum(f) === CHECKSUM;
      let maxError = 0;
      GOLDEN.forEach((text, k) => {
        const wanted = floats(text);
        const found = outputs[OUTPUTS[k][0]];
        const error = wanted.reduce((most, y, i) => Math.max(most, Object.is(y, found[i]) || y === found[i] ? 0 : Math.abs(found[i] - y)), 0);
        const scale = wanted.reduce((most, y) => (Number.isFinite(y) ? Math.max(most, Math.abs(y)) : most), 1e-30);
        if (!(error <= ${golden.tolerance} * scale)) ok = false;
        maxError = Math.max(maxError, error);
      });
      return { ok, maxError };`;

/** What is remembered is not touched by a comparison, which begins with nothing. */
const REMEMBERING = `      const remembered = STATES.map(([, at, size]) => f.slice(at, at + size));
      resetStates();
`;
const RECALLING = `      STATES.forEach(([, at], k) => f.set(remembered[k], at));
`;
const resetting = (t: Typed): string => `  function resetStates()${t(": void")} {
    for (const [, at, size] of STATES) f.fill(0, at, at + size);
  }
`;
const WHOLE_BATCHES = `    if (rows % BATCH) throw new RangeError("The model is stateful: expected a multiple of " + BATCH + " rows, received " + rows + ".");
`;

/** Who holds views of the weights may write them at any time: what is made of them is made anew for every call. */
const EXPOSING = `get weights() {
      changed = exposed = true;
      return views(f, WEIGHTS);
    }`;

function model(parts: BundleParts, t: Typed, start: string): string {
  const result = parts.outputs.length === 1 ? "predictAll(x)[OUTPUTS[0][0]]" : "predictAll(x)";
  const remembers = parts.states.length > 0;
  const packs = parts.plan.entries.has("pack");
  return `export async function load(bytes${t(parts.inline ? "?: Uint8Array" : ": Uint8Array")})${t(": Promise<Model>")} {
${contentText(parts)}
${start}
  new Uint8Array(f.buffer, f.byteOffset + 4 * INITIAL, SIZE).set(content, SIZE - content.length);
${packs ? "  let changed = true;\n  let exposed = false;\n" : ""}  function predictAll(x${t(": unknown")})${t(": Record<string, Float32Array>")} {
    const { data, rows } = gather(x, INPUTS, "Input");
${remembers ? WHOLE_BATCHES : ""}${packs ? "    if (changed) pack(BATCH);\n    changed = exposed;\n" : ""}    const out = OUTPUTS.map(([, , size]) => new Float32Array(rows * size));
    for (let from = 0; from < rows; from += BATCH) {
      const n = Math.min(BATCH, rows - from);
      INPUTS.forEach((place, k) => ${ifRead(parts)}copy(f, place, data[k], from, n));
      predict(n);
      OUTPUTS.forEach(([, at, size], k) => out[k].set(f.subarray(at, at + n * size), from * size));
    }
    return Object.fromEntries(OUTPUTS.map(([name], k) => [name, out[k]]));
  }
${remembers ? resetting(t) : ""}  return {
    ${remembers ? "resetStates,\n    " : ""}${packs ? EXPOSING : "weights: views(f, WEIGHTS)"},
    predict(x) {
      return ${result};
    },
    verify() {
${comparison(parts)}
    },${parts.training ? training(parts, t) : ""}
  };
}
`;
}

function training(parts: BundleParts, t: Typed): string {
  const { plan } = parts;
  const { labels, gradients, optimizer, loss } = parts.training!;
  return `
    gradients: views(f, ${table(gradients)}),
    optimizer: views(f, ${table(optimizer)}),
    trainStep(x, y) {
      const labels${t(": Place[]")} = ${ports(labels, plan)};
      const inputs = gather(x, INPUTS, "Input");
      const targets = gather(y, labels, "Labels of");
      const classes${t(": (number | null)[][]")} = ${literal(labels.map(({ classes = null, ignored = null }) => [classes, ignored]))};
      targets.data.forEach((numbers, k) => check(numbers, labels[k][0], classes[k]));
      if (inputs.rows !== targets.rows) throw new RangeError("x has " + inputs.rows + " rows and y " + targets.rows + ".");
      if (inputs.rows > BATCH) throw new RangeError("trainStep takes at most " + BATCH + " rows (the batch size it was compiled for), received " + inputs.rows + ".");
      INPUTS.forEach((place, k) => ${ifRead(parts)}copy(f, place, inputs.data[k], 0, inputs.rows));
      labels.forEach((place, k) => copy(f, place, targets.data[k], 0, inputs.rows));
      step(inputs.rows);
      return f[${plan.offsets.get(loss)}];
    },`;
}

import type { Args, Given } from "./arguments.ts";
import { type KerasName, lookUp } from "./names.ts";
import { is, tuple } from "./values.ts";
import { fail, type World } from "./world.ts";

/** Whether calls in the words of Keras 1 are taken: by Keras 2.0 to 2.3, and never by the one inside of TensorFlow. */
export const takesKeras1 = ({ library: { version = "", tensorflow } }: World): boolean =>
  /^2\.[0-3]($|\.)/.test(version) && tensorflow !== true;

/** How many arguments those layers take by position. */
const POSITIONAL: Readonly<Record<string, number>> = {
  BatchNormalization: 0,
  Dense: 1,
  SimpleRNN: 1,
  GRU: 1,
  LSTM: 1,
  UpSampling1D: 1,
  UpSampling2D: 1,
  ZeroPadding2D: 1,
  Cropping2D: 1,
  Embedding: 2,
  Conv1D: 2,
  Conv2D: 2,
  Conv2DTranspose: 2,
  SeparableConv2D: 2,
  Dropout: 3,
  MaxPooling1D: 3,
  MaxPooling2D: 3,
  AveragePooling1D: 3,
  AveragePooling2D: 3,
};
/** The sides of a kernel, once an argument each. */
const SIDES = ["nb_row", "nb_col"];
const KERNELS = ["Conv2D", "Conv2DTranspose", "SeparableConv2D"];
const SEQUENCES = ["Conv1D", "SimpleRNN", "GRU", "LSTM"];

/** What has another name today, as those Kerases give it. */
export const legacyName = (w: World, module: string, name: string): KerasName | undefined =>
  takesKeras1(w) && name === "Deconvolution2D" ? lookUp(module, "Conv2DTranspose") : undefined;

/** The layer as those Kerases take its arguments, and the arguments in the words of Keras 2. */
export function legacyCall(w: World, cls: KerasName, args: Args): readonly [KerasName, Args] {
  if (!takesKeras1(w) || !Object.hasOwn(POSITIONAL, cls.name)) return [cls, args];
  const keyword = new Map(args.keyword);
  if (cls.name === "BatchNormalization") refuseModes(w, keyword);
  const positional = cls.name === "Conv2DTranspose" ? withoutShape(args, keyword) : args.positional;
  const shaped = SEQUENCES.includes(cls.name) ? withShape(keyword) : keyword;
  const given = { ...args, positional, keyword: shaped };
  const own = { ...cls, args: cls.args.slice(0, POSITIONAL[cls.name]) };
  return [own, KERNELS.includes(cls.name) ? withKernel(w, cls.name, given) : given];
}

/** `Conv2D(8, 3, 3)`: the kernel is 3 by 3. */
function withKernel(w: World, name: string, args: Args): Args {
  const [filters, ...sizes] = args.positional;
  if (sizes.length === 2 && sizes.every(isInt)) refuseDoubtful(w, name, args);
  const rest = SIDES.slice(sizes.length);
  const whole =
    sizes.length <= SIDES.length && sizes.every(isInt) && rest.every((key) => args.keyword.has(key));
  if (!whole || args.keyword.has("kernel_size")) return args;
  const all = [...sizes, ...rest.map((key) => args.keyword.get(key)!)];
  const kernel: Given = {
    value: tuple(all.map(({ value }) => value)),
    offset: all[0].offset,
    items: all.map(({ offset }) => offset),
  };
  const others = [...args.keyword].filter(([key]) => !rest.includes(key));
  return {
    ...args,
    positional: args.positional.length > 0 ? [filters] : [],
    keyword: new Map([["kernel_size", kernel], ...others]),
  };
}
const isInt = ({ value }: Given): boolean => typeof value === "bigint";

/** Two whole numbers beside a word of Keras 2 may be a kernel and its strides. */
function refuseDoubtful(w: World, name: string, { positional, keyword }: Args): void {
  const said = ["padding", "strides", "data_format"].find((key) => keyword.has(key));
  if (said === undefined) return;
  fail(w, positional[2].offset, "python-arguments", `${name} takes no third argument beside ${said}.`, {
    hint: "Write strides=… for the strides, or the size of the kernel as a tuple.",
  });
}

/** The statistics were once others in two more modes. */
function refuseModes(w: World, keyword: ReadonlyMap<string, Given>): void {
  const mode = keyword.get("mode");
  if (mode && mode.value !== 0n)
    fail(w, mode.offset, "python-value", "BatchNormalization has no modes any more.", { expected: "0" });
}

/** What comes out needs no saying any more. */
function withoutShape({ positional }: Args, keyword: Map<string, Given>): readonly Given[] {
  keyword.delete("output_shape");
  return positional.length === 4 && is(positional[3].value, "tuple") ? positional.slice(0, 3) : positional;
}

/** `input_dim=` and `input_length=` of a layer of sequences. */
function withShape(keyword: Map<string, Given>): Map<string, Given> {
  const dim = keyword.get("input_dim");
  if (!dim) return keyword;
  const length = keyword.get("input_length");
  const others = [...keyword].filter(([key]) => key !== "input_dim" && key !== "input_length");
  const shape: Given = { ...dim, value: tuple([length?.value ?? null, dim.value]) };
  return new Map([...others, ["input_shape", shape]]);
}

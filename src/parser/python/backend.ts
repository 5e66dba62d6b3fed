import { type Args, bindKnown } from "./arguments.ts";
import { tensorShape } from "./tensor-shape.ts";
import { describe, is, type Value } from "./values.ts";
import { fail, opaque, type World } from "./world.ts";

type Special = (w: World, args: Args) => Value;
const settled =
  (value: Value): Special =>
  () =>
    value;

/** A setting of the whole of Keras that only its default is read of. */
function setting(expected: string, hint: string): Special {
  return (w, { positional, keyword, offset }) => {
    const given = positional[0] ?? [...keyword.values()][0];
    if (given?.value === expected) return null;
    return fail(w, offset, "python-unsupported", "This setting of all layers is not read.", {
      expected: `'${expected}'`,
      received: describe(given?.value ?? null),
      hint,
    });
  };
}

/** A policy is the type that it is named after: the only one that computes here has a plain name. */
const policy: Special = (w, args) => bindKnown(w, "DTypePolicy", ["name"], args).get("name")?.value ?? null;

const dtype = setting("float32", "Keraunos computes in float32 alone: leave this call out.");

/** Functions of `keras.backend` and `keras.config` that give or set what Keras starts with. */
export const backendSpecials: Readonly<Record<string, Special>> = {
  image_data_format: settled("channels_last"),
  image_dim_ordering: settled("tf"),
  floatx: settled("float32"),
  epsilon: settled(1e-7),
  backend: settled("tensorflow"),
  dtype_policy: settled("float32"),
  DTypePolicy: policy,
  FloatDTypePolicy: policy,
  Policy: policy,
  set_image_data_format: setting("channels_last", "Give data_format= to the layers."),
  set_image_dim_ordering: setting("tf", "Give data_format= to the layers."),
  set_floatx: dtype,
  set_global_policy: dtype,
  set_dtype_policy: dtype,
  int_shape: (w, args) => {
    const given = bindKnown(w, "int_shape", ["x"], args).get("x");
    return given && is(given.value, "tensor") ? tensorShape(w, given.value, args.offset) : opaque(w);
  },
};

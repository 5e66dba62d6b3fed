import { maskOf, takesMask } from "../ir/build.ts";
import { flat, type Handle, type Passed, type SymbolicTensor, type Tensors } from "./handles.ts";
import { unnamed } from "./held.ts";
import { operateBy } from "./operations.ts";

/** The mask of the only argument of a call, which Keras 3 then remembers as another one. */
export function passedMask(
  layer: Handle,
  input: Tensors,
  options: Readonly<Record<string, Passed>>,
): SymbolicTensor | undefined {
  const [one, ...others] = flat(input);
  if (others.length > 0 || Object.keys(options).length > 0) return undefined;
  return layer.model || takesMask(layer.class_name) ? one.mask : undefined;
}

/** The mask of the output of a call: what Keras 3 computes masks by are operations of the model. */
export function maskAfter(layer: Handle, input: Tensors, given: Passed = null): SymbolicTensor | undefined {
  if (layer.model) return undefined;
  const x = flat(input);
  const masks = given === null ? x.map(({ mask }) => mask) : flat(given as Tensors);
  return maskOf<SymbolicTensor>(layer.class_name, unnamed(layer.config), {
    x,
    masks,
    make: (name, config, ...args) => operateBy(name, config, args),
  });
}

import type { DataStep } from "../training-spec.ts";
import type { DataValue } from "./values.ts";
import type { World } from "./world.ts";

/** Every class of these data sets is in each of their parts. */
const classes: Readonly<Record<string, number>> = {
  mnist: 10,
  fashion_mnist: 10,
  cifar10: 10,
  cifar100: 100,
};

/** How many classes the labels of a data set of Keras have, which are its numbers from 0; undefined for anything else. */
export function classesOf(w: World, { step }: DataValue): number | undefined {
  let at: DataStep = w.steps[step];
  while (at.op === "reshape" || at.op === "astype" || at.op === "squeeze") {
    if (at.op === "astype" && at.dtype === "bool") return undefined;
    at = w.steps[at.of];
  }
  if (at.op !== "dataset" || !at.part.startsWith("y") || Object.keys(at.options).length > 0) return undefined;
  return Object.hasOwn(classes, at.dataset) ? classes[at.dataset] : undefined;
}

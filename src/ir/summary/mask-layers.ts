import { argumentsOf, type Call, type Layer, leaves, type Model, type Value, valuesIn } from "../model.ts";

const key = ({ layer, node }: Value): string => `${node}/${layer}`;

/** The operations of a model that only make masks: nothing else uses what they give. */
export function maskLayers(model: Model): ReadonlySet<Layer> {
  const wanted = new Set(leaves(model.outputs).map(key));
  const found = new Set<Layer>();
  if (!model.calls.some(({ layer }) => layer.def?.operands)) return found;
  for (const call of [...model.calls].reverse()) {
    const isMask = call.layer.def?.operands === true && !call.outputs.some((value) => wanted.has(key(value)));
    if (isMask) found.add(call.layer);
    else for (const value of used(call)) wanted.add(key(value));
  }
  return found;
}

/** What a call uses beside masks. */
const used = (call: Call): Value[] =>
  argumentsOf(call).flatMap(([name, passed]) => (/(^|_)mask$/.test(name) ? [] : valuesIn(passed)));

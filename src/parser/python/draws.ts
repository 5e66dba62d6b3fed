import { buildDraws, constructionDraws, unnamedParts } from "../../ir/build.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import { drawsSeed, initializer } from "../../ir/fields/initializer.ts";
import type { Given } from "./arguments.ts";
import { is, type LayerValue } from "./values.ts";
import { autoName, countsAsKeras2, drawSeed, type World } from "./world.ts";

/** Whether this initializer object draws a seed when it is made; false for one that is at fault, which the layer reports. */
export function initializerDraws(class_name: string, config: Readonly<Record<string, unknown>>): boolean {
  let sound = true;
  const read = initializer("zeros").read!({ class_name, config }, () => {
    sound = false;
  });
  return sound && drawsSeed(read);
}

/** The seeds a layer draws when it is made; an initializer object that drew its own brings it along. */
export function layerDraws(
  w: World,
  className: string,
  config: Readonly<Record<string, unknown>>,
  given: ReadonlyMap<string, Given>,
): number[] | undefined {
  const def = layerTable.get(className);
  if (w.seed.random === undefined || def === undefined) return undefined;
  const keys = Object.entries(fieldsOf(def)).flatMap(([key, field]) => (field.initializer ? [key] : []));
  const left = (without: number): number =>
    constructionDraws(className, {
      ...config,
      ...Object.fromEntries(keys.slice(0, without).map((key) => [key, "zeros"])),
    });
  const out: number[] = [];
  const drawOwn = (): void => {
    for (let n = left(keys.length); n > 0; n--) out.push(drawSeed(w)!);
  };
  if (def.seeds_first) drawOwn();
  keys.forEach((key, i) => {
    const object = given.get(key)?.value ?? null;
    if (left(i) > left(i + 1)) out.push((is(object, "object") ? object.draw : undefined) ?? drawSeed(w)!);
  });
  if (!def.seeds_first) drawOwn();
  return out;
}

/** What a layer takes of Keras's counters and random numbers when it is called for the first time. */
export function firstCall(w: World, layer: LayerValue): void {
  // Keras 2 names what it makes for a model in a graph of its own.
  if (layer.calls.length === 0 && !w.built.has(layer)) takeParts(w, layer, !countsAsKeras2(w));
}

/** The same where a layer is built, or called on arrays: in both Kerases its parts count then. */
export function buildLayer(w: World, layer: LayerValue): void {
  if (layer.calls.length > 0 || w.built.has(layer)) return;
  takeParts(w, layer, true);
  w.built.add(layer);
}

function takeParts(w: World, layer: LayerValue, counts: boolean): void {
  if (counts) for (const part of unnamedParts(layer.class_name, layer.config)) autoName(w, part);
  if (layer.draws === undefined) return;
  for (let n = buildDraws(layer.class_name, layer.config); n > 0; n--) layer.draws.push(drawSeed(w)!);
}

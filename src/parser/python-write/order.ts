import { type Call, isSource, type Layer, usedBy, valueKey } from "../../ir/model.ts";
import { snakeCase } from "../../ir/names.ts";

/** Names that would come by themselves if the next call were this one. */
export interface Naming {
  /** The name that Keras would give a layer that is made now; undefined where it is made already. */
  next(layer: Layer): string | undefined;
  /** The layer of a call is made. */
  made(layer: Layer): void;
}

interface Waiting {
  readonly call: Call;
  readonly place: number;
  /** Calls that must come before. */
  needs: number;
}

/**
 * The calls of a model in the order of its source: what feeds a call comes before it, calls of one layer stay in their
 * order. Where there is a choice, the layer comes whose name Keras gives by itself, then what follows the last call.
 */
export function callOrder(calls: readonly Call[], naming: Naming): Call[] {
  const waiting = calls
    .filter(({ layer }) => !isSource(layer))
    .map((call, place): Waiting => ({ call, place, needs: 0 }));
  const after = followers(waiting);
  const ready = waiting.filter(({ needs }) => needs === 0);
  const order: Call[] = [];
  while (ready.length > 0) {
    const best = ready.reduce((a, b) => (before(b, a, order.at(-1), naming) ? b : a));
    ready.splice(ready.indexOf(best), 1);
    order.push(best.call);
    naming.made(best.call.layer);
    for (const next of after.get(best) ?? []) if (--next.needs === 0) ready.push(next);
  }
  return order;
}

/** The calls that wait for each, each as often as it waits. */
function followers(waiting: readonly Waiting[]): Map<Waiting, Waiting[]> {
  const makers = new Map(waiting.flatMap((one) => one.call.outputs.map((value) => [valueKey(value), one])));
  const numbered = new Map(waiting.map((one) => [JSON.stringify([one.call.layer.name, one.call.node]), one]));
  const after = new Map<Waiting, Waiting[]>();
  for (const one of waiting) {
    const { layer, node } = one.call;
    const makes = usedBy(one.call).map((value) => makers.get(valueKey(value)));
    for (const need of [...makes, numbered.get(JSON.stringify([layer.name, node - 1]))]) {
      if (!need) continue;
      one.needs++;
      after.set(need, [...(after.get(need) ?? []), one]);
    }
  }
  return after;
}

/** Whether `a` comes before `b`. */
function before(a: Waiting, b: Waiting, last: Call | undefined, naming: Naming): boolean {
  const [first, second] = [rank(a.call.layer, naming), rank(b.call.layer, naming)];
  if (first !== second) return first < second;
  const [follows, other] = [isAfter(a.call, last), isAfter(b.call, last)];
  return follows === other ? a.place < b.place : follows;
}

/** 0 where Keras gives the name by itself now, 1 where it never does, 2 where it may do so later. */
function rank(layer: Layer, naming: Naming): number {
  const next = naming.next(layer);
  if (next === undefined || next === layer.name) return 0;
  return layer.name.startsWith(snakeCase(layer.class_name)) ? 2 : 1;
}

const isAfter = (call: Call, last: Call | undefined): boolean =>
  last !== undefined &&
  usedBy(call).some(({ layer, node }) => layer === last.layer.name && node === last.node);

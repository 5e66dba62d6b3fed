import { ModelError } from "../../diagnostics.ts";
import { MAX_PROBLEMS } from "./layout.ts";
import { mayBeCaught } from "./raised.ts";
import type { World } from "./world.ts";

/** Something uses what failed to be made; that was reported. */
export class Broken extends Error {}

/** After these, going on would only repeat them. */
const FINAL: readonly string[] = ["python-work", "python-loop", "python-size", "python-nesting"];

/** Keeps what went wrong, so that what does not depend on it can still be read. */
export function report(w: World, error: unknown): void {
  if (error instanceof Broken) return;
  if (mayBeCaught(w, error)) throw error;
  if (!(error instanceof ModelError) || FINAL.includes(error.code)) throw error;
  if (w.problems.length >= MAX_PROBLEMS) throw error;
  w.problems.push(...error.errors);
}

/** What becomes of every item; all are tried, and where one fails the whole is broken. */
export function each<T, R>(w: World, items: readonly T[], work: (item: T) => R): R[] {
  const made: R[] = [];
  for (const item of items) {
    try {
      made.push(work(item));
    } catch (error) {
      report(w, error);
    }
  }
  if (made.length < items.length) throw new Broken();
  return made;
}

import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import { fold, shown } from "./windows.ts";

/** The sum of every window, divided by how many elements of the input it shows. */
export const averages = (b: Builder, c: Parameters<typeof fold>[1], x: Node): Node =>
  b.div(
    fold(b, c, x, 0, (seen, taps) => b.sum(seen, taps)),
    shown(b, c, x),
  );

import type { Variable } from "../ir/graph.ts";

/** The content of a variable, or how to compute it. */
export type Content = ArrayLike<number> | (() => ArrayLike<number>);

/**
 * Contents that are computed when somebody looks at the variable or a program runs: weights are drawn only where nothing
 * replaces them first.
 */
export function waitingContents(view: (variable: Variable) => Float32Array) {
  const waiting = new Map<string, () => void>();
  const settle = (name: string): void => {
    const write = waiting.get(name);
    waiting.delete(name);
    write?.();
  };
  const write = (variable: Variable, content: ArrayLike<number>): void => view(variable).set(content);
  return {
    put(variable: Variable, content: Content): void {
      waiting.delete(variable.name);
      if (typeof content !== "function") write(variable, content);
      else waiting.set(variable.name, () => write(variable, content()));
    },
    view(variable: Variable): Float32Array {
      if (waiting.size > 0) settle(variable.name);
      return view(variable);
    },
    /** Leaves nothing waiting; whether anything was. */
    settleAll(): boolean {
      if (waiting.size === 0) return false;
      for (const name of waiting.keys()) settle(name);
      return true;
    },
  };
}

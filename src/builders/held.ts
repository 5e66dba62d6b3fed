import type { Handle } from "./handles.ts";

type Options = Readonly<Record<string, unknown>>;

const handleIn = (value: unknown): Handle | undefined =>
  typeof value === "function" && "handle" in value ? (value.handle as Handle) : undefined;

/** The layers among a layer's options, those in lists included. */
export const heldBy = ({ config }: Handle): readonly Handle[] =>
  Object.values(config)
    .flat()
    .flatMap((value) => handleIn(value) ?? []);

/** Options with the layers among them as `said` says them. */
export function withHeld(options: Options, said: (layer: Handle) => unknown): Options {
  const one = (value: unknown): unknown => {
    const layer = handleIn(value);
    return layer ? said(layer) : value;
  };
  const all = (value: unknown): unknown => (Array.isArray(value) ? value.map(one) : one(value));
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, all(value)]));
}

/** Options before anything has its name: a layer among them is called by a number that no other has. */
export const unnamed = (options: Options): Options =>
  withHeld(options, ({ class_name, config, stamp }) => ({
    class_name,
    config: { name: `${stamp}`, ...unnamed(config) },
  }));

import { printable, type Where } from "../diagnostics.ts";
import { settingsOf } from "./compile-args.ts";
import type { Argument, CallSpec, LayerSpec, Literal, ModelSpec, NestOf, TensorRef } from "./spec.ts";

/** A spec as text: what somebody wrote, a line a layer and call, each with its place. */
export function printSpec(spec: ModelSpec): string {
  return `${printable(lines(spec, "").join("\n"))}\n`;
}

function lines(spec: ModelSpec, indent: string): string[] {
  const inside = `${indent}  `;
  const ends =
    spec.class_name === "Functional"
      ? [`${inside}inputs ${nest(spec.inputs)}`, `${inside}outputs ${nest(spec.outputs)}`]
      : [];
  return [
    `${indent}${spec.class_name} ${spec.name}${spec.trainable ? "" : " frozen"}${place(spec.at)}`,
    ...spec.layers.flatMap((layer) => layerLines(layer, inside)),
    ...ends,
    ...compileLines(spec, inside),
  ];
}

function layerLines(layer: LayerSpec, indent: string): string[] {
  const calls = layer.calls.map((call, k) => `${indent}  call ${k}: ${callText(call)}${place(call.at)}`);
  if (layer.model) return [...lines({ ...layer.model, name: layer.name }, indent), ...calls];
  return [`${indent}${layer.class_name} ${layer.name}${config(layer.config)}${place(layer.at)}`, ...calls];
}

function compileLines({ compile }: ModelSpec, indent: string): string[] {
  if (!compile) return [];
  return [`${indent}compile${config(settingsOf(compile))}${place(compile.at)}`];
}

function config(given: object): string {
  const parts = Object.entries(given).map(([key, value]) => `${key}=${JSON.stringify(short(value))}`);
  return parts.length ? ` ${parts.join(", ")}` : "";
}

/** A Keras object without what only files need: its class, and its options where it has some. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(short);
  if (typeof value !== "object" || value === null) return value;
  const { class_name, config: options } = value as Readonly<Record<string, unknown>>;
  if (typeof class_name !== "string")
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, short(part)]));
  if (class_name === "DTypePolicy")
    return (options as { readonly name?: unknown } | undefined)?.name ?? class_name;
  return { [class_name]: short(options) };
}

const callText = ({ args, kwargs }: CallSpec): string =>
  [...args.map(argument), ...Object.entries(kwargs).map(([key, value]) => `${key}=${argument(value)}`)].join(
    ", ",
  );

function argument(value: Argument): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return nest(value as NestOf<TensorRef>);
}

function nest(value: NestOf<TensorRef>): string {
  if (Array.isArray(value)) return `[${(value as readonly Argument[]).map(argument).join(", ")}]`;
  const ref = value as TensorRef | Literal;
  if (ref.kind === "tensor") return `${ref.layer}[${ref.node}][${ref.tensor}]`;
  if (ref.kind === "ellipsis") return "...";
  if (ref.kind === "slice") return [ref.start, ref.stop, ref.step].map((part) => part ?? "").join(":");
  if (ref.kind === "array") return `array of ${JSON.stringify(ref.shape)}`;
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}: ${argument(part as Argument)}`)
    .join(", ")}}`;
}

function place({ line, column, path }: Where): string {
  if (line !== undefined) return `   ; line ${line}${column === undefined ? "" : `:${column}`}`;
  return path ? `   ; ${path}` : "";
}

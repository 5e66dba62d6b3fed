import { flag, nullable, oneOf, type Optional } from "../fields.ts";
import { show } from "../fields/schema.ts";
import { defineInitializer, misfit } from "../initializer.ts";
import { sampled, windows } from "./windows.ts";

const f32 = Math.fround;
type Window = string | readonly number[] | null;

const window: Optional<Window> = {
  schema: {
    anyOf: [{ type: "null" }, { type: "string" }, { type: "array", items: { type: "number" } }],
    description: "the name of a window, a list of numbers, or null",
  },
  default: "hann",
  read(value, report) {
    if (typeof value === "string" && !windows.has(value)) {
      report({ expected: `one of ${[...windows.keys()].map(show).join(", ")}`, received: show(value) });
    }
    return value as Window;
  },
};

function samples(chosen: Window, shape: readonly number[], periodic: boolean): Float32Array | undefined {
  if (chosen === null) return undefined;
  if (typeof chosen === "string") return Float32Array.from(sampled(windows.get(chosen)!, shape[0], periodic));
  if (chosen.length !== shape[0])
    misfit("STFT", `a first axis of ${chosen.length}, as its window has`, shape);
  return Float32Array.from(chosen);
}

function norm(w: Float32Array | undefined, scaling: "density" | "spectrum" | null): number {
  if (!w || !scaling) return 1;
  return scaling === "density"
    ? Math.sqrt(w.reduce((s, v) => s + v * v, 0))
    : w.reduce((s, v) => s + Math.abs(v), 0);
}

export default defineInitializer({
  name: "STFT",
  aliases: ["stft", "STFTInitializer"],
  doc: "waves cos(−2π·t·f / F) or sin, times a window: a kernel (T, 1, F/2 + 1) that makes a spectrum",
  config: {
    side: oneOf(["real", "imag"], "real"),
    window,
    scaling: { ...nullable(oneOf(["density", "spectrum"])), default: "density" as const },
    periodic: flag(false),
  },
  since: "3.8",
  random: false,
  draw(c, shape) {
    if (shape.length !== 3) misfit("STFT", "a weight of rank 3", shape);
    const [length, channels, frequencies] = shape;
    const w = samples(c.window, shape, c.periodic);
    const scale = f32(norm(w, c.scaling));
    const wave = c.side === "real" ? Math.cos : Math.sin;
    const one = (k: number): number => {
      const t = Math.floor(k / frequencies);
      const angle = f32(f32(-2 * t * f32((k % frequencies) / ((frequencies - 1) * 2))) * f32(Math.PI));
      return w ? f32(f32(wave(angle)) * w[t]) / scale : wave(angle);
    };
    if (channels !== 1) misfit("STFT", "a second axis of 1", shape);
    return Float32Array.from({ length: length * frequencies }, (_, k) => one(k));
  },
});

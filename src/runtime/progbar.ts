import { exponential } from "./python-text.ts";

/** Keras 3.15's progress bar as text; when to write it is decided here too. `seconds` is the time since the bar began. */
export interface Progress {
  /** Draws where it is time to; the last call of an epoch, with `last`, always does. Values in the order they are shown. */
  update(
    current: number,
    seconds: number,
    values: readonly (readonly [string, number])[],
    last?: boolean,
  ): string;
}

const WIDTH = 20;
const INTERVAL = 0.05;
const ESC = "\u001b[";

interface State {
  shown: number;
  seen: number;
  drawn: number;
  /** Time of the first step, which is left out of the time a step. */
  first: number | undefined;
  readonly values: Map<string, number>;
}

/** `verbose` 1: a bar drawn over itself on a terminal (elsewhere its last state, once); 2: one line at the end. */
export function progress(target: number, verbose: 1 | 2, terminal: boolean): Progress {
  const state: State = { shown: 0, seen: 0, drawn: -Infinity, first: undefined, values: new Map() };
  return {
    update(current, seconds, values, last = false) {
      for (const [name, value] of values) state.values.set(name, value);
      state.seen = current;
      const text =
        verbose === 1 ? bar(state, target, seconds, terminal, last) : line(state, target, seconds, last);
      if (current === 1) state.first = seconds;
      return text;
    },
  };
}

function bar(state: State, target: number, seconds: number, terminal: boolean, last: boolean): string {
  if (!last && (!terminal || seconds - state.drawn < INTERVAL)) return "";
  const counter = `${String(state.seen).padStart(String(target).length)}/${target}`;
  const done = Math.trunc((WIDTH * state.seen) / target);
  const time = stepTime(state, seconds);
  const clock = last ? `${round(seconds)}s` : remaining(time * (target - state.seen));
  const tail = ` ${perStep(time)}${shown(state, true)}`;
  if (!terminal) return `${counter} ${"━".repeat(WIDTH)} ${clock}${tail}\n`;
  const full = done > 0 ? `${ESC}32m${"━".repeat(done)}${ESC}0m` : "";
  const drawn = `${ESC}1m${counter}${ESC}0m ${full}${ESC}37m${"━".repeat(WIDTH - done)}${ESC}0m ${ESC}1m${clock}${ESC}0m${tail}`;
  const width = counter.length + 1 + WIDTH + 1 + clock.length + tail.length;
  const before = state.shown;
  state.shown = width;
  state.drawn = seconds;
  return `${"\b".repeat(before)}\r${drawn}${" ".repeat(Math.max(0, before - width))}${last ? "\n" : ""}`;
}

function line(state: State, target: number, seconds: number, last: boolean): string {
  if (!last) return "";
  const counter = `${String(state.seen).padStart(String(target).length)}/${target}`;
  return `${counter} - ${round(seconds)}s - ${perStep(stepTime(state, seconds))}${shown(state, false)}\n`;
}

/** Seconds a step, the first not counted. */
function stepTime({ seen, first }: State, seconds: number): number {
  if (seen > 1 && first !== undefined) return (seconds - first) / (seen - 1);
  return seen > 0 ? seconds / seen : seconds;
}

function perStep(time: number): string {
  if (time >= 1 || time === 0) return `${round(time)}s/step`;
  return time >= 1e-3 ? `${round(time * 1e3)}ms/step` : `${round(time * 1e6)}us/step`;
}

function remaining(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (x: number): string => String(x).padStart(2, "0");
  if (seconds > 3600)
    return `${Math.trunc(whole / 3600)}:${two(Math.trunc((whole % 3600) / 60))}:${two(whole % 60)}`;
  return seconds > 60 ? `${Math.trunc(whole / 60)}:${two(whole % 60)}` : `${whole}s`;
}

/** verbose 2 of Keras forgets the sign: small and negative numbers are written with an exponent. */
function shown({ values }: State, absolute: boolean): string {
  return [...values].map(([name, v]) => ` - ${name}: ${number(v, absolute)}`).join("");
}
function number(v: number, absolute: boolean): string {
  if (Number.isNaN(v)) return "nan";
  if (!Number.isFinite(v)) return v > 0 ? "inf" : "-inf";
  return (absolute ? Math.abs(v) : v) > 1e-3 ? v.toFixed(4) : exponential(v, 4);
}
/** Python's %.0f: halves go to the even number. */
function round(x: number): string {
  const down = Math.floor(x);
  const rest = x - down;
  return String(rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down);
}

import { fixed } from "./conversions.ts";
import { describe, floatText, is, isNumber, repr, str, tuple, type Value } from "./values.ts";
import { fail, spendSize, type World } from "./world.ts";

/** Fill, alignment, sign, `#`, zeros, width, grouping, precision and type, as Python's `format` has them. */
const spec = /^(?:([^])?([<>=^]))?([-+ ]?)(#?)(0?)(\d{0,4})([,_]?)(?:\.(\d{1,3}))?([a-zA-Z%]?)$/;

interface Spec {
  readonly sign: string;
  readonly alternate: boolean;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

/** `format(v, spec)`. */
export function formatValue(w: World, v: Value, format: string, offset: number): string {
  if (format === "") return str(v);
  const [whole, given, align, sign, hash, zero, width, grouping, digits, type] =
    spec.exec(format) ?? ([] as readonly string[]);
  if (whole === undefined) return unread(w, format, offset);
  const precision = digits === undefined ? undefined : Number(digits);
  const text =
    isNumber(v) && type !== "s" && (typeof v !== "boolean" || type !== "")
      ? numberText(w, v, { sign, alternate: hash === "#", grouping, precision, type }, offset)
      : typeof v === "string" || is(v, "list", "tuple", "dict") || v === null || typeof v === "boolean"
        ? textOf(w, v, type, precision, offset)
        : fail(w, offset, "python-format", `Python cannot format ${describe(v)} like this.`, {
            received: format,
          });
  const side = align ?? (zero ? "=" : isNumber(v) ? ">" : "<");
  return spendSize(w, padded(text, Number(width), given ?? (zero ? "0" : " "), side), offset);
}

/** Characters that a width or a precision may ask for. */
const MAX_WIDTH = 9999;
const MAX_PRECISION = 999;

function unread(w: World, format: string, offset: number): never {
  const [width, precision] = [/(?<![.\d])\d{5,}/, /(?<=\.)\d{4,}/].map((one) => one.exec(format)?.[0]);
  if (width !== undefined || precision !== undefined)
    return fail(w, offset, "python-size", "This format asks for too many characters.", {
      expected:
        width === undefined ? `a precision of at most ${MAX_PRECISION}` : `a width of at most ${MAX_WIDTH}`,
      received: format,
    });
  return fail(w, offset, "python-format", "Python does not know this format.", {
    expected: "for example d, 02d, .2f, >10, , or %",
    received: format,
  });
}

function textOf(w: World, v: Value, type: string, precision: number | undefined, offset: number): string {
  if (type !== "" && type !== "s")
    fail(w, offset, "python-format", `The format ${type} is for numbers.`, { received: describe(v) });
  return str(v).slice(0, precision);
}

function padded(text: string, width: number, fill: string, align: string): string {
  const missing = Math.max(0, width - text.length);
  if (align === "<") return text + fill.repeat(missing);
  if (align === ">") return fill.repeat(missing) + text;
  if (align === "^") return fill.repeat(missing >> 1) + text + fill.repeat(missing - (missing >> 1));
  const sign = /^[-+ ]?/.exec(text)![0];
  return sign + fill.repeat(missing) + text.slice(sign.length);
}

function numberText(w: World, v: number | bigint | boolean, f: Spec, offset: number): string {
  const n = typeof v === "boolean" ? BigInt(v) : v;
  const negative = n < 0 || Object.is(n, -0);
  const size = negative ? -n : n;
  const body = "dxXobcn".includes(f.type || "?")
    ? typeof size === "bigint"
      ? wholeText(size, f)
      : fail(w, offset, "python-format", `The format ${f.type} is for whole numbers.`, {
          received: describe(v),
        })
    : typeof size === "bigint" && f.type === ""
      ? String(size)
      : floatBody(w, Number(size), f, offset);
  return (negative ? "-" : f.sign === "-" ? "" : f.sign) + grouped(body, f.grouping);
}

function wholeText(n: bigint, { type, alternate }: Spec): string {
  const bases: Readonly<Record<string, readonly [number, string]>> = {
    x: [16, "0x"],
    X: [16, "0X"],
    o: [8, "0o"],
    b: [2, "0b"],
  };
  if (type === "c") return String.fromCodePoint(Math.min(Number(n), 0x10ffff));
  const [base, prefix] = Object.hasOwn(bases, type) ? bases[type] : ([10, ""] as const);
  const digits = n.toString(base);
  return (alternate ? prefix : "") + (type === "X" ? digits.toUpperCase() : digits);
}

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, "e$10$2");

function floatBody(w: World, n: number, { type, precision, alternate }: Spec, offset: number): string {
  if (!Number.isFinite(n)) return floatText(n) + (type === "%" ? "%" : "");
  const digits = Math.min(precision ?? 6, 100);
  switch (type) {
    case "f":
    case "F":
      return fixed(n, digits);
    case "%":
      return `${fixed(n * 100, digits)}%`;
    case "e":
    case "E":
      return type === "E"
        ? exponent(n.toExponential(digits)).toUpperCase()
        : exponent(n.toExponential(digits));
    case "g":
    case "G":
      return general(n, precision ?? 6, alternate);
    case "":
      return precision === undefined ? floatText(n) : general(n, precision, false, true);
    default:
      return unread(w, type, offset);
  }
}

/** `g`: as many digits as asked for, an exponent where the number is far from 1. `keep`: one digit behind the point stays. */
function general(n: number, precision: number, alternate: boolean, keep = false): string {
  const digits = Math.min(100, Math.max(1, precision));
  const [, power] = /e([+-]\d+)$/.exec(n.toExponential(digits - 1))!;
  const trim = (text: string): string =>
    alternate || !text.includes(".") ? text : text.replace(/\.?0+$/, "");
  if (Number(power) < -4 || Number(power) >= digits - (keep ? 1 : 0)) {
    const [mantissa, tail] = n.toExponential(digits - 1).split("e");
    return exponent(`${trim(mantissa)}e${tail}`);
  }
  const text = trim(n.toFixed(Math.min(100, Math.max(0, digits - 1 - Number(power)))));
  return keep && !text.includes(".") ? `${text}.0` : text;
}

function grouped(text: string, by: string): string {
  if (by === "") return text;
  const [, whole, rest] = /^(\d*)([^]*)$/.exec(text)!;
  return whole.replace(/\B(?=(\d{3})+$)/g, by) + rest;
}

/** `"…".format(…)`. */
export function formatText(
  w: World,
  text: string,
  args: readonly Value[],
  named: (name: string) => Value | undefined,
  offset: number,
): string {
  let next = 0;
  const made = text.replace(
    /\{\{|\}\}|\{(\w*)((?:\[\w+\])*)(?:!([rsa]))?(?::((?:[^{}]|\{\w*\})*))?\}/g,
    (whole: string, name: string | undefined, items = "", show = "", inner = "") => {
      if (name === undefined) return whole[0];
      const take = (key: string): Value => {
        const v = key === "" ? args[next++] : /^\d+$/.test(key) ? args[Number(key)] : named(key);
        return v === undefined ? fail(w, offset, "python-format", `There is no argument for {${key}}.`) : v;
      };
      const v = [...items.matchAll(/\[(\w+)\]/g)].reduce(
        (owner, [, key]) => item(w, owner, key, offset),
        take(name),
      );
      const format = inner.replace(/\{(\w*)\}/g, (_: string, key: string) => str(take(key)));
      return show === "r" ? formatValue(w, repr(v), format, offset) : formatValue(w, v, format, offset);
    },
  );
  return spendSize(w, made, offset);
}
function item(w: World, owner: Value, key: string, offset: number): Value {
  const found = is(owner, "dict")
    ? owner.entries.get(key)
    : is(owner, "list", "tuple")
      ? owner.items[Number(key)]
      : undefined;
  return found === undefined
    ? fail(w, offset, "python-format", `There is no item [${key}] to format.`)
    : found;
}

/** `"…" % values`. */
export function percentText(w: World, text: string, right: Value, offset: number): string {
  const values = is(right, "tuple") ? right.items : [right];
  let next = 0;
  const made = text.replace(
    /%(?:\((\w+)\))?([-+ #0]*)(\*|\d*)(?:\.(\*|\d+))?[lh]?([a-zA-Z%])/g,
    (
      whole: string,
      name: string | undefined,
      flags: string,
      width: string,
      digits: string | undefined,
      type: string,
    ) => {
      if (type === "%") return "%";
      const take = (): Value =>
        next < values.length
          ? values[next++]
          : fail(w, offset, "python-format", "There are fewer values than % signs in the text.");
      const [wide, precise] = [width, digits].map((one) => (one === "*" ? str(take()) : one));
      const v = name === undefined ? take() : item(w, right, name, offset);
      return onePercent(w, v, { flags, width: wide!, digits: precise, type, whole }, offset);
    },
  );
  if (next < values.length && !is(right, "dict"))
    fail(w, offset, "python-format", "There are more values than % signs in the text.", {
      received: describe(tuple(values)),
    });
  return spendSize(w, made, offset);
}

interface Percent {
  readonly flags: string;
  readonly width: string;
  readonly digits: string | undefined;
  readonly type: string;
  readonly whole: string;
}
function onePercent(
  w: World,
  v: Value,
  { flags, width, digits, type, whole }: Percent,
  offset: number,
): string {
  const point = digits === undefined ? "" : `.${digits}`;
  const sign = flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const left = flags.includes("-") ? "<" : "";
  if (type === "s" || type === "r" || type === "a")
    return formatValue(w, type === "s" ? str(v) : repr(v), `${left || ">"}${width}${point}`, offset);
  if (!isNumber(v))
    return fail(w, offset, "python-format", `${whole} is for numbers.`, { received: describe(v) });
  const n = "diu".includes(type)
    ? BigInt(Math.trunc(Number(v)))
    : type === "x" || type === "o"
      ? v
      : Number(v);
  const zero = flags.includes("0") && left === "" ? "0" : "";
  const kind = "iu".includes(type) ? "d" : type;
  if ("diuxo".includes(type) && digits !== undefined) {
    const head = Number(v) < 0 ? "-" : sign;
    const least = zero ? Math.max(Number(digits), Number(width) - head.length) : digits;
    const body = formatValue(w, Number(v) < 0 ? -n : n, `0${least}${kind}`, offset);
    return formatValue(w, head + body, `${left || ">"}${width}`, offset);
  }
  return formatValue(
    w,
    n,
    `${left}${sign}${zero}${width}${"diuxo".includes(type) ? "" : point}${kind}`,
    offset,
  );
}

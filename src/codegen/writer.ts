/** Text with indentation: the only thing that knows about layout in generated source. */
export class Writer {
  private readonly lines: string[] = [];
  private depth = 0;

  line(text = ""): this {
    this.lines.push(text === "" ? "" : "  ".repeat(this.depth) + text);
    return this;
  }
  /** `open`, the lines of `body` indented, `close`. */
  block(open: string, body: () => void, close = "}"): this {
    this.line(open);
    this.depth++;
    body();
    this.depth--;
    return this.line(close);
  }
  /** A rule with a heading, as wide as the page. */
  heading(text: string): this {
    return this.line()
      .line(`// ── ${text} ${"─".repeat(Math.max(3, 100 - text.length))}`)
      .line();
  }
  toString(): string {
    return `${this.lines.join("\n")}\n`;
  }
}

/** A float32 as the shortest decimal that reads back as the same float32. */
export function number(x: number): string {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "Infinity" : "-Infinity";
  for (let digits = 1; digits < 18; digits++) {
    const text = Number(x.toPrecision(digits));
    if (Math.fround(text) === Math.fround(x)) return Object.is(text, -0) ? "-0" : String(text);
  }
  return String(x);
}

/** Words that generated TypeScript, JavaScript or the bundle around it may not use as a name. */
const RESERVED = new Set(
  (
    "abstract any arguments as async await boolean break case catch class const continue debugger declare default delete do " +
    "else enum eval export extends false finally float for from function get if implements import in infinity instanceof " +
    "int interface is let math module nan new null number object of package private protected public return set static " +
    "string super switch symbol this throw true try type typeof undefined unknown var void while with yield n f u memory " +
    "forward backward step run sigmoid load predict uniform constructor prototype atob erf decode floats views flat sizes gather copy check golden " +
    "checksum program sums"
  ).split(" "),
);

/** Makes identifiers of `[a-z0-9_]` out of any text, each once. */
export class Names {
  private readonly used = new Set<string>();
  private readonly outer: Names | undefined;

  /** Names inside a scope: those of `outer` are taken too. */
  constructor(outer?: Names) {
    this.outer = outer;
  }

  /** A fresh identifier that reads like `text`; nothing of `text` but ASCII letters and digits survives. */
  fresh(text: string): string {
    const plain = text
      .slice(0, 60)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^_+|_+$/g, "");
    const safe = plain === "" || /^[0-9]/.test(plain) ? `x_${plain}` : plain;
    // s00, a1, b2 are the locals of tiles, i, j, k the loops
    const taken = RESERVED.has(safe) || /^[sab]_?[0-9]+(_[0-9]+)?$|^[a-z][0-9]?$/.test(safe);
    const stem = taken ? `${safe}_` : safe;
    let name = stem;
    for (let k = 1; this.has(name); k++) name = `${stem}_${k}`;
    this.used.add(name);
    return name;
  }

  private has(name: string): boolean {
    return this.used.has(name) || (this.outer?.has(name) ?? false);
  }
}

import type { IToken } from "chevrotain";
import type { Expr, ImportName, Placed, Statement } from "./ast.ts";
import { ExpressionGrammar } from "./expression-grammar.ts";
import * as t from "./tokens.ts";

/** Statements of one line. */
export abstract class LineGrammar extends ExpressionGrammar {
  protected readonly line = this.RULE("line", (): Statement[] => {
    const body: Statement[] = [];
    body.push(this.SUBRULE(this.#small));
    this.MANY(() => {
      this.CONSUME(t.Semicolon);
      this.OPTION(() => body.push(this.SUBRULE2(this.#small)));
    });
    this.CONSUME(t.Newline);
    return body;
  });

  readonly #small = this.RULE("small", (): Statement =>
    this.OR<Statement>([
      { ALT: () => this.SUBRULE(this.#import) },
      { ALT: () => this.SUBRULE(this.#from) },
      { ALT: () => this.SUBRULE(this.#return) },
      { ALT: () => this.SUBRULE(this.#delete) },
      { ALT: () => this.SUBRULE(this.#assert) },
      { ALT: () => this.SUBRULE(this.#raise) },
      { ALT: () => this.SUBRULE(this.#yield) },
      { ALT: () => this.SUBRULE(this.#scope) },
      { ALT: () => this.#word(this.CONSUME(t.Pass), "pass") },
      { ALT: () => this.#word(this.CONSUME(t.Break), "break") },
      { ALT: () => this.#word(this.CONSUME(t.Continue), "continue") },
      { ALT: () => this.SUBRULE(this.#assignment) },
    ]),
  );

  #word(token: IToken, kind: "pass" | "break" | "continue"): Statement {
    return { kind, offset: token.startOffset, end: this.end() };
  }

  /** Offset behind the last token read. */
  protected end(): number {
    return (this.LA(0)?.endOffset ?? 0) + 1;
  }

  readonly #assignment = this.RULE("assignment", (): Statement => {
    const first = this.SUBRULE(this.tuple);
    const parts: { op: string; value: Expr }[] = [];
    let note: { value?: Expr } | undefined;
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.test);
      note = {};
    });
    this.MANY(() => {
      const op = this.CONSUME(t.AssignOp).image;
      parts.push({ op, value: this.SUBRULE2(this.tuple) });
    });
    return this.ACTION(() => assignment(first, parts, note, { offset: first.offset, end: this.end() }));
  });

  readonly #import = this.RULE("import", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Import);
    const names: ImportName[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const { text, offset: place } = this.SUBRULE(this.#dotted);
        const as = this.OPTION(() => {
          this.CONSUME(t.As);
          return this.CONSUME(t.Name).image;
        });
        names.push({ name: text, as, offset: place });
      },
    });
    return { kind: "import", names, offset, end: this.end() };
  });

  readonly #dotted = this.RULE("dotted", (): { text: string } & Placed => {
    const first = this.CONSUME(t.Name);
    let text = first.image;
    this.MANY(() => {
      this.CONSUME(t.Dot);
      text += `.${this.CONSUME2(t.Name).image}`;
    });
    return { text, offset: first.startOffset };
  });

  /** `a.b`, or `.a` beside this file. */
  readonly #home = this.RULE("home", (): { text: string; offset: number } =>
    this.OR([
      { ALT: () => this.SUBRULE(this.#dotted) },
      {
        ALT: () => {
          let text = "";
          this.AT_LEAST_ONE(() => {
            text += this.OR2([
              { ALT: () => this.CONSUME(t.Dot) },
              { ALT: () => this.CONSUME(t.Ellipsis) },
            ]).image;
          });
          const name = this.OPTION(() => this.SUBRULE2(this.#dotted));
          return { text: text + (name?.text ?? ""), offset: name?.offset ?? this.end() };
        },
      },
    ]),
  );

  readonly #from = this.RULE("from", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.From);
    const { text: module, offset: module_at } = this.SUBRULE(this.#home);
    this.CONSUME(t.Import);
    const names: ImportName[] = [];
    const star = this.OR<boolean>([
      { ALT: () => this.CONSUME(t.Star) !== undefined },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.SUBRULE(this.#names, { ARGS: [names] });
          this.CONSUME(t.RParen);
          return false;
        },
      },
      {
        ALT: () => {
          this.SUBRULE2(this.#names, { ARGS: [names] });
          return false;
        },
      },
    ]);
    return { kind: "from", module, module_at, names: star ? "*" : names, offset, end: this.end() };
  });

  readonly #names = this.RULE("names", (names: ImportName[]): void => {
    let more = true;
    this.AT_LEAST_ONE({
      GATE: () => more,
      DEF: () => {
        const name = this.CONSUME(t.Name);
        const as = this.OPTION(() => {
          this.CONSUME(t.As);
          return this.CONSUME2(t.Name).image;
        });
        this.ACTION(() => names.push({ name: name.image, as, offset: name.startOffset }));
        more = this.OPTION2(() => this.CONSUME(t.Comma)) !== undefined;
      },
    });
  });

  readonly #return = this.RULE("return", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Return);
    const value = this.OPTION(() => this.SUBRULE(this.tuple));
    return { kind: "return", value, offset, end: this.end() };
  });

  readonly #delete = this.RULE("delete", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Del);
    const targets: Expr[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => targets.push(this.SUBRULE(this.postfix)) });
    return { kind: "delete", targets, offset, end: this.end() };
  });

  readonly #assert = this.RULE("assert", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Assert);
    const test = this.SUBRULE(this.test);
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.SUBRULE2(this.test);
    });
    return { kind: "assert", test, offset, end: this.end() };
  });

  readonly #raise = this.RULE("raise", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Raise);
    const value = this.OPTION(() => this.SUBRULE(this.test));
    this.OPTION2(() => {
      this.CONSUME(t.From);
      this.SUBRULE2(this.test);
    });
    return { kind: "raise", value, offset, end: this.end() };
  });

  readonly #yield = this.RULE("yield", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Yield);
    this.OPTION(() => this.CONSUME(t.From));
    this.OPTION2(() => this.SUBRULE(this.tuple));
    return { kind: "yield", offset, end: this.end() };
  });

  readonly #scope = this.RULE("scope", (): Statement => {
    const word = this.OR([{ ALT: () => this.CONSUME(t.Global) }, { ALT: () => this.CONSUME(t.Nonlocal) }]);
    const names: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => names.push(this.CONSUME(t.Name).image) });
    return {
      kind: "scope",
      word: word.image as "global" | "nonlocal",
      names,
      offset: word.startOffset,
      end: this.end(),
    };
  });
}

function assignment(
  first: Expr,
  parts: readonly { op: string; value: Expr }[],
  note: { value?: Expr } | undefined,
  place: { offset: number; end: number },
): Statement {
  const last = parts.at(-1);
  if (note) return { kind: "annotate", target: first, value: last?.value, ...place };
  if (last === undefined) return { kind: "expression", value: first, ...place };
  if (last.op !== "=")
    return { kind: "augment", target: first, op: last.op.slice(0, -1), value: last.value, ...place };
  return {
    kind: "assign",
    targets: [first, ...parts.slice(0, -1).map((part) => part.value)],
    value: last.value,
    ...place,
  };
}

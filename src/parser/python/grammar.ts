import type { IParserErrorMessageProvider, IToken } from "chevrotain";
import type { Expr, ImportName, Parameter, Placed, Statement } from "./ast.ts";
import { ExpressionGrammar, type Literals } from "./expression-grammar.ts";
import * as t from "./tokens.ts";

type Body = Statement[];

/** Python's grammar, the declarative part: tokens to syntax tree. What the tree means is said elsewhere. */
export class PythonGrammar extends ExpressionGrammar {
  constructor(words: IParserErrorMessageProvider, literals: Literals) {
    super(words, literals);
    this.performSelfAnalysis();
  }

  /** A top-level statement with its blocks, or several small ones on a line. */
  readonly statement = this.RULE("statement", (): Body =>
    this.OR<Body>([
      { ALT: () => [this.SUBRULE(this.#if)] },
      { ALT: () => [this.SUBRULE(this.#for)] },
      { ALT: () => [this.SUBRULE(this.#def)] },
      { ALT: () => this.SUBRULE(this.#line) },
    ]),
  );

  readonly #block = this.RULE("block", (): Body => {
    const body: Body = [];
    this.CONSUME(t.Colon);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Newline);
          this.CONSUME(t.Indent);
          this.AT_LEAST_ONE(() => body.push(...list(this.SUBRULE(this.statement))));
          this.CONSUME(t.Dedent);
        },
      },
      { ALT: () => body.push(...list(this.SUBRULE(this.#line))) },
    ]);
    return body;
  });

  readonly #line = this.RULE("line", (): Body => {
    const body: Body = [];
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
      { ALT: () => this.#word(this.CONSUME(t.Pass), "pass") },
      { ALT: () => this.#word(this.CONSUME(t.Break), "break") },
      { ALT: () => this.#word(this.CONSUME(t.Continue), "continue") },
      { ALT: () => this.SUBRULE(this.#assignment) },
    ]),
  );

  #word(token: IToken, kind: "pass" | "break" | "continue"): Statement {
    return { kind, offset: token.startOffset, end: this.#end() };
  }

  /** Offset behind the last token read. */
  #end(): number {
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
    return this.ACTION(() => assignment(first, parts, note, { offset: first.offset, end: this.#end() }));
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
    return { kind: "import", names, offset, end: this.#end() };
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

  readonly #from = this.RULE("from", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.From);
    const module = this.SUBRULE(this.#dotted).text;
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
    return { kind: "from", module, names: star ? "*" : names, offset, end: this.#end() };
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
    return { kind: "return", value, offset, end: this.#end() };
  });

  readonly #delete = this.RULE("delete", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Del);
    const targets: Expr[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => targets.push(this.SUBRULE(this.postfix)) });
    return { kind: "delete", targets, offset, end: this.#end() };
  });

  /** Assertions say nothing about the model; they are read and passed over. */
  readonly #assert = this.RULE("assert", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Assert);
    this.SUBRULE(this.tuple);
    return { kind: "pass", offset, end: this.#end() };
  });

  readonly #if = this.RULE("if", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.If);
    const branches: { test: Expr; body: Body }[] = [];
    const test = this.SUBRULE(this.test);
    const end = this.#end();
    branches.push({ test, body: this.SUBRULE(this.#block) });
    this.MANY(() => {
      this.CONSUME(t.Elif);
      branches.push({ test: this.SUBRULE2(this.test), body: this.SUBRULE2(this.#block) });
    });
    const otherwise = this.SUBRULE(this.#else);
    return { kind: "if", branches, otherwise, offset, end };
  });

  readonly #else = this.RULE("else", (): Body => {
    const body = this.OPTION(() => {
      this.CONSUME(t.Else);
      return this.SUBRULE(this.#block);
    });
    return body ?? [];
  });

  readonly #for = this.RULE("for", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.For);
    const target = this.SUBRULE(this.targets);
    this.CONSUME(t.In);
    const over = this.SUBRULE(this.tuple);
    const end = this.#end();
    const body = this.SUBRULE(this.#block);
    return { kind: "for", target, over, body, otherwise: this.SUBRULE(this.#else), offset, end };
  });

  readonly #def = this.RULE("def", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Def);
    const name = this.CONSUME(t.Name).image;
    const parameters: Parameter[] = [];
    this.CONSUME(t.LParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => parameters.push(this.SUBRULE(this.#parameter)) });
    this.CONSUME(t.RParen);
    this.OPTION(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.test);
    });
    const end = this.#end();
    return { kind: "def", name, parameters, body: this.SUBRULE(this.#block), offset, end };
  });

  readonly #parameter = this.RULE("parameter", (): Parameter =>
    this.OR<Parameter>([
      {
        // A star alone: what follows is passed by keyword only.
        ALT: () => {
          const { startOffset: offset } = this.CONSUME(t.Star);
          const name = this.OPTION(() => this.CONSUME(t.Name).image);
          return { name: name ?? "", star: "*", offset };
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.StarStar);
          const name = this.CONSUME2(t.Name);
          return { name: name.image, star: "**", offset: name.startOffset };
        },
      },
      { ALT: () => this.SUBRULE(this.#named) },
    ]),
  );

  readonly #named = this.RULE("named", (): Parameter => {
    const name = this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.test);
    });
    const value = this.OPTION2(() => {
      this.CONSUME(t.Equals);
      return this.SUBRULE2(this.test);
    });
    return { name: name.image, default: value, offset: name.startOffset };
  });
}

/** While chevrotain records the grammar a rule's result is not a list yet. */
const list = <T>(value: T[]): T[] => (Array.isArray(value) ? value : []);

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

import type { IParserErrorMessageProvider } from "chevrotain";
import type { CallArg, Case, Expr, Handler, Parameter, Statement } from "./ast.ts";
import type { Literals } from "./expression-grammar.ts";
import { LineGrammar } from "./line-grammar.ts";
import * as t from "./tokens.ts";

type Body = Statement[];
type WithItem = { value: Expr; target?: Expr };

/** Python's grammar, the declarative part: tokens to syntax tree. What the tree means is said elsewhere. */
export class PythonGrammar extends LineGrammar {
  constructor(words: IParserErrorMessageProvider, literals: Literals) {
    super(words, literals);
    this.performSelfAnalysis();
  }

  /** A top-level statement with its blocks, or several small ones on a line. */
  readonly statement = this.RULE("statement", (): Body =>
    this.OR<Body>([
      { ALT: () => [this.SUBRULE(this.#if)] },
      { ALT: () => [this.SUBRULE(this.#for)] },
      { ALT: () => [this.SUBRULE(this.#while)] },
      { ALT: () => [this.SUBRULE(this.#with)] },
      { ALT: () => [this.SUBRULE(this.#try)] },
      { ALT: () => [this.SUBRULE(this.#match)] },
      { ALT: () => [this.SUBRULE(this.#decorated)] },
      { ALT: () => this.SUBRULE(this.line) },
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
      { ALT: () => body.push(...list(this.SUBRULE(this.line))) },
    ]);
    return body;
  });

  readonly #if = this.RULE("if", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.If);
    const branches: { test: Expr; body: Body }[] = [];
    const test = this.SUBRULE(this.test);
    const end = this.end();
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
    const end = this.end();
    const body = this.SUBRULE(this.#block);
    return { kind: "for", target, over, body, otherwise: this.SUBRULE(this.#else), offset, end };
  });

  readonly #while = this.RULE("while", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.While);
    const test = this.SUBRULE(this.test);
    const end = this.end();
    const body = this.SUBRULE(this.#block);
    return { kind: "while", test, body, otherwise: this.SUBRULE(this.#else), offset, end };
  });

  readonly #with = this.RULE("with", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.With);
    const items: WithItem[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => items.push(this.SUBRULE(this.#context)) });
    const end = this.end();
    return { kind: "with", items, body: this.SUBRULE(this.#block), offset, end };
  });

  readonly #context = this.RULE("context", (): WithItem => {
    const value = this.SUBRULE(this.test);
    const target = this.OPTION(() => {
      this.CONSUME(t.As);
      return this.SUBRULE(this.postfix);
    });
    return { value, target };
  });

  readonly #try = this.RULE("try", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Try);
    const end = this.end();
    const handlers: Handler[] = [];
    const body = this.SUBRULE(this.#block);
    this.MANY(() => handlers.push(this.SUBRULE(this.#except)));
    const otherwise = this.SUBRULE(this.#else);
    const last = this.OPTION(() => {
      this.CONSUME(t.Finally);
      return this.SUBRULE2(this.#block);
    });
    return { kind: "try", body, handlers, otherwise, last: last ?? [], offset, end };
  });

  readonly #except = this.RULE("except", (): Handler => {
    const { startOffset: offset } = this.CONSUME(t.Except);
    const type = this.OPTION(() => this.SUBRULE(this.tuple));
    const name = this.OPTION2(() => {
      this.CONSUME(t.As);
      return this.CONSUME(t.Name).image;
    });
    const end = this.end();
    return { type, name, body: this.SUBRULE(this.#block), offset, end };
  });

  readonly #match = this.RULE("match", (): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Match);
    const subject = this.SUBRULE(this.tuple);
    const end = this.end();
    const cases: Case[] = [];
    this.CONSUME(t.Colon);
    this.CONSUME(t.Newline);
    this.CONSUME(t.Indent);
    this.AT_LEAST_ONE(() => cases.push(this.SUBRULE(this.#case)));
    this.CONSUME(t.Dedent);
    return { kind: "match", subject, cases, offset, end };
  });

  readonly #case = this.RULE("case", (): Case => {
    const { startOffset: offset } = this.CONSUME(t.Case);
    const pattern = this.SUBRULE(this.#patterns);
    const guard = this.OPTION(() => {
      this.CONSUME(t.If);
      return this.SUBRULE(this.test);
    });
    return { pattern, guard, body: this.SUBRULE(this.#block), offset };
  });

  /** One pattern, or several with commas between them: a sequence. */
  readonly #patterns = this.RULE("patterns", (): Expr => {
    const items: Expr[] = [];
    let commas = 0;
    let more = true;
    this.AT_LEAST_ONE({
      GATE: () => more,
      DEF: () => {
        items.push(this.SUBRULE(this.#pattern));
        more = this.OPTION(() => this.CONSUME(t.Comma)) !== undefined;
        if (more) commas++;
      },
    });
    return commas > 0 ? { kind: "tuple", items, offset: items[0].offset } : items[0];
  });

  readonly #pattern = this.RULE("pattern", (): Expr => {
    const star = this.OPTION(() => this.CONSUME(t.Star));
    const value = this.SUBRULE(this.expression);
    return star ? { kind: "star", value, offset: star.startOffset } : value;
  });

  readonly #decorated = this.RULE("decorated", (): Statement => {
    const decorators: Expr[] = [];
    this.MANY(() => {
      this.CONSUME(t.At);
      decorators.push(this.SUBRULE(this.test));
      this.CONSUME(t.Newline);
    });
    return this.OR([
      { ALT: () => this.SUBRULE(this.#def, { ARGS: [decorators] }) },
      { ALT: () => this.SUBRULE(this.#class, { ARGS: [decorators] }) },
    ]);
  });

  readonly #class = this.RULE("class", (decorators: readonly Expr[]): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Class);
    const name = this.CONSUME(t.Name).image;
    const bases = this.OPTION(() => this.SUBRULE(this.call));
    const end = this.end();
    const body = this.SUBRULE(this.#block);
    return {
      kind: "class",
      name,
      bases: bases?.kind === "call" ? bases.args : ([] as readonly CallArg[]),
      decorators,
      body,
      offset,
      end,
    };
  });

  readonly #def = this.RULE("def", (decorators: readonly Expr[]): Statement => {
    const { startOffset: offset } = this.CONSUME(t.Def);
    const name = this.CONSUME(t.Name).image;
    const parameters: Parameter[] = [];
    this.CONSUME(t.LParen);
    this.separated(t.Comma, () => {
      // A slash alone says that what is before it goes by position: nobody breaks that in a snippet that runs.
      this.OR([
        { ALT: () => this.CONSUME(t.Slash) },
        { ALT: () => parameters.push(this.SUBRULE(this.#parameter)) },
      ]);
    });
    this.CONSUME(t.RParen);
    this.OPTION(() => {
      this.CONSUME(t.Arrow);
      this.SUBRULE(this.test);
    });
    const end = this.end();
    return { kind: "def", name, parameters, body: this.SUBRULE(this.#block), decorators, offset, end };
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
      { ALT: () => this.SUBRULE(this.#annotated) },
    ]),
  );

  readonly #annotated = this.RULE("annotated", (): Parameter => {
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

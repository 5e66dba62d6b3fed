import {
  EmbeddedActionsParser,
  type IParserErrorMessageProvider,
  type IToken,
  type ParserMethod,
  type TokenType,
} from "chevrotain";
import type { CallArg, DictEntry, Expr, Loop, Parameter, Trailer } from "./ast.ts";
import { type Piece, tree } from "./precedence.ts";
import * as t from "./tokens.ts";

/** How literals are read. */
export interface Literals {
  readonly string: (tokens: readonly IToken[]) => Expr;
  readonly number: (token: IToken) => Expr;
}

/** The rules of Python's expressions. */
export abstract class ExpressionGrammar extends EmbeddedActionsParser {
  readonly #literals: Literals;

  constructor(words: IParserErrorMessageProvider, literals: Literals) {
    super(t.vocabulary, { errorMessageProvider: words, maxLookahead: 2, skipValidations: true });
    this.#literals = literals;
  }

  protected readonly stars = this.RULE("stars", (): "*" | "**" =>
    this.OR<"*" | "**">([
      { ALT: () => this.#image(this.CONSUME(t.Star), "*") },
      { ALT: () => this.#image(this.CONSUME(t.StarStar), "**") },
    ]),
  );
  #image<T>(_token: IToken, value: T): T {
    return value;
  }

  /** One of what a rule reads, or several with commas between and perhaps behind them: a tuple. */
  #listed(rule: ParserMethod<[], Expr>): Expr {
    const first = this.SUBRULE(rule);
    const items = [first];
    let comma = false;
    let more = true;
    this.MANY({
      GATE: () => more,
      DEF: () => {
        this.CONSUME(t.Comma);
        comma = true;
        more = this.OPTION(() => items.push(this.SUBRULE2(rule))) !== undefined;
      },
    });
    return comma ? { kind: "tuple", items, offset: first.offset } : first;
  }

  /** What `for` assigns to: names, not operators, since `in` ends it. */
  protected readonly targets = this.RULE("targets", (): Expr => this.#listed(this.postfix));

  /** One value, or several with commas between them: a tuple. */
  protected readonly tuple = this.RULE("tuple", (): Expr => this.#listed(this.#item));

  readonly #item = this.RULE("item", (): Expr =>
    this.OR<Expr>([
      {
        ALT: () => {
          const { startOffset: offset } = this.CONSUME(t.Star);
          return { kind: "star", value: this.SUBRULE(this.expression), offset };
        },
      },
      { ALT: () => this.SUBRULE(this.test) },
    ]),
  );

  /** `a if test else b`, chained to the right, perhaps with a name by `:=`; or a lambda. */
  protected readonly test = this.RULE("test", (): Expr =>
    this.OR<Expr>([{ ALT: () => this.SUBRULE(this.#lambda) }, { ALT: () => this.SUBRULE(this.#named) }]),
  );

  readonly #named = this.RULE("assigned", (): Expr => {
    const first = this.SUBRULE(this.#choice);
    const value = this.OPTION(() => {
      this.CONSUME(t.Walrus);
      return this.SUBRULE2(this.#choice);
    });
    return value === undefined || first.kind !== "name"
      ? first
      : { kind: "walrus", name: first.name, value, offset: first.offset };
  });

  readonly #choice = this.RULE("choice", (): Expr => {
    const first = this.SUBRULE(this.expression);
    const items = [first];
    const tests: Expr[] = [];
    this.MANY(() => {
      this.CONSUME(t.If);
      tests.push(this.SUBRULE2(this.expression));
      this.CONSUME(t.Else);
      items.push(this.SUBRULE3(this.expression));
    });
    return tests.length === 0 ? first : { kind: "choice", items, tests, offset: first.offset };
  });

  readonly #lambda = this.RULE("lambda", (): Expr => {
    const { startOffset: offset } = this.CONSUME(t.Lambda);
    const parameters: Parameter[] = [];
    this.MANY_SEP({ SEP: t.Comma, DEF: () => parameters.push(this.SUBRULE(this.#argumentName)) });
    this.CONSUME(t.Colon);
    return { kind: "lambda", parameters, body: this.SUBRULE(this.test), offset };
  });

  readonly #argumentName = this.RULE("argumentName", (): Parameter => {
    const star = this.OPTION(() => this.SUBRULE(this.stars));
    const name = this.CONSUME(t.Name);
    const value = this.OPTION2(() => {
      this.CONSUME(t.Equals);
      return this.SUBRULE(this.test);
    });
    return { name: name.image, star, default: value, offset: name.startOffset };
  });

  /** Values and operators in a row; `tree` gives them their order. */
  protected readonly expression = this.RULE("expression", (): Expr => {
    const row: Piece[] = [];
    this.SUBRULE(this.#operand, { ARGS: [row] });
    this.MANY(() => {
      this.OR([
        { ALT: () => this.#infix(row, this.CONSUME(t.Infix)) },
        {
          ALT: () => {
            const not = this.CONSUME(t.Not);
            this.CONSUME(t.In);
            this.#infix(row, not, "not in");
          },
        },
      ]);
      this.SUBRULE2(this.#operand, { ARGS: [row] });
    });
    return this.ACTION(() => tree(row));
  });
  #infix(row: Piece[], token: IToken, op = token.image): void {
    row.push({ kind: "infix", op, offset: token.startOffset });
  }

  readonly #operand = this.RULE("operand", (row: Piece[]): void => {
    this.MANY(() => {
      const token = this.CONSUME(t.Prefix);
      this.ACTION(() => row.push({ kind: "prefix", op: token.image, offset: token.startOffset }));
    });
    const value = this.SUBRULE(this.postfix);
    this.ACTION(() => row.push({ kind: "value", value }));
  });

  protected readonly postfix = this.RULE("postfix", (): Expr => {
    const base = this.SUBRULE(this.#atom);
    const trailers: Trailer[] = [];
    this.MANY(() => {
      const trailer = this.OR<Trailer>([
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const name = this.CONSUME(t.Name);
            return { kind: "attribute", name: name.image, offset: name.startOffset };
          },
        },
        { ALT: () => this.SUBRULE(this.call) },
        { ALT: () => this.SUBRULE(this.#index) },
      ]);
      this.ACTION(() => trailers.push(atCallee(trailer, trailers.at(-1) ?? base)));
    });
    return trailers.length === 0 ? base : { kind: "postfix", base, trailers, offset: base.offset };
  });

  protected readonly call = this.RULE("call", (): Trailer => {
    const args: CallArg[] = [];
    const { startOffset: offset } = this.CONSUME(t.LParen);
    this.separated(t.Comma, () => args.push(this.SUBRULE(this.#argument)));
    const end = this.CONSUME(t.RParen);
    return { kind: "call", args, offset, end: end.startOffset + 1 };
  });

  /** Items with a separator between them and perhaps one behind the last. */
  protected separated(separator: TokenType, item: () => void): void {
    let more = true;
    this.MANY({
      GATE: () => more,
      DEF: () => {
        item();
        more = this.OPTION8(() => this.CONSUME8(separator)) !== undefined;
      },
    });
  }

  readonly #argument = this.RULE("argument", (): CallArg =>
    this.OR<CallArg>([
      {
        ALT: () => {
          const name = this.CONSUME(t.Name);
          this.CONSUME(t.Equals);
          return { name: name.image, value: this.SUBRULE(this.test), offset: name.startOffset };
        },
      },
      {
        ALT: () => {
          const star = this.SUBRULE(this.stars);
          const value = this.SUBRULE2(this.test);
          return { star, value, offset: value.offset };
        },
      },
      {
        ALT: () => {
          const value = this.SUBRULE3(this.test);
          const loops = this.SUBRULE(this.#loops);
          const item: Expr =
            loops.length === 0
              ? value
              : { kind: "comprehension", of: "each", item: value, loops, offset: value.offset };
          return { value: item, offset: value.offset };
        },
      },
    ]),
  );

  readonly #loops = this.RULE("loops", (): Loop[] => {
    const loops: Loop[] = [];
    this.MANY(() => {
      this.CONSUME(t.For);
      const target = this.SUBRULE(this.targets);
      this.CONSUME(t.In);
      const over = this.SUBRULE(this.expression);
      const tests: Expr[] = [];
      this.MANY2(() => {
        this.CONSUME(t.If);
        tests.push(this.SUBRULE2(this.expression));
      });
      loops.push({ target, over, tests });
    });
    return loops;
  });

  readonly #index = this.RULE("index", (): Trailer => {
    const items: Expr[] = [];
    let commas = 0;
    const { startOffset: offset } = this.CONSUME(t.LBracket);
    let more = true;
    this.AT_LEAST_ONE({
      GATE: () => more,
      DEF: () => {
        items.push(this.SUBRULE(this.#slice));
        more = this.OPTION(() => this.CONSUME(t.Comma)) !== undefined;
        if (more) commas++;
      },
    });
    this.CONSUME(t.RBracket);
    return { kind: "index", index: commas > 0 ? { kind: "tuple", items, offset } : items[0], offset };
  });

  readonly #slice = this.RULE("slice", (): Expr => {
    const start = this.OPTION(() => this.SUBRULE(this.test));
    let colon: IToken | undefined;
    let stop: Expr | undefined;
    let step: Expr | undefined;
    this.OPTION2(() => {
      colon = this.CONSUME(t.Colon);
      stop = this.OPTION3(() => this.SUBRULE2(this.test));
      this.OPTION4(() => {
        this.CONSUME2(t.Colon);
        step = this.OPTION5(() => this.SUBRULE3(this.test));
      });
    });
    if (colon) return { kind: "slice", start, stop, step, offset: start?.offset ?? colon.startOffset };
    return start ?? { kind: "ellipsis", offset: 0 };
  });

  readonly #atom = this.RULE("atom", (): Expr =>
    this.OR<Expr>([
      { ALT: () => named(this.CONSUME(t.Name)) },
      { ALT: () => this.#numberOf(this.CONSUME(t.NumberLiteral)) },
      { ALT: () => this.SUBRULE(this.#strings) },
      { ALT: () => constant(this.CONSUME(t.True), true) },
      { ALT: () => constant(this.CONSUME(t.False), false) },
      { ALT: () => constant(this.CONSUME(t.None), null) },
      { ALT: () => ({ kind: "ellipsis", offset: this.CONSUME(t.Ellipsis).startOffset }) },
      { ALT: () => this.SUBRULE(this.#parenthesis) },
      { ALT: () => this.SUBRULE(this.#list) },
      { ALT: () => this.SUBRULE(this.#dict) },
    ]),
  );
  #numberOf(token: IToken): Expr {
    return this.ACTION(() => this.#literals.number(token));
  }

  readonly #strings = this.RULE("strings", (): Expr => {
    const tokens: IToken[] = [];
    this.AT_LEAST_ONE(() => tokens.push(this.CONSUME(t.StringLiteral)));
    return this.ACTION(() => this.#literals.string(tokens));
  });

  readonly #parenthesis = this.RULE("parenthesis", (): Expr => {
    const { startOffset: offset } = this.CONSUME(t.LParen);
    const inner = this.OPTION(() => {
      const value = this.SUBRULE(this.tuple);
      const loops = this.SUBRULE(this.#loops);
      return loops.length === 0
        ? value
        : ({ kind: "comprehension", of: "each", item: value, loops, offset } as Expr);
    });
    this.CONSUME(t.RParen);
    return inner ?? { kind: "tuple", items: [], offset };
  });

  readonly #list = this.RULE("list", (): Expr => {
    const { startOffset: offset } = this.CONSUME(t.LBracket);
    const items: Expr[] = [];
    let loops: Loop[] = [];
    this.separated(t.Comma, () => {
      items.push(this.SUBRULE(this.#item));
      loops = this.SUBRULE(this.#loops);
    });
    this.CONSUME(t.RBracket);
    if (loops.length > 0) return { kind: "comprehension", of: "list", item: items[0], loops, offset };
    return { kind: "list", items, offset };
  });

  readonly #dict = this.RULE("dict", (): Expr => {
    const { startOffset: offset } = this.CONSUME(t.LBrace);
    const entries: DictEntry[] = [];
    let loops: Loop[] = [];
    this.separated(t.Comma, () => {
      entries.push(this.SUBRULE(this.#entry));
      loops = this.SUBRULE(this.#loops);
    });
    this.CONSUME(t.RBrace);
    return this.ACTION(() => braces(entries, loops, offset));
  });

  readonly #entry = this.RULE("entry", (): DictEntry =>
    this.OR<DictEntry>([
      {
        ALT: () => {
          this.CONSUME(t.StarStar);
          return { value: this.SUBRULE(this.test) };
        },
      },
      {
        ALT: () => {
          const key = this.SUBRULE2(this.test);
          const value = this.OPTION(() => {
            this.CONSUME(t.Colon);
            return this.SUBRULE3(this.test);
          });
          return value === undefined ? { key, value: key } : { key, value };
        },
      },
    ]),
  );
}

/** The place of a call is the name of what is called, where it has one. */
function atCallee(trailer: Trailer, before: Trailer | Expr): Trailer {
  const isName = before.kind === "attribute" || before.kind === "name";
  return trailer.kind === "call" && isName ? { ...trailer, offset: before.offset } : trailer;
}

const named = (token: IToken): Expr => ({ kind: "name", name: token.image, offset: token.startOffset });
const constant = (token: IToken, value: boolean | null): Expr => ({
  kind: "constant",
  value,
  offset: token.startOffset,
});

function braces(entries: readonly DictEntry[], loops: readonly Loop[], offset: number): Expr {
  const [first] = entries;
  if (loops.length > 0)
    return first.key === first.value
      ? { kind: "comprehension", of: "set", item: first.value, loops, offset }
      : { kind: "comprehension", of: "dict", key: first.key, item: first.value, loops, offset };
  const set = entries.length > 0 && entries.every((entry) => entry.key === entry.value);
  return set
    ? { kind: "set", items: entries.map((entry) => entry.value), offset }
    : { kind: "dict", entries, offset };
}

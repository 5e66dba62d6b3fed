/** Offset of the first character in the source: the evaluator makes line, column and frame of it when it must. */
export interface Placed {
  readonly offset: number;
}

export type Expr = Placed &
  (
    | { readonly kind: "constant"; readonly value: null | boolean | bigint | number | string }
    | { readonly kind: "ellipsis" }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "list" | "tuple" | "set"; readonly items: readonly Expr[] }
    | { readonly kind: "star"; readonly value: Expr }
    | { readonly kind: "dict"; readonly entries: readonly DictEntry[] }
    | {
        readonly kind: "comprehension";
        readonly of: "list" | "dict" | "set" | "each";
        readonly key?: Expr;
        readonly item: Expr;
        readonly loops: readonly Loop[];
      }
    | { readonly kind: "chain"; readonly first: Expr; readonly rest: readonly Link[] }
    | { readonly kind: "power"; readonly bases: readonly Signed[] }
    | { readonly kind: "logic"; readonly op: "and" | "or"; readonly items: readonly Expr[] }
    | { readonly kind: "compare"; readonly first: Expr; readonly rest: readonly Link[] }
    | { readonly kind: "unary"; readonly ops: readonly string[]; readonly value: Expr }
    | { readonly kind: "choice"; readonly items: readonly Expr[]; readonly tests: readonly Expr[] }
    | { readonly kind: "postfix"; readonly base: Expr; readonly trailers: readonly Trailer[] }
    | { readonly kind: "slice"; readonly start?: Expr; readonly stop?: Expr; readonly step?: Expr }
    | { readonly kind: "fstring"; readonly parts: readonly (string | Hole)[] }
    | { readonly kind: "lambda"; readonly parameters: readonly Parameter[]; readonly body: Expr }
    | { readonly kind: "walrus"; readonly name: string; readonly value: Expr }
    /** A literal that means nothing to a model: bytes, complex numbers. */
    | { readonly kind: "foreign" }
  );

/** `op value` in a row of operators of equal strength. */
export interface Link extends Placed {
  readonly op: string;
  readonly value: Expr;
}
/** A factor of `a ** -b ** c` with the signs in front of it. */
export interface Signed {
  readonly signs: readonly string[];
  readonly value: Expr;
}
export interface DictEntry {
  /** Absent for `**other`. */
  readonly key?: Expr;
  readonly value: Expr;
}
export interface Loop {
  readonly target: Expr;
  readonly over: Expr;
  readonly tests: readonly Expr[];
}
export interface Hole extends Placed {
  readonly value: Expr;
  readonly show: boolean;
  /** With expressions in it where it is computed. */
  readonly format: string | readonly (string | Hole)[];
  /** `{x=}` prints its own text too. */
  readonly label?: string;
}
export type Trailer = Placed &
  (
    | { readonly kind: "attribute"; readonly name: string }
    | { readonly kind: "index"; readonly index: Expr }
    | { readonly kind: "call"; readonly args: readonly CallArg[]; readonly end: number }
  );
export interface CallArg extends Placed {
  readonly name?: string;
  readonly star?: "*" | "**";
  readonly value: Expr;
}

export interface Parameter extends Placed {
  readonly name: string;
  readonly star?: "*" | "**";
  readonly default?: Expr;
}
export interface ImportName extends Placed {
  readonly name: string;
  readonly as?: string;
}

/** `case`: its pattern is spelled as an expression is. */
export interface Case extends Placed {
  readonly pattern: Expr;
  readonly guard?: Expr;
  readonly body: readonly Statement[];
}

/** `except`: without a type it catches everything. */
export interface Handler extends Placed {
  readonly end: number;
  readonly type?: Expr;
  /** `as name`. */
  readonly name?: string;
  readonly body: readonly Statement[];
}

/** `end` is the offset behind the statement's first line, for notes that quote it. */
export type Statement = Placed & { readonly end: number } & (
    | { readonly kind: "expression"; readonly value: Expr }
    | { readonly kind: "assign"; readonly targets: readonly Expr[]; readonly value: Expr }
    | { readonly kind: "augment"; readonly target: Expr; readonly op: string; readonly value: Expr }
    | { readonly kind: "annotate"; readonly target: Expr; readonly value?: Expr }
    | {
        readonly kind: "for";
        readonly target: Expr;
        readonly over: Expr;
        readonly body: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: "if";
        readonly branches: readonly { readonly test: Expr; readonly body: readonly Statement[] }[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: "def";
        readonly name: string;
        readonly parameters: readonly Parameter[];
        readonly body: readonly Statement[];
        readonly decorators: readonly Expr[];
      }
    | {
        readonly kind: "class";
        readonly name: string;
        readonly bases: readonly CallArg[];
        readonly decorators: readonly Expr[];
        readonly body: readonly Statement[];
      }
    | {
        readonly kind: "while";
        readonly test: Expr;
        readonly body: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: "with";
        readonly items: readonly { readonly value: Expr; readonly target?: Expr }[];
        readonly body: readonly Statement[];
      }
    | {
        readonly kind: "try";
        readonly body: readonly Statement[];
        readonly handlers: readonly Handler[];
        readonly otherwise: readonly Statement[];
        readonly last: readonly Statement[];
      }
    | { readonly kind: "match"; readonly subject: Expr; readonly cases: readonly Case[] }
    | { readonly kind: "raise"; readonly value?: Expr }
    | { readonly kind: "yield" }
    | { readonly kind: "assert"; readonly test: Expr }
    /** `global` and `nonlocal`. */
    | { readonly kind: "scope"; readonly word: "global" | "nonlocal"; readonly names: readonly string[] }
    | { readonly kind: "return"; readonly value?: Expr }
    | { readonly kind: "import"; readonly names: readonly ImportName[] }
    | {
        readonly kind: "from";
        readonly module: string;
        readonly module_at: number;
        readonly names: readonly ImportName[] | "*";
      }
    | { readonly kind: "delete"; readonly targets: readonly Expr[] }
    | { readonly kind: "pass" | "break" | "continue" }
  );
export type StatementOf<K extends Statement["kind"]> = Extract<Statement, { readonly kind: K }>;

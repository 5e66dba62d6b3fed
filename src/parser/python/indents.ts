import { createTokenInstance, type IToken } from "chevrotain";
import type { Fault } from "./brackets.ts";
import * as t from "./tokens.ts";

const MAX_INDENTS = 100;

/** How far a line is indented: as wide as it looks, and with a tab as one sign. Python wants both to say the same. */
interface Depth {
  readonly wide: number;
  readonly narrow: number;
}
export const MARGIN: Depth = { wide: 0, narrow: 0 };
export type Indents = Depth[];

/** The line before: its last token, and whether a block may follow it. */
export interface Line {
  readonly first: IToken;
  readonly last: IToken;
}
const heads = [t.For, t.If, t.Elif, t.Else, t.Def, t.While, t.Class, t.Try, t.Except, t.Finally, t.With];
const opensBlock = ({ last }: Line): boolean => last.tokenType === t.Colon;
/** A line that lacks its colon alone opens a block as well, so that only this is told. */
const mayOpen = (line: Line): boolean =>
  opensBlock(line) || heads.includes(line.first.tokenType) || /^(match|case)$/.test(line.first.image);

/** A form feed, where old editors turn the page, begins the line anew. */
function depthOf(code: string, token: IToken): Depth {
  const line = code.slice(token.startOffset - (token.startColumn ?? 1) + 1, token.startOffset);
  const text = line.slice(line.lastIndexOf("\f") + 1);
  const narrow = text.length;
  const wide = [...text].reduce((sum, char) => (char === "\t" ? (sum | 7) + 1 : sum + 1), 0);
  return { wide, narrow };
}
const agree = (a: Depth, b: Depth): boolean => Math.sign(a.wide - b.wide) === Math.sign(a.narrow - b.narrow);

/** The tokens that a line's indentation stands for, its first token being `token`. */
export function indentation(
  indents: Indents,
  code: string,
  token: IToken,
  before: Line | undefined,
  fault: Fault,
): IToken[] {
  const depth = depthOf(code, token);
  const now = indents.at(-1)!;
  if (!indents.every((one) => agree(one, depth))) {
    fault("python-indent", "The indentation mixes tabs and spaces.", token, {
      expected: "the same characters as in the lines above",
      hint: "Use spaces alone.",
    });
    return [];
  }
  if (depth.wide > now.wide) return deeper(indents, depth, token, before, fault);
  if (before && opensBlock(before)) noBlock(before, fault, token);
  return outwards(indents, depth, token, fault);
}

function deeper(
  indents: Indents,
  depth: Depth,
  token: IToken,
  before: Line | undefined,
  fault: Fault,
): IToken[] {
  const fits = before !== undefined && mayOpen(before);
  if (!fits || indents.length >= MAX_INDENTS) {
    const message = fits
      ? "Blocks are nested too deeply."
      : "This line is indented, but no line above opens a block.";
    fault(fits ? "python-nesting" : "python-indent", message, token, {
      expected: fits ? `at most ${MAX_INDENTS - 1} levels` : spaces(indents.at(-1)!.wide),
      received: fits ? `${indents.length}` : spaces(depth.wide),
    });
    return [];
  }
  indents.push(depth);
  return [mark(t.Indent, token)];
}
const spaces = (n: number): string => (n === 0 ? "no indentation" : n === 1 ? "1 space" : `${n} spaces`);

function outwards(indents: Indents, depth: Depth, token: IToken, fault: Fault): IToken[] {
  const open = indents.map(({ wide }) => wide);
  const out: IToken[] = [];
  while (depth.wide < indents.at(-1)!.wide) {
    indents.pop();
    out.push(mark(t.Dedent, token));
  }
  if (depth.wide !== indents.at(-1)!.wide) {
    fault("python-indent", "This line's indentation fits no block above it.", token, {
      expected: `${open.join(" or ")} spaces`,
      received: `${depth.wide}`,
    });
  }
  return out;
}

/** The statement that opens the block is at fault; the place is that of the line that should be indented. */
export function noBlock({ first, last }: Line, fault: Fault, at: IToken): void {
  fault("python-indent", `Nothing is indented below \`${first.image}\` of line ${first.startLine}.`, last, {
    expected: "an indented block",
    received: `\`${at.image}\` in line ${at.startLine}`,
  });
}

export function mark(type: (typeof t)["Indent"], near: IToken): IToken {
  const { startOffset, startLine = 1, startColumn = 1 } = near;
  return createTokenInstance(
    type,
    "",
    startOffset,
    startOffset,
    startLine,
    startLine,
    startColumn,
    startColumn,
  );
}

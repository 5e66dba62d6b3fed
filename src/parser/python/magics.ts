/** Commands that IPython takes in a notebook without a mark, where more than a value follows. */
const automatic = /^(?:pip3?|conda|ls|cd|cat|mkdir|rm|cp|mv|git|wget|unzip)\s+(?:-\w|[^\s=(,[+*<>!&|:%-])/;
/** Lines for IPython or the shell: `%matplotlib inline`, `!pip install …`, `?model`, `model.fit?`. */
const magic = /^[ \t]*(?:%{1,2}[A-Za-z_]|!|\?{1,2}\s*[A-Za-z_])|^[ \t]*[A-Za-z_][\w.]*\?{1,2}[ \t]*$/;
/** `files = !ls`: what the shell says is a value nobody knows. */
const captured = /^(\s*[A-Za-z_]\w*\s*=\s*)[!%][A-Za-z_].*$/;

/** What notebooks that were saved as scripts have in the place of such lines: `get_ipython().run_line_magic(…)`. */
export const IPYTHON = "get_ipython";
export const isMagicCall = (text: string): boolean => text.startsWith(`${IPYTHON}().`);

/** What a line says before its comment. */
const said = (line: string): string => line.replace(/#.*/s, "").trim();

/** The text with such lines as comments, every character in its place; the first one of a block is a statement that does nothing. */
export function withoutMagics(text: string, notebook = false): string {
  if (!notebook && !/[%!?]/.test(text)) return text;
  let goesOn = false;
  let first = false;
  return text
    .split("\n")
    .map((line) => {
      const comment =
        goesOn || magic.test(line) || (notebook && (automatic.test(line) || /^% +[a-z]/.test(line)));
      const alone = first && comment && !goesOn && /^[ \t]/.test(line);
      if (alone || (!comment && said(line) !== "")) first = !alone && said(line).endsWith(":");
      goesOn = comment && /\\\s*$/.test(line);
      if (alone) return line.replace(/\S.?/, (start) => "0#".slice(0, start.length));
      if (comment) return line === "" ? line : `#${line.slice(1)}`;
      return line.replace(captured, (whole, start: string) => `${start}_`.padEnd(whole.length));
    })
    .join("\n");
}

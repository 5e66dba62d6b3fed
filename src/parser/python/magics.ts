/** Commands that IPython takes in a notebook without a mark, where more than a value follows. */
const automatic = /^(?:pip3?|conda|ls|cd|cat|mkdir|rm|cp|mv|git|wget|unzip)\s+(?:-\w|[^\s=(,[+*<>!&|:%-])/;
/** Lines for IPython or the shell: `%matplotlib inline`, `!pip install …`, `?model`, `model.fit?`. */
const magic = /^[ \t]*(?:%{1,2}[A-Za-z_]|!|\?{1,2}\s*[A-Za-z_])|^[ \t]*[A-Za-z_][\w.]*\?{1,2}[ \t]*$/;
/** `files = !ls`: what the shell says is a value nobody knows. */
const captured = /^(\s*[A-Za-z_]\w*\s*=\s*)[!%][A-Za-z_].*$/;

/** The text with such lines as comments, every character in its place. */
export function withoutMagics(text: string, notebook = false): string {
  if (!notebook && !/[%!?]/.test(text)) return text;
  let goesOn = false;
  return text
    .split("\n")
    .map((line) => {
      const comment =
        goesOn || magic.test(line) || (notebook && (automatic.test(line) || /^% +[a-z]/.test(line)));
      goesOn = comment && /\\\s*$/.test(line);
      if (comment) return line === "" ? line : `#${line.slice(1)}`;
      return line.replace(captured, (whole, start: string) => `${start}_`.padEnd(whole.length));
    })
    .join("\n");
}

import type { Form } from "./legacy.ts";
import { formatConnection, type Row } from "./rows.ts";

/** Keras 1.x to 2.6: every field cut at its column, a rule between layers, further connections on lines of their own. */
export function truncatedRows(rows: readonly Row[], form: Form): string[] {
  const rule = "_".repeat(form.width);
  const layers = rows.map((row) => layerLines(row, form));
  return [
    line(form.headers, form),
    "=".repeat(form.width),
    ...layers.flatMap((lines, i) => (i === 0 ? lines : [rule, ...lines])),
    ...(layers.length > 0 ? ["=".repeat(form.width)] : []),
  ];
}

function layerLines(row: Row, form: Form): string[] {
  if (form.linear) return [line(form.fields(row), form)];
  const [first = "", ...others] = row.connections.map(formatConnection);
  return [
    line([...form.fields(row), first], form),
    ...others.map((other) => line(["", "", "", other], form)),
  ];
}

/** The last character before a new field always becomes a space. */
function line(fields: readonly string[], { positions }: Form): string {
  let characters: string[] = [];
  fields.forEach((field, i) => {
    if (i > 0) characters.splice(Math.max(0, characters.length - 1), 1, " ");
    characters = [...characters, ...field].slice(0, positions[i]);
    while (characters.length < positions[i]) characters.push(" ");
  });
  return characters.join("");
}

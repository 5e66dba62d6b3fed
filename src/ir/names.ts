/** A class name as Keras counts it in automatic names: "MaxPooling2D" → "max_pooling2d". */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** Gives out Keras's automatic names: dense, dense_1, … */
export function nameCounter(): (className: string) => string {
  const counts = new Map<string, number>();
  return (className) => {
    const prefix = snakeCase(className);
    const count = counts.get(prefix) ?? 0;
    counts.set(prefix, count + 1);
    return count === 0 ? prefix : `${prefix}_${count}`;
  };
}

/** Names told apart: a repeated one takes the first number, `_1` on, that makes a name nobody else has. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  const numbered = (name: string): string => {
    let k = 1;
    while (taken.has(`${name}_${k}`)) k++;
    taken.add(`${name}_${k}`);
    return `${name}_${k}`;
  };
  return names.map((name) => {
    const first = !seen.has(name);
    seen.add(name);
    return first ? name : numbered(name);
  });
}

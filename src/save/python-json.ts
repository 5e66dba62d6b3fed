/** JSON as Python spells it: floats look like floats (`0.0`), and may be NaN or infinite. */
export function pythonJson(value: unknown): string {
  if (value instanceof Number)
    return Number.isInteger(value.valueOf()) && Math.abs(value.valueOf()) < 1e16
      ? `${value}.0`
      : String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}: ${pythonJson(part)}`).join(", ")}}`;
}

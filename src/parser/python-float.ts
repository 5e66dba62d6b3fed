/** A boxed number is a Python float; everything but `pythonJson` takes it for the number. */
export const float = (value: unknown): unknown => (typeof value === "number" ? Object(value) : value);

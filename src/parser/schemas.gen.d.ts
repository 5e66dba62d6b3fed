/** Whether a value of a config fits the schema of its field, compiled ahead of time. */
export type Validator = (value: unknown) => boolean;
/** The fields of each layer class. */
export const schemas: ReadonlyMap<string, Readonly<Record<string, Validator>>>;

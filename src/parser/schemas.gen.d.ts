/** A config schema compiled ahead of time: whether a value fits, and what did not. */
export interface Validator {
  (config: unknown): boolean;
  readonly errors?:
    readonly { readonly instancePath: string; readonly params: Readonly<Record<string, unknown>> }[] | null;
}
/** By layer class. */
export const schemas: ReadonlyMap<string, Validator>;

/** An elementwise function of two operands. */
export const pair = (operation: string): string => `${operation} x1:x x2:y`;
/** A function of a tensor that goes by this name. */
export const one = (operation: string, name = "x"): string => `${operation} x:${name}`;

/** Unsigned LEB128 of a number below 2^53. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    out.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return out;
}

/** Signed LEB128. */
export function signed(value: bigint): number[] {
  const out: number[] = [];
  for (;;) {
    const low = Number(value & 127n);
    value >>= 7n;
    if ((value === 0n && low < 64) || (value === -1n && low >= 64)) return [...out, low];
    out.push(low + 128);
  }
}

const view = new DataView(new ArrayBuffer(8));
const read = (size: number): number[] => Array.from({ length: size }, (_, i) => view.getUint8(i));

export function float32(value: number): number[] {
  view.setFloat32(0, value, true);
  return read(4);
}
export function float64(value: number): number[] {
  view.setFloat64(0, value, true);
  return read(8);
}
export function int32(value: number): number[] {
  view.setInt32(0, value, true);
  return read(4);
}

/** A length and the UTF-8 bytes. */
export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** A count and the items. */
export const list = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

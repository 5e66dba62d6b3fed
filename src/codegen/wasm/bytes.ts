/** Bytes written one after the other into room that grows. */
export class Bytes {
  private room = new Uint8Array(1024);
  private view = new DataView(this.room.buffer);
  private length = 0;

  /** Ends where `more` bytes have their place. */
  private extend(more: number): number {
    const start = this.length;
    this.length += more;
    if (this.length > this.room.length) this.widen(2 * this.length);
    return start;
  }
  private widen(size: number): void {
    const wider = new Uint8Array(size);
    wider.set(this.room);
    this.room = wider;
    this.view = new DataView(wider.buffer);
  }
  byte(value: number): void {
    if (this.length === this.room.length) this.widen(2 * this.length);
    this.room[this.length++] = value;
  }
  all(values: ArrayLike<number>): void {
    for (let k = 0; k < values.length; k++) this.byte(values[k]);
  }
  /** Unsigned LEB128 of a number below 2^53. */
  unsigned(value: number): void {
    for (; value > 127; value = Math.floor(value / 128)) this.byte((value % 128) + 128);
    this.byte(value);
  }
  /** Signed LEB128. */
  signed(value: bigint): void {
    for (; value < -64n || value > 63n; value >>= 7n) this.byte(Number(value & 127n) + 128);
    this.byte(Number(value & 127n));
  }
  /** Signed LEB128 of a number that an i32 holds. */
  signed32(value: number): void {
    for (; value < -64 || value > 63; value >>= 7) this.byte((value & 127) + 128);
    this.byte(value & 127);
  }
  float32(value: number): void {
    const at = this.extend(4);
    this.view.setFloat32(at, value, true);
  }
  float64(value: number): void {
    const at = this.extend(8);
    this.view.setFloat64(at, value, true);
  }
  int32(value: number): void {
    const at = this.extend(4);
    this.view.setInt32(at, value, true);
  }
  /** A length and the UTF-8 bytes. */
  text(value: string): void {
    const bytes = encoder.encode(value);
    this.unsigned(bytes.length);
    this.all(bytes);
  }
  /** A count and the items. */
  list<T>(items: readonly T[], write: (item: T, index: number) => void): void {
    this.unsigned(items.length);
    items.forEach(write);
  }
  /** The length of what `write` writes, and that. */
  sized(write: () => void): void {
    const start = this.length;
    write();
    const size = this.length - start;
    this.unsigned(size);
    const length = this.length - start - size;
    // what was written moves up, and its length goes before it
    const said = this.room.slice(start + size, this.length);
    this.room.copyWithin(start + length, start, start + size);
    this.room.set(said, start);
  }
  /** A copy of all that was written. */
  written(): Uint8Array<ArrayBuffer> {
    return this.room.slice(0, this.length);
  }
}

const encoder = new TextEncoder();

function alone(write: (bytes: Bytes) => void): number[] {
  const bytes = new Bytes();
  write(bytes);
  return [...bytes.written()];
}
/** Unsigned LEB128 of a number below 2^53. */
export const unsigned = (value: number): number[] => alone((bytes) => bytes.unsigned(value));
/** Signed LEB128. */
export const signed = (value: bigint): number[] => alone((bytes) => bytes.signed(value));
export const float32 = (value: number): number[] => alone((bytes) => bytes.float32(value));

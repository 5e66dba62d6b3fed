import { crc32 as crcOf, deflateRawSync } from "node:zlib";

/** A member of an archive whose directory may lie. */
export interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly local_name?: string;
  readonly flags?: number;
  readonly size?: number;
  readonly crc?: number;
  /** What is stored, where that is not the data deflated or as it is. */
  readonly body?: Uint8Array;
  readonly stored?: number;
  /** Both sizes as the central directory gives them. */
  readonly central_sizes?: number;
  readonly extra?: Uint8Array;
  /** Offset of the local header, which is then not written. */
  readonly at?: number;
  readonly mode?: number;
}

interface Placed {
  readonly member: Member;
  readonly body: Buffer;
  readonly at: number;
}

function localHeader({ member: m, body }: Placed): Buffer {
  const name = Buffer.from(m.local_name ?? m.name);
  const b = Buffer.alloc(30);
  b.writeUInt32LE(0x04034b50, 0);
  b.writeUInt16LE(20, 4);
  common(b, 6, m, m.stored ?? body.length, m.size ?? m.data.length);
  b.writeUInt16LE(name.length, 26);
  return Buffer.concat([b, name]);
}

function centralHeader({ member: m, body, at }: Placed): Buffer {
  const name = Buffer.from(m.name);
  const b = Buffer.alloc(46);
  b.writeUInt32LE(0x02014b50, 0);
  b.writeUInt16LE(20, 4);
  b.writeUInt16LE(20, 6);
  common(b, 8, m, m.central_sizes ?? m.stored ?? body.length, m.central_sizes ?? m.size ?? m.data.length);
  b.writeUInt16LE(name.length, 28);
  b.writeUInt16LE(m.extra?.length ?? 0, 30);
  b.writeUInt32LE((m.mode ?? 0) * 65536, 38);
  b.writeUInt32LE(at, 42);
  return Buffer.concat([b, name, m.extra ?? Buffer.alloc(0)]);
}

/** What both headers say of a member, from `at`. */
function common(b: Buffer, at: number, m: Member, stored: number, size: number): void {
  b.writeUInt16LE(m.flags ?? 0, at);
  b.writeUInt16LE(m.method ?? 0, at + 2);
  b.writeUInt32LE(m.crc ?? crcOf(m.data), at + 8);
  b.writeUInt32LE(stored, at + 12);
  b.writeUInt32LE(size, at + 16);
}

/** A zip archive of these members, each as its directory entry and local header say. */
export function archive(members: readonly Member[]): Uint8Array {
  const parts: Buffer[] = [];
  const placed: Placed[] = [];
  let end = 0;
  for (const member of members) {
    const body = Buffer.from(
      member.body ?? (member.method === 8 ? deflateRawSync(member.data) : member.data),
    );
    const place = { member, body, at: member.at ?? end };
    placed.push(place);
    if (member.at !== undefined) continue;
    const local = Buffer.concat([localHeader(place), body]);
    parts.push(local);
    end += local.length;
  }
  const central = Buffer.concat(placed.map(centralHeader));
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(members.length & 0xffff, 8);
  tail.writeUInt16LE(members.length & 0xffff, 10);
  tail.writeUInt32LE(central.length, 12);
  tail.writeUInt32LE(end, 16);
  return new Uint8Array(Buffer.concat([...parts, central, tail]));
}

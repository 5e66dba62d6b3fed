import { ModelError } from "../diagnostics.ts";
import type { Cpu } from "./hdf5-time.ts";
import type { Hdf5Port } from "./hdf5.ts";
import type { Hdf5Reply, Hdf5Request } from "./hdf5-protocol.ts";

/** What all kinds of workers have in common. */
export interface Channel {
  readonly cpu?: Cpu;
  post(message: unknown, transfer: ArrayBuffer[]): void;
  onMessage(take: (message: unknown) => void): void;
  onDeath(take: (reason: string) => void): void;
  end(): void;
}

/** What a worker says first. */
export const READY = "ready";

/** The caller's side: resolves when the worker has loaded the library. */
export function connect(channel: Channel): Promise<Hdf5Port> {
  return new Promise((resolve, reject) => {
    let settle: { resolve(reply: Hdf5Reply): void; reject(error: Error): void } | undefined;
    const request = (message: Hdf5Request): Promise<Hdf5Reply> =>
      new Promise<Hdf5Reply>((yes, no) => {
        settle = { resolve: yes, reject: no };
        channel.post(message, handedOver(message));
      });
    channel.onDeath((reason) => {
      const error = died(reason);
      reject(error);
      settle?.reject(error);
    });
    channel.onMessage((message) => {
      if (message === READY)
        resolve({ request, end: () => channel.end(), ...(channel.cpu && { cpu: channel.cpu }) });
      else settle?.resolve(message as Hdf5Reply);
    });
  });
}

/** What a request holds that the caller needs no more. */
function handedOver(message: Hdf5Request): ArrayBuffer[] {
  if (message.kind === "open") return message.given ? [message.bytes.buffer as ArrayBuffer] : [];
  if (message.kind !== "write" || !message.given) return [];
  return whole(message.entries.flatMap(({ array }) => (array ? [array.data] : [])));
}

/** The buffers of arrays that fill theirs: these can go to another thread instead of being copied. */
export function whole(arrays: readonly ArrayBufferView[]): ArrayBuffer[] {
  const full = arrays.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength);
  return [...new Set(full.map(({ buffer }) => buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}

const died = (reason: string): ModelError =>
  new ModelError({
    code: "hdf5-corrupt",
    message: `The HDF5 data made its reader fail: ${reason}.`,
    hint: "The file is damaged.",
  });

import { type Codecs, createEngine, type H5Library, type Hdf5Engine } from "./hdf5-engine.ts";
import { READY, whole } from "./hdf5-port.ts";
import type { Hdf5Reply, Hdf5Request, Hdf5Results } from "./hdf5-protocol.ts";

/** The worker's side: says when the library is ready, and answers one request after the other. */
export async function serve(
  library: H5Library,
  post: (message: unknown, transfer: ArrayBuffer[]) => void,
  onMessage: (take: (message: Hdf5Request) => void) => void,
  codecs?: Codecs,
): Promise<void> {
  await library.ready;
  const engine: Hdf5Engine = createEngine(library, codecs);
  onMessage((message) => void engine(message).then((reply) => post(reply, handedOver(message, reply))));
  post(READY, []);
}

/** What a reply holds that its engine needs no more. */
function handedOver({ kind }: Hdf5Request, reply: Hdf5Reply): ArrayBuffer[] {
  if (!reply.ok) return [];
  if (kind === "write") return [(reply.value as Hdf5Results["write"]).buffer as ArrayBuffer];
  if (kind !== "arrays") return [];
  return whole([...(reply.value as Hdf5Results["arrays"]).values()].map(({ data }) => data));
}

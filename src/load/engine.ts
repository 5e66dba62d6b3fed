import { interpretSession } from "../runtime/interpret-session.ts";
import type { Session } from "../runtime/session.ts";
import { wasmSession } from "../runtime/wasm-session.ts";
import type { LoadOptions } from "./options.ts";

/** The session that the options ask for. Fused multiply-add where the engine has it, unless the same bits are asked for everywhere. */
export function newSession({ engine = "wasm", deterministic = false, winograd }: LoadOptions): Session {
  return engine === "interpret"
    ? interpretSession()
    : wasmSession({ fma: !deterministic && hasRelaxedSimd(), winograd });
}

/** A module whose only function is one fused multiplication and addition of four floats. */
const RELAXED_MADD = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
];
const hasRelaxedSimd = (): boolean => WebAssembly.validate(Uint8Array.from(RELAXED_MADD));

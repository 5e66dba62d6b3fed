import { library } from "../library.mjs";

/** The same last bits on every machine: no fused multiply-add. */
export default { ...library("keraunos-exact", { deterministic: true }), on_request: true };

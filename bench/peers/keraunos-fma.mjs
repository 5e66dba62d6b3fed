import { library } from "../library.mjs";

/** Fused multiply-add where the engine has it. */
export default { ...library("keraunos-fma", { deterministic: false }), on_request: true };

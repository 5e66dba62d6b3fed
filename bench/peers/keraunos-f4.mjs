import { library } from "../library.mjs";

/** Winograd's widest tile, F(4×4, 3×3): fewer multiplications, an error of 1e-6. */
export default { ...library("keraunos-f4", { winograd: 4 }), on_request: true };

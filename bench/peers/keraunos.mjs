import { library } from "../library.mjs";

/** This project's library as it comes: fused multiply-add where the engine has it. */
export default library("keraunos", {});

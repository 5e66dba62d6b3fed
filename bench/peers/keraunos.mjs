import { library } from "../library.mjs";

/** This project's library as it comes, with its default options. */
export default library("keraunos", {});

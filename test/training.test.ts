import { interpretSession } from "../src/runtime/interpret-session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";
import { trainingSuite } from "./training-suite.ts";

trainingSuite("interpreter", interpretSession);
trainingSuite("WebAssembly", () => wasmSession());
trainingSuite("TypeScript", () => scriptSession());

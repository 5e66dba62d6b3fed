import { defineActivation } from "../activation.ts";

export default defineActivation({ name: "tanh", doc: "tanh(x)", config: {}, lower: (b, x) => b.tanh(x) });

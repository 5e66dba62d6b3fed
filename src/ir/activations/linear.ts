import { defineActivation } from "../activation.ts";

export default defineActivation({ name: "linear", doc: "x", config: {}, lower: (_b, x) => x });

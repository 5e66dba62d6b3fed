import { defineWriter } from "../writer.ts";

/** Python source that builds the architecture anew, and compiles it as the model is compiled. */
export const py = defineWriter({
  name: "py",
  endings: [".py"],
  keras: ["3", "2"],
  weights: false,
  async write(content) {
    const { writePython } = await import("../../parser/python-write/index.ts");
    return new TextEncoder().encode(writePython(content.model, content.settings() ?? null, content.keras));
  },
});

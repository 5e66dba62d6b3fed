import { pythonJson } from "../python-json.ts";
import { type Content, defineWriter } from "../writer.ts";

/** The architecture, which `model_from_json` of Keras reads; of a compiled model its settings, too. */
export const json = defineWriter({
  name: "json",
  endings: [".json"],
  keras: ["3", "2"],
  weights: false,
  async write(content) {
    const architecture = await content.architecture();
    const config = { ...architecture, ...(content.keras === "2" ? origin(content) : compiled(content)) };
    return new TextEncoder().encode(pythonJson(config));
  },
});

const origin = ({ keras_version }: Content): object => ({ keras_version, backend: "tensorflow" });

function compiled(content: Content): object {
  const compile_config = content.compile_config();
  return compile_config ? { compile_config } : {};
}

import type { KerasJson } from "../../parser/keras-json-write.ts";
import { arraysOf } from "../content.ts";
import { pythonJson } from "../python-json.ts";
import { defineWriter } from "../writer.ts";

/** The zip archive of Keras 3, and of tf.keras 2.12 and later. */
export const keras = defineWriter({
  name: "keras",
  endings: [".keras"],
  keras: ["3", "2"],
  weights: true,
  async write(content) {
    const { writeKeras } = await import("../../formats/keras-zip.ts");
    const compile_config = content.compile_config();
    const architecture = await content.architecture();
    const config = { ...named(architecture), ...(compile_config && { compile_config }) };
    const { date_saved, assets, spawn } = content;
    const parts = { date_saved, config: pythonJson(config), ...(assets && { assets }) };
    return writeKeras({ ...arraysOf(content), ...parts }, spawn);
  },
});

/** The outermost model as every tf.keras that reads such files finds its class. */
const named = (architecture: KerasJson): KerasJson =>
  "module" in architecture
    ? architecture
    : {
        module: "keras",
        ...architecture,
        class_name: architecture.class_name === "Functional" ? "Model" : architecture.class_name,
        registered_name: null,
      };

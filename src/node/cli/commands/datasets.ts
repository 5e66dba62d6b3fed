import { didYouMean, ModelError } from "../../../diagnostics.ts";
import { writeNpz } from "../../../formats/npz.ts";
import { formatShape, type Tensor } from "../../../ir/tensor.ts";
import { downloadFashionMnist, type FashionMnist, findFashionMnist } from "../../datasets.ts";
import { saveBytes } from "../../save.ts";
import type { Command } from "../command.ts";
import { errorText, type Io } from "../io.ts";

const KNOWN = ["fashion-mnist"];

export const datasets: Command = {
  name: "datasets",
  summary: "find a data set on this machine, or download it",
  arguments: [["<NAME>", KNOWN.join(", ")]],
  options: [
    ["-o, --output <FILE.npz>", "write it as Keras's archives have it: x_train, y_train, x_test, y_test"],
  ],
  examples: [
    ["datasets fashion-mnist", "where it is"],
    ["datasets fashion-mnist -o fashion.npz", "as one file"],
  ],
  async run([name], options, io) {
    const wanted = name.replaceAll("_", "-").toLowerCase();
    if (!KNOWN.includes(wanted)) {
      const message = `There is no data set ${JSON.stringify(name)}.`;
      throw new ModelError({
        code: "unknown-dataset",
        message,
        expected: KNOWN.join(", "),
        hint: didYouMean(wanted, KNOWN),
      });
    }
    const data = await found(io);
    const arrays = arraysOf(data);
    const lines = Object.entries(arrays).map(
      ([key, { shape, dtype }]) => `${key} ${formatShape(shape)} ${dtype}`,
    );
    io.out([data.source, ...lines].join("\n"));
    if (typeof options.output === "string") await saveBytes(options.output, await writeNpz(arrays));
  },
};

/** The whole set if it is here or can be downloaded, else the shipped test images. */
async function found(io: Io): Promise<FashionMnist> {
  const here = await findFashionMnist();
  if (here.x_train) return here;
  io.say("The training images are not on this machine; downloading them.");
  try {
    await downloadFashionMnist();
    return await findFashionMnist();
  } catch (error) {
    io.say(errorText(error));
    io.say("These are the 10,000 test images that come with Keraunos.");
    return here;
  }
}

function arraysOf({ x_train, y_train, x_test, y_test }: FashionMnist): Record<string, Tensor> {
  return { ...(x_train && y_train && { x_train, y_train }), x_test, y_test };
}

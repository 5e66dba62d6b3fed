import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { writeNpy } from "../src/formats/npy.ts";
import { writeNpz } from "../src/formats/npz.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { fitData } from "../src/node/cli/snippet-data.ts";
import { findFashionMnist } from "../src/node/datasets.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { run } from "./cli-run.ts";

const FOLDER = "fixtures/models/lecture-mlp";
const MODEL = `${FOLDER}/model.keras`;
const EXPECTED = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8"));
const DATA = "examples/data/fashion-mnist";
const IMAGES = [
  "--x",
  `${DATA}/t10k-images-idx3-ubyte.gz`,
  "--y",
  `${DATA}/t10k-labels-idx1-ubyte.gz`,
  "--x-scale",
  "1/255",
];
const scratch = mkdtempSync(join(tmpdir(), "keraunos-cli-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string): string => join(scratch, name);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

describe("as a process", () => {
  const spawn = (args: readonly string[], input?: string) =>
    spawnSync(process.execPath, ["--import", "tsx", "src/node/cli/main.ts", ...args], {
      encoding: "utf8",
      input,
    });

  test("results go to standard output, messages to standard error, and 0, 1 and 2 say who is at fault", () => {
    const good = spawn(["summary", "-"], readFileSync("examples/lectures/xor.py", "utf8"));
    expect([good.status, good.stdout.startsWith('Model: "sequential"')]).toEqual([0, true]);
    const missing = spawn(["summary", at("nothing.h5")]);
    expect([missing.status, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toBe(
      `${at("nothing.h5")}: The file cannot be read: there is no such file or folder.\n`,
    );
    const usage = spawn(["summary", "--kers", "3", MODEL]);
    expect([usage.status, usage.stdout]).toEqual([2, ""]);
    expect(usage.stderr).toContain("Did you mean --keras?");
  });
});

describe("summary and check", () => {
  test("counts the optimizer of a compiled file, and takes a snippet's own arguments", async () => {
    const { code, out } = await run(["summary", MODEL]);
    expect(code).toBe(0);
    expect(out).toContain(" Optimizer params: 2 (12.00 B)");
    const snippet =
      "import keras\nm = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])\nm.summary(line_length=50)\n";
    const { out: narrow } = await run(["summary", "-"], snippet);
    expect(narrow.split("\n")[1]).toHaveLength(50);
    const later = `${snippet}m.add(keras.layers.Dense(9))\nm.layers[0].trainable = False\n`;
    const before = await run(["summary", "-"], later);
    expect(before.out).toBe(narrow);
    expect(before.err).toContain("changes the model after its last summary()");
    const { out: json } = await run(["summary", MODEL, "--json"]);
    expect(JSON.parse(json).totals.trainable.count).toBe(266_610);
  });

  test("check lists every mistake and ends with 1", async () => {
    const source =
      "from keras import layers, Sequential\nm = Sequential([layers.Dense(2, activation='rel', input_shape=(3,)), layers.Dense(unit=3)])\n";
    const { code, out, err } = await run(["check", put("bad.py", source)]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("relu");
    expect(err).toContain("units");
    const { code: fine, out: said } = await run(["check", MODEL]);
    expect([fine, said]).toEqual([0, "ok: sequential (Sequential), 4 layers, 266,610 parameters"]);
  });

  const said = async (...lines: string[]): Promise<string[]> => {
    const source = ["import keras", "from keras import layers", ...lines].join("\n");
    const { errors } = JSON.parse((await run(["check", "-", "--json"], source)).out) as {
      errors: { message: string; received?: string; at: { line?: number } }[];
    };
    return errors.map(({ message, received, at }) => `${at.line}: ${received ?? message}`);
  };

  test("check: a name that does not exist hides nothing that does not depend on it", async () => {
    const found = await said(
      'm = keras.Sequential([layers.Dens(1, name=nam.e), layers.Dense(2, activation="rel"), layers.Conv2(3)])',
      "y = layers.Dense(2, kernel_regularizer=3)",
      'm.compile(keras.optimizers.Adm(), loss="mse")',
    );
    expect(found.map((line) => line.replace(/"/g, ""))).toEqual([
      expect.stringMatching(/^3: keras\.layers has no name Dens/),
      expect.stringMatching(/^3: .*nam/),
      "3: rel",
      expect.stringMatching(/^3: keras\.layers has no name Conv2/),
      "4: 3",
      expect.stringMatching(/^5: keras\.optimizers has no name Adm/),
    ]);
  });

  test("check: layers, optimizer, loss and metrics at once", async () => {
    const bad = (activation: string): Promise<string[]> =>
      said(
        `m = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="${activation}")])`,
        'm.compile("adm", loss="mze", metrics=["acuracy"])',
      );
    expect((await bad("relu")).sort()).toEqual(['4: "acuracy"', '4: "adm"', '4: "mze"']);
    expect((await bad("rel")).sort()).toEqual(['3: "rel"', '4: "acuracy"', '4: "adm"', '4: "mze"']);
  });

  test("check finds weights that do not fit", async () => {
    const json = JSON.stringify({
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [
          { class_name: "InputLayer", config: { name: "i", batch_shape: [null, 4] } },
          { class_name: "Dense", config: { name: "d", units: 2 } },
        ],
      },
    });
    const { code, err } = await run(["check", put("small.json", json), "--load-weights", MODEL]);
    expect(code).toBe(1);
    expect(err).toMatch(/Expected: \(4, 2\)\. Received: \(784, 300\)/);
  });
});

describe("predict, evaluate, verify", () => {
  test("every committed file gives Keras's accuracy on the test images", async () => {
    for (const name of ["model.h5", "model-keras3.h5", "model.keras"]) {
      const { code, out } = await run(["evaluate", `${FOLDER}/${name}`, ...IMAGES, "--json"]);
      expect([code, Math.round(JSON.parse(out).accuracy * 10_000)]).toEqual([0, EXPECTED.test.correct]);
    }
  });

  test("verify proves equality with Keras's predictions, and fails on others", async () => {
    const images = (await import("../src/formats/idx.ts")).readIdx(readFileSync(IMAGES[1]));
    const data = Float32Array.from((await images).data.slice(0, 5 * 784) as Uint8Array, (v) => v / 255);
    const x = put("x.npy", writeNpy({ shape: [5, 28, 28], dtype: "float32", data }));
    const wanted = Float32Array.from(EXPECTED.first_five.predictions.flat());
    const y = put("y.npy", writeNpy({ shape: [5, 10], dtype: "float32", data: wanted }));
    const proof = await run(["verify", MODEL, "--input", x, "--expected", y]);
    expect([proof.code, proof.out.split(":")[0]]).toEqual([0, "ok dense_2"]);
    wanted[3] += 0.01;
    put("y.npy", writeNpy({ shape: [5, 10], dtype: "float32", data: wanted }));
    expect((await run(["verify", MODEL, "--input", x, "--expected", y])).code).toBe(1);
    const top = await run(["predict", MODEL, "--input", x, "--top", "1", "--json"]);
    expect(JSON.parse(top.out).map(([best]: { class: number }[]) => best.class)).toEqual(
      EXPECTED.first_five.labels,
    );
  });
});

describe("fit", () => {
  const SNIPPET =
    "import keras\nm = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])\nm.compile('adam', 'mse')\nm.fit(x_train, y_train, epochs=2, batch_size=4)\n";
  const archive = async (): Promise<string> => {
    const x_train = {
      shape: [8, 2],
      dtype: "float32" as const,
      data: Float32Array.from({ length: 16 }, (_, i) => (i % 5) / 5),
    };
    const y_train = {
      shape: [8, 1],
      dtype: "float32" as const,
      data: Float32Array.from({ length: 8 }, (_, i) => i / 8),
    };
    return put("d.npz", await writeNpz({ x_train, y_train }));
  };

  test("a run goes on from its saved file as if it had not stopped", async () => {
    const [data, snippet] = [await archive(), put("run.py", SNIPPET)];
    const common = ["--data", data, "--seed", "7", "--no-shuffle", "--json"];
    const whole = JSON.parse((await run(["fit", snippet, ...common, "--epochs", "4"])).out);
    await run(["fit", snippet, ...common, "--save", at("half.keras")]);
    const rest = JSON.parse(
      (
        await run([
          "fit",
          at("half.keras"),
          ...common,
          "--initial-epoch",
          "2",
          "--epochs",
          "4",
          "--batch-size",
          "4",
        ])
      ).out,
    );
    expect(rest.epoch).toEqual([2, 3]);
    expect(rest.history.loss).toEqual(whole.history.loss.slice(2));
  });

  test("prints Keras's plain progress, and writes history and log", async () => {
    const result = await run([
      "fit",
      put("run.py", SNIPPET),
      "--data",
      await archive(),
      "--history",
      at("h.json"),
      "--csv-log",
      at("log.csv"),
    ]);
    expect([result.code, result.out]).toEqual([0, ""]);
    expect(JSON.parse(readFileSync(at("h.json"), "utf8")).epoch).toEqual([0, 1]);
    expect(readFileSync(at("log.csv"), "utf8")).toMatch(/^epoch,loss,val_loss\r\n0,/);
  });

  test("data changed by a line that is not understood is refused, the line named", async () => {
    const source = SNIPPET.replace("m.fit", "x_train = mystery(x_train)\nm.fit");
    const { code, err } = await run([
      "fit",
      put("odd.py", source),
      "--data",
      await archive(),
      "--save",
      at("never.keras"),
    ]);
    expect(code).toBe(1);
    expect(err).toContain("x_train = mystery(x_train)");
    expect(existsSync(at("never.keras"))).toBe(false);
  });

  test("without the training images the lecture trains on 9,000 test images, validates on 1,000, and says so", async () => {
    const snippet = parsePython(readFileSync("examples/lectures/fashion-mnist.py", "utf8"));
    const said: string[] = [];
    const find = () => findFashionMnist([]);
    const { train, validation } = await fitData(
      snippet,
      new Map(),
      { say: (text) => void said.push(text) },
      find,
    );
    const shipped = await find();
    const shapes = [train, validation!].map(({ x, y }) => [(x as Tensor).shape, (y as Tensor).shape]);
    expect(shapes).toEqual([
      [[9000, 28, 28], [9000]],
      [[1000, 28, 28], [1000]],
    ]);
    expect((validation!.y as Tensor).data[0]).toBe(shipped.y_test.data[9000]);
    const at500 = Math.fround(Number(shipped.x_test.data[500]) / 255);
    expect((train.x as Tensor).data[500]).toBe(at500);
    expect(said.join()).toContain("These are test images");
  });

  test("bad labels and shapes are refused", async () => {
    const x = put(
      "x6.npy",
      writeNpy({ shape: [3, 28, 28], dtype: "float32", data: new Float32Array(3 * 784) }),
    );
    const y = put("y6.npy", writeNpy({ shape: [3], dtype: "int32", data: Int32Array.from([1, 2, 77]) }));
    const range = await run(["fit", MODEL, "--x", x, "--y", y]);
    expect([range.code, range.err.includes("77 at element 2")]).toEqual([1, true]);
    const short = await run([
      "fit",
      MODEL,
      "--x",
      x,
      "--y",
      put("y2.npy", writeNpy({ shape: [2], dtype: "int32", data: Int32Array.from([1, 2]) })),
    ]);
    expect([short.code, short.err.includes("same number of samples")]).toEqual([1, true]);
  });
});

describe("compile", () => {
  test("the bundle runs, and the same compile gives the same bytes", async () => {
    expect((await run(["compile", MODEL, "-o", at("a"), "--name", "net"])).code).toBe(0);
    await run(["compile", MODEL, "-o", at("b"), "--name", "net"]);
    expect(readFileSync(at("a/net.js")).equals(readFileSync(at("b/net.js")))).toBe(true);
    put("a/package.json", '{ "type": "module" }');
    const { load } = await import(pathToFileURL(at("a/net.js")).href);
    expect((await load()).verify().ok).toBe(true);
  });

  test("a model without weights is drawn with seed 0, and that is said", async () => {
    const { code, err } = await run([
      "compile",
      "examples/lectures/linear-regression.py",
      "--define",
      "d_in=3",
      "--define",
      "d_out=2",
      "--training",
      "-o",
      at("c"),
    ]);
    expect(code).toBe(0);
    expect(err).toContain("seed 0");
    expect(readdirSync(at("c"))).toHaveLength(2);
  });

  test.each(["spec", "ir", "graph", "passes", "kernels", "memory", "ts", "wat", "wasm"])(
    "--emit %s prints the stage",
    async (stage) => {
      const { code, out } = await run(["compile", "examples/lectures/xor.py", "--emit", stage, "--training"]);
      expect(code).toBe(0);
      expect(out).toMatch(
        {
          spec: /^Sequential/,
          ir: /weights\n/,
          graph: /einsum/,
          passes: /^simplify /,
          kernels: /kernel \w+ ×4/,
          memory: /in all \d+ bytes/,
          ts: /function/,
          wat: /^\(module/,
          wasm: /^\0asm/,
        }[stage]!,
      );
    },
  );

  test("sizes that the model leaves open are needed, and are bound by name", async () => {
    const open = put(
      "open.py",
      "import keras\ni = keras.Input((None, 3), name='i')\nm = keras.Model(i, keras.layers.Dense(2)(i))\n",
    );
    const refused = await run(["compile", open, "-o", at("d")]);
    expect([refused.code, existsSync(at("d"))]).toEqual([1, false]);
    expect(refused.err).toContain("--input-shape i=N,3");
    expect((await run(["compile", open, "-o", at("d"), "--input-shape", "i=4,3"])).code).toBe(0);
  });
});

describe("convert", () => {
  test.each(["keras", "h5", "weights.h5", "json"])(
    "to .%s and back: every weight bit-equal",
    async (ending) => {
      const target = at(`converted.${ending}`);
      expect((await run(["convert", MODEL, target])).code).toBe(0);
      const again =
        ending === "json"
          ? []
          : ["evaluate", ending === "weights.h5" ? at("converted.json") : target, ...IMAGES, "--json"];
      if (ending === "weights.h5") await run(["convert", MODEL, at("converted.json")]);
      const extra = ending === "weights.h5" ? ["--load-weights", target] : [];
      if (again.length)
        expect(JSON.parse((await run([...again, ...extra])).out).accuracy).toBeCloseTo(
          EXPECTED.test.correct / 10_000,
          6,
        );
      else expect(JSON.parse(readFileSync(target, "utf8")).class_name).toBe("Sequential");
    },
  );

  test("--keras 2 writes what tf.keras reads, --format says what the name does not", async () => {
    const target = at("for-keras-2");
    const args = ["convert", MODEL, target, "--format", "h5", "--keras", "2"];
    expect((await run(args)).code).toBe(0);
    const { accuracy } = JSON.parse((await run(["evaluate", target, ...IMAGES, "--json"])).out) as {
      readonly accuracy: number;
    };
    expect(accuracy).toBeCloseTo(EXPECTED.test.correct / 10_000, 6);
  });

  test("other formats are refused by name, nothing is written", async () => {
    expect((await run(["convert", MODEL, at("m.onnx")])).code).toBe(2);
    expect(existsSync(at("m.onnx"))).toBe(false);
  });

  test("a folder nobody can write to is an error, not a hang", async () => {
    expect((await run(["compile", MODEL, "-o", "/proc/keraunos"])).code).toBe(1);
    expect((await run(["convert", MODEL, "/proc/keraunos.keras"])).code).toBe(1);
  });
});

describe("usage", () => {
  test.each([
    [["predict", MODEL]],
    [["compile", MODEL]],
    [["fit", MODEL]],
    [["plot", MODEL]],
    [["nonsense"]],
    [["compile", MODEL, "--target", "java"]],
  ])("%j ends with 2", async (args) => {
    expect((await run(args)).code).toBe(2);
  });

  test("every command has help with examples", async () => {
    for (const name of [
      "summary",
      "check",
      "compile",
      "predict",
      "fit",
      "evaluate",
      "convert",
      "verify",
      "datasets",
    ]) {
      const { code, out } = await run([name, "--help"]);
      expect([code, out.includes(`keraunos ${name} `)]).toEqual([0, true]);
    }
  });
});

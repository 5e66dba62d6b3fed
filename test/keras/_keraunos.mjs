// Runs one model of the library as a Python test asks: node _keraunos.mjs JOB.json; see `job` in _cases.py.
import { readFile, writeFile } from "node:fs/promises";
import { initializers, loadModel, readNpz, writeNpz } from "../../dist/node/index.js";

const job = JSON.parse(await readFile(process.argv[2], "utf8"));
const given = job.data ? await readNpz(await readFile(job.data)) : new Map();
const model = await loadModel(job.model, job.options);
if (job.compile) model.compile(job.compile);
const arrays = new Map();
const answers = [];
for (const { do: what, ...step } of job.steps) answers.push((await actions()[what](step)) ?? null);
await writeFile(job.out, await writeNpz(arrays));
console.log(JSON.stringify(answers));

function actions() {
  return {
    predict: ({ x, rows, as }) => keep(as, model.predict(nest(x, rows))),
    gradients: ({ x, y, rows, as, ...weights }) =>
      keepAll(as, model.gradients(nest(x, rows), nest(y, rows), weighted(weights, rows))),
    weights: ({ as }) => keepAll(as, model.weights),
    optimizer: ({ as }) => keepAll(as, model.optimizer.variables),
    train: ({ x, y, batches, ...weights }) =>
      batches.map((rows) =>
        model.trainOnBatch(nest(x, rows), nest(y, rows), { ...weighted(weights, rows), return_dict: true }),
      ),
    fit: async ({ x, y, ...options }) =>
      (await model.fit(nest(x), nest(y), { ...weighted(options), verbose: 0 })).history,
    evaluate: ({ x, y, ...options }) =>
      model.evaluate(nest(x), nest(y), { ...weighted(options), return_dict: true, verbose: 0 }),
    draw: ({ initializer, shape, as }) => keep(as, initializers.get(initializer)(shape)),
    save: async ({ path }) => void (await model.save(path)),
  };
}

/** The arrays of these names, in the same form: a name, a list or a record of them; `rows` of each. */
function nest(names, rows) {
  if (typeof names === "string") return cut(given.get(names), rows);
  if (Array.isArray(names)) return names.map((name) => nest(name, rows));
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, nest(name, rows)]));
}

function cut({ shape, dtype, data }, rows) {
  if (!rows) return { shape, dtype, data };
  const row = shape.slice(1).reduce((a, b) => a * b, 1);
  return {
    shape: [rows[1] - rows[0], ...shape.slice(1)],
    dtype,
    data: data.slice(rows[0] * row, rows[1] * row),
  };
}

function weighted({ sample_weight, ...options }, rows) {
  return sample_weight === undefined ? options : { ...options, sample_weight: nest(sample_weight, rows) };
}

function keep(name, value) {
  if ("data" in value && "shape" in value) arrays.set(name, { dtype: "float32", ...value });
  else for (const [key, part] of Object.entries(value)) keep(`${name}/${key}`, part);
}

/** Weights in their order, which their names keep. */
function keepAll(name, list) {
  list.forEach(({ shape, data }, k) =>
    arrays.set(`${name}/${k}`, { shape, dtype: "float32", data: data.slice() }),
  );
}

"""Times real Keras with one thread, asked line by line in JSON on standard input: keras_peer.py FOLDER"""
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras

SLOW = 0.5
CHECK_RATES = {"sgd": 0.01, "adam": 0.001}
OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}


class Net:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = json.loads((self.folder / "net.json").read_text())
        self.x = self.array("x", self.about["input_shape"])
        self.y = self.array("y", self.about["output_shape"])
        labels = self.array("labels", [])
        sparse = self.about["loss"].startswith("sparse")
        self.labels = labels.astype("int32") if sparse else labels[:, None]
        self.calls = {}

    def array(self, name, shape):
        return np.fromfile(self.folder / f"{name}.bin", "<f4").reshape(-1, *shape)

    def model(self):
        return keras.models.load_model(self.folder / "model.keras", compile=False)

    def batches(self, batch):
        count = min(16, len(self.x) // batch)
        rows = [slice(i * batch, (i + 1) * batch) for i in range(count)]
        return [(self.x[r], self.labels[r], self.y[r]) for r in rows]

    def call(self, name, job):
        """One public call on the next batch; made once, so that what was traced stays."""
        key = json.dumps([name, job], sort_keys=True)
        if key not in self.calls:
            make = predictor if job["kind"] == "predict" else trainer
            run, batches, turn = make(self, name, job), self.batches(job["batch"]), [0]

            def call():
                turn[0] += 1
                return run(*batches[turn[0] % len(batches)][:2])

            self.calls[key] = call
        return self.calls[key]


def predictor(net, name, job):
    model = net.model()
    if name == "keras":
        return lambda x, labels: model.predict_on_batch(x)
    compiled = tf.function(lambda x: model(x, training=False))
    return lambda x, labels: compiled(tf.constant(x)).numpy()


def trainer(net, name, job):
    model = net.model()
    optimizer = OPTIMIZERS[job["optimizer"]](job["learning_rate"])
    if name == "keras":
        model.compile(optimizer=optimizer, loss=net.about["loss"])

        def fit(x, labels):
            model.reset_metrics()
            return float(model.train_on_batch(x, labels))

        return fit
    loss = keras.losses.get(net.about["loss"])
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss(y, model(x, training=True)))
        optimizer.apply(tape.gradient(value, model.trainable_variables))
        return value

    return lambda x, labels: float(step(tf.constant(x), tf.constant(labels)))


def check(net, name, job):
    if job["kind"] == "predict":
        run = predictor(net, name, job)
        x, labels, want = net.batches(job["batch"])[0]
        return float(np.abs(run(x, labels) - want).max() / np.abs(want).max())
    want = net.about["losses"][job["optimizer"]]
    run = trainer(net, name, {**job, "learning_rate": CHECK_RATES[job["optimizer"]]})
    got = [run(x, labels) for x, labels, _ in net.batches(job["batch"])[: len(want)]]
    return max(abs(g - w) / w for g, w in zip(got, want))


def block(call, length, repeat):
    """Median milliseconds of a call; at least three samples, one where they are slow."""
    found, end = [], time.perf_counter() + length / 1000
    while time.perf_counter() < end or len(found) < (1 if found and found[0] > SLOW else 3):
        start = time.perf_counter()
        for _ in range(repeat):
            call()
        found.append((time.perf_counter() - start) / repeat)
    return 1000 * statistics.median(found)


net = Net(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    if not asked:
        answer = {"ready": keras.__version__}
    elif asked.get("check"):
        answer = {"error": check(net, asked["name"], asked["job"])}
    else:
        answer = {"ms": block(net.call(asked["name"], asked["job"]), asked["length"], asked["repeat"])}
    print(json.dumps(answer), flush=True)

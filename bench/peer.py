"""What every peer in Python shares: a net's files, the check against Keras, and blocks of calls, asked line by line in JSON on standard input."""
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

SLOW = 0.5
CHECK_RATES = {"sgd": 0.01, "adam": 0.001}


class Net:
    """The files of one net, read as they are asked for."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.about = json.loads((self.folder / "net.json").read_text())
        self.x = self.array("x", self.about["input_shape"])
        self.y = self.array("y", self.about["output_shape"])
        labels = self.array("labels", [])
        self.sparse = self.about["loss"].startswith("sparse")
        self.labels = labels.astype("int32") if self.sparse else labels[:, None]

    def array(self, name, shape):
        return np.fromfile(self.folder / f"{name}.bin", "<f4").reshape(-1, *shape)

    def batches(self, batch):
        count = min(16, len(self.x) // batch)
        rows = [slice(i * batch, (i + 1) * batch) for i in range(count)]
        return [(self.x[r], self.labels[r], self.y[r]) for r in rows]


def turning(run, batches):
    """One public call on the next batch."""
    turn = [0]

    def call():
        turn[0] += 1
        return run(*batches[turn[0] % len(batches)][:2])

    return call


def check(net, made, job):
    """How far the results are from Keras's."""
    if job["kind"] == "predict":
        x, labels, want = net.batches(job["batch"])[0]
        return float(np.abs(made(job)(x, labels) - want).max() / np.abs(want).max())
    want = net.about["losses"][job["optimizer"]]
    run = made({**job, "learning_rate": CHECK_RATES[job["optimizer"]]})
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


def serve(version, predictor, trainer):
    """Answers until standard input ends. Both functions take (net, name, job) and give a function of a batch and its labels."""
    net, calls = Net(sys.argv[1]), {}
    for line in sys.stdin:
        asked = json.loads(line)
        name, job = asked.get("name"), asked.get("job")
        made = lambda job: (predictor if job["kind"] == "predict" else trainer)(net, name, job)
        if not asked:
            answer = {"ready": version}
        elif asked.get("check"):
            answer = {"error": check(net, made, job)}
        else:
            key = json.dumps([name, job], sort_keys=True)
            if key not in calls:  # made once, so that what was traced stays
                calls[key] = turning(made(job), net.batches(job["batch"]))
            answer = {"ms": block(calls[key], asked["length"], asked["repeat"])}
        print(json.dumps(answer), flush=True)

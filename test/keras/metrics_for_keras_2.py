"""What tf-keras reports of files written with `--keras 2`: the names and numbers that the model had where it came from,
Keras 3 or tf-keras, before and during further training."""
import itertools

from _cases import SCRATCH, case, close, finish, job, keraunos

import keras
import numpy as np
import tf_keras

ENDS = (".keras", ".h5")
SPARSE, DENSE = "sparse_categorical_crossentropy", "categorical_crossentropy"
_random = np.random.default_rng(4)
X = _random.normal(size=(12, 4)).astype("float32")
STEPS = _random.normal(size=(12, 5, 4)).astype("float32")
CLASSES, NUMBERS = _random.integers(0, 3, 12), _random.normal(size=(12, 1)).astype("float32")
LABELS = {
    "sparse": CLASSES,
    "column": CLASSES[:, None],
    "one_hot": np.eye(3, dtype="float32")[CLASSES],
    "binary": (NUMBERS > 0).astype("float32"),
    "steps": _random.integers(0, 3, (12, 5)),
    "numbers": NUMBERS,
}


def one(package, units, shape=(4,)):
    l = package.layers
    return package.Sequential([l.InputLayer(shape), l.Dense(units, activation="softmax" if units > 1 else "sigmoid", name="end")])


def several(package, form):
    l, x = package.layers, package.Input((4,), name="x")
    kind, size = l.Dense(3, activation="softmax", name="kind")(x), l.Dense(1, name="size")(x)
    outputs = {"list": [kind, size], "record": {"kind": kind, "size": size}, "keys": {"z": kind, "a": size}, "key": {"z": kind}}[form]
    return package.Model(x, outputs, name=form)


def objects(package):
    m = package.metrics
    return [m.SparseCategoricalAccuracy(), m.SparseCategoricalAccuracy(name="mine"), m.SparseCategoricalCrossentropy()]


# name: the model, the labels, how it is compiled
CASES = {
    "sparse labels": (lambda k: one(k, 3), "sparse", lambda k: {"loss": SPARSE, "metrics": ["accuracy", "acc"], "weighted_metrics": ["accuracy"]}),
    "sparse labels in a column": (lambda k: one(k, 3), "column", lambda k: {"loss": k.losses.SparseCategoricalCrossentropy(), "metrics": ["acc"]}),
    "one-hot labels": (lambda k: one(k, 3), "one_hot", lambda k: {"loss": DENSE, "metrics": ["accuracy", "mae", "mse"]}),
    "binary labels": (lambda k: one(k, 1), "binary", lambda k: {"loss": "binary_crossentropy", "metrics": ["accuracy", "mean_absolute_error"]}),
    "labels of steps": (lambda k: one(k, 3, (5, 4)), "steps", lambda k: {"loss": SPARSE, "metrics": ["accuracy"]}),
    "objects": (lambda k: one(k, 3), "sparse", lambda k: {"loss": SPARSE, "metrics": objects(k)}),
    "no metrics": (lambda k: one(k, 3), "sparse", lambda k: {"loss": SPARSE}),
    "lists": (lambda k: several(k, "list"), ("sparse", "numbers"), lambda k: {"loss": [SPARSE, "mse"], "metrics": [["accuracy"], ["mae", "mse"]], "weighted_metrics": [["accuracy"], []]}),
    "objects of two outputs": (lambda k: several(k, "list"), ("sparse", "numbers"), lambda k: {"loss": [SPARSE, "mse"], "metrics": [[k.metrics.SparseCategoricalAccuracy()], [k.metrics.MeanSquaredError(name="mine")]]}),
    "names of a list": (lambda k: several(k, "list"), ("sparse", "numbers"), lambda k: {"loss": {"kind": SPARSE, "size": "mse"}, "metrics": {"size": ["mae"]}}),
    "a record": (lambda k: several(k, "record"), {"kind": "sparse", "size": "numbers"}, lambda k: {"loss": {"kind": SPARSE, "size": "mse"}, "metrics": {"kind": ["accuracy"], "size": ["mae"]}, "weighted_metrics": {"kind": ["accuracy"]}}),
    "a part of a record": (lambda k: several(k, "record"), {"kind": "column", "size": "numbers"}, lambda k: {"loss": {"kind": SPARSE, "size": "mse"}, "metrics": {"kind": ["acc"]}}),
    "keys that are no layers": (lambda k: several(k, "keys"), {"z": "sparse", "a": "numbers"}, lambda k: {"loss": {"z": SPARSE, "a": "mse"}, "metrics": {"z": ["accuracy"], "a": ["mae"]}}),
    "a single key that is no layer": (lambda k: several(k, "key"), {"z": "sparse"}, lambda k: {"loss": {"z": SPARSE}, "metrics": {"z": ["accuracy"]}}),
}
# tf-keras puts the output's name before that of an object for good, and once more when it opens its own .keras file
TWICE = ("objects of two outputs", ".keras")


def labels(names):
    if isinstance(names, str):
        return LABELS[names]
    if isinstance(names, dict):
        return {key: LABELS[name] for key, name in names.items()}
    return [LABELS[name] for name in names]


def report(model, x, y):
    """What an evaluation and three further steps log."""
    logs = [model.evaluate(x, y, verbose=0, return_dict=True)]
    return logs + [model.train_on_batch(x, y, return_dict=True) for _ in range(3)]


def same(got, want, what, named=True):
    for a, b in zip(got, want, strict=True):
        if named:
            assert sorted(a) == sorted(b), f"{what}: {sorted(a)}, not {sorted(b)}"
        assert len(a) == len(b), f"{what}: {sorted(a)}, not {sorted(b)}"
        pairs = [(a[key], b[key]) for key in b] if named else zip(sorted(a.values()), sorted(b.values()))
        for one, other in pairs:
            close(one, other, 1e-5, f"{what}: {b}")


def reported(name, package, end):
    def run():
        keras.utils.clear_session()
        tf_keras.backend.clear_session()
        build, names, compile = CASES[name]
        model = build(package)
        for v in model.weights:
            v.assign(np.random.default_rng(v.shape[-1]).normal(0, 1, v.shape))
        model.compile("sgd", **compile(package))
        x, y = (STEPS if names == "steps" else X), labels(names)
        model.train_on_batch(x, y)
        source = SCRATCH / f"source{end}"
        model.save(source)
        targets = [SCRATCH / f"target{to}" for to in ENDS]
        for target in targets:
            keraunos("convert", source, target, "--keras", "2")
        want = report(model, x, y)
        # Keras 3 puts keys before the names where tf-keras puts layers
        named = package is tf_keras or not name.startswith("keys")
        for target in targets:
            copy = tf_keras.models.load_model(target)
            same(report(copy, x, y), want, target.suffix, named)
        if package is tf_keras:
            same(here(source, x, y), want, "here", not name.startswith("keys"))

    run.__name__ = f"{name} of {package.__name__} through {end}"
    return run


def here(source, x, y):
    """The same by the library."""
    parts = y if isinstance(y, dict) else dict(enumerate(y)) if isinstance(y, list) else {0: y}
    data = {"x": x, **{f"y{key}": part.astype("float32") for key, part in parts.items()}}
    names = {key: f"y{key}" for key in parts} if isinstance(y, dict) else [f"y{key}" for key in parts] if isinstance(y, list) else "y0"
    evaluate = ("evaluate", {"x": "x", "y": names})
    answers, _ = job(source, [evaluate, ("train", {"x": "x", "y": names, "batches": [(0, len(x))] * 3})], data)
    return [answers[0], *answers[1]]


for (name, (_, names, _)), package in itertools.product(CASES.items(), (keras, tf_keras)):
    case(reported(name, package, ".keras" if package is keras else ".h5"))
    if package is tf_keras and not isinstance(names, str) and (name, ".keras") != TWICE:
        case(reported(name, package, ".keras"))


@case
def metrics_that_are_not_known_here():
    model = several(tf_keras, "record")
    m = tf_keras.metrics
    model.compile("sgd", {"kind": SPARSE, "size": "mse"}, metrics={"kind": ["accuracy", m.SparseTopKCategoricalAccuracy(2)], "size": [m.AUC(num_thresholds=7), m.RootMeanSquaredError()]})
    y = {"kind": CLASSES, "size": LABELS["binary"]}
    model.train_on_batch(X, y)
    source = SCRATCH / "unknown.h5"
    model.save(source)
    want = model.evaluate(X, y, verbose=0, return_dict=True)
    target = SCRATCH / "unknown-2.h5"
    keraunos("convert", source, target, "--keras", "2")
    same([tf_keras.models.load_model(target).evaluate(X, y, verbose=0, return_dict=True)], [want], "evaluation")


@case
def plain_lists_are_for_all_outputs_of_tf_keras():
    model = several(tf_keras, "list")
    model.compile("sgd", ["mse", "mse"], metrics=["mae", "mse"])
    y = [LABELS["one_hot"], NUMBERS]
    source = SCRATCH / "plain.keras"
    model.save(source)
    want = report(model, X, y)
    for end in ENDS:
        target = SCRATCH / f"plain-2{end}"
        keraunos("convert", source, target, "--keras", "2")
        same(report(tf_keras.models.load_model(target), X, y), want, end)
    same(here(source, X, y), want, "here")


finish()

"""Nets of ten thousand weights and more: outputs, gradients and twenty steps of training are those of real Keras."""
import itertools

from _cases import SCRATCH, case, close, finish, job, kept
from _models import MOMENTUM, NESTEROV, SGD, single

import keras
import numpy as np
import tensorflow as tf

L, R = keras.layers, keras.regularizers
SIZES = [33, 3, 1]
STEPS = 20
ROWS = 33 * STEPS


def batches(sizes):
    """No row comes twice: the loss of a row that was learnt by heart is a difference of near numbers."""
    cuts = list(itertools.accumulate((sizes * STEPS)[:STEPS], initial=0))
    return list(itertools.pairwise(cuts))


OPTIMIZERS = {"sgd": SGD, "momentum": MOMENTUM, "nesterov": NESTEROV, "adam": {"class_name": "Adam", "config": {"learning_rate": 0.001}}}


def lecture(rng):
    model = keras.Sequential([L.Input((28, 28)), L.Flatten(), L.Dense(300, activation="relu"), L.Dense(100, activation="relu"), L.Dense(10, activation="softmax")])
    return model, dict(loss="sparse_categorical_crossentropy"), [rng.uniform(0, 1, (ROWS, 28, 28))], [rng.integers(0, 10, ROWS)], {}


def normalized_with_dropout(rng):
    dense = [L.Dense(111, activation="relu"), L.BatchNormalization(), L.Dropout(0.3, seed=11), L.Dense(97, use_bias=False)]
    model = keras.Sequential([L.Input((37,)), *dense, L.BatchNormalization(momentum=0.9), L.Activation("relu"), L.Dropout(0.25, seed=12), L.Dense(5, activation="softmax")])
    return model, dict(loss="categorical_crossentropy"), [rng.normal(0, 1, (ROWS, 37))], [np.eye(5)[rng.integers(0, 5, ROWS)]], {}


def two_inputs_two_outputs(rng):
    a, b = L.Input((41,), name="left"), L.Input((19,), name="right")
    h = L.Concatenate()([L.Dense(67, activation="tanh")(a), L.Dense(61, activation="elu")(b)])
    h = L.Dense(83, activation="relu")(h)
    model = keras.Model([a, b], [L.Dense(1, name="price")(h), L.Dense(7, activation="softmax", name="kind")(h)])
    compile = dict(loss={"price": "mean_squared_error", "kind": "sparse_categorical_crossentropy"}, loss_weights={"price": 0.3, "kind": 1.7})
    return model, compile, [rng.normal(0, 1, (ROWS, 41)), rng.normal(0, 1, (ROWS, 19))], [rng.normal(0, 1, (ROWS, 1)), rng.integers(0, 7, ROWS)], {}


def shared_in_nested(rng):
    twice, i = L.Dense(71, activation="swish"), L.Input((71,))
    inner = keras.Model(i, L.Dense(71)(twice(twice(i))), name="inner")
    x = L.Input((23,))
    h = L.Dense(71)(x)
    model = keras.Model(x, L.Dense(3)(L.Add()([inner(h), inner(L.Activation("tanh")(h))])))
    return model, dict(loss="mean_absolute_error"), [rng.normal(0, 1, (ROWS, 23))], [rng.normal(0, 1, (ROWS, 3))], {}


def penalized_with_class_weights(rng):
    first = L.Dense(101, activation="relu", kernel_regularizer=R.L1L2(1e-4, 3e-4), bias_regularizer=R.L2(0.01), activity_regularizer=R.L1(1e-4))
    model = keras.Sequential([L.Input((43,)), first, L.Dense(87, activation="relu", kernel_regularizer="l2"), L.Dense(3, activation="softmax")])
    return model, dict(loss="sparse_categorical_crossentropy"), [rng.normal(0, 1, (ROWS, 43))], [rng.integers(0, 3, ROWS)], dict(class_weight={0: 0.5, 1: 2.0, 2: 1.25})


def logits_with_gelu(rng):
    model = keras.Sequential([L.Input((29,)), L.Dense(93, activation="gelu"), L.Dense(89, activation="gelu"), L.Dense(1)])
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    return model, dict(loss=loss), [rng.normal(0, 1, (ROWS, 29))], [rng.integers(0, 2, ROWS)], dict(sample_weight=rng.uniform(0, 2, ROWS))


def softmax_over_axis_1(rng):
    model = keras.Sequential([L.Input((18,)), L.Dense(103, activation="relu"), L.Dense(91, activation="tanh"), L.Reshape((13, 7)), L.Softmax(axis=1)])
    y = np.eye(13)[rng.integers(0, 13, (ROWS, 7))].transpose(0, 2, 1)
    loss = {"class_name": "CategoricalCrossentropy", "config": {"axis": 1}}
    return model, dict(loss=loss), [rng.normal(0, 1, (ROWS, 18))], [y], dict(sample_weight=rng.uniform(0, 2, (ROWS, 1)))


# Statistics over three rows enlarge a difference in a last bit a hundredfold at each step, in Keras as here.
STEADY = {normalized_with_dropout: [33, 27]}
NETS = [lecture, normalized_with_dropout, two_inputs_two_outputs, shared_in_nested, penalized_with_class_weights, logits_with_gelu, softmax_over_axis_1]


class Case:
    """A net, its data, and first weights of which no bias is zero."""

    def __init__(self, build):
        self.build = build
        self.batches = batches(STEADY.get(build, SIZES))
        model, self.compile, x, y, weights = self.fresh()
        assert model.count_params() >= 10_000, model.count_params()
        self.x, self.y = [a.astype("float32") for a in x], [a.astype("float32" if a.dtype.kind == "f" else "int32") for a in y]
        self.sample_weight = weights["sample_weight"].astype("float32") if "sample_weight" in weights else None
        self.class_weight = weights.get("class_weight")
        rng = np.random.default_rng(4)
        self.weights = [w + (rng.normal(0, 0.02, w.shape).astype("float32") if w.ndim == 1 else 0) for w in model.get_weights()]
        self.path = SCRATCH / f"{build.__name__}.keras"
        self.keras().save(self.path)

    def fresh(self):
        keras.utils.clear_session()
        keras.utils.set_random_seed(len(self.build.__name__))
        return self.build(np.random.default_rng(1))

    def keras(self, optimizer=SGD):
        model = self.fresh()[0]
        model.set_weights(self.weights)
        loss = self.compile["loss"]
        made = keras.losses.get(loss) if isinstance(loss, dict) and "class_name" in loss else loss
        model.compile(optimizer=keras.optimizers.get(optimizer), **{**self.compile, "loss": made})
        return model

    def job(self, steps, optimizer=SGD):
        data = {f"x{k}": a for k, a in enumerate(self.x)} | {f"y{k}": a for k, a in enumerate(self.y)}
        names = {key: single([name for name in data if name[0] == key]) for key in "xy"}
        if self.sample_weight is not None:
            names["sample_weight"], data["w"] = "w", self.sample_weight
        if self.class_weight:
            names["class_weight"] = self.class_weight
        return job(self.path, [(do, {**names, **more}) for do, more in steps], data, compile={**self.compile, "optimizer": optimizer})

    def batch(self, rows):
        take = lambda arrays: single([a[slice(*rows)] for a in arrays])
        return take(self.x), take(self.y), self.weight(rows)

    def weight(self, rows):
        if self.sample_weight is not None:
            return self.sample_weight[slice(*rows)]
        if self.class_weight:
            return np.array([self.class_weight[int(label)] for label in self.y[0][slice(*rows)]], "float32")
        return None


def gradients(model, x, y, weight):
    """As in `fit`: in a graph, where losses find the logits of a softmax."""

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True), sample_weight=weight)
        return tape.gradient(loss, model.trainable_weights)

    return [g.numpy() for g in run()]


def one_step(net):
    def run():
        for size in SIZES:
            rows = (5, 5 + size)
            model = net.keras()
            x, y, weight = net.batch(rows)
            outputs = model.predict_on_batch(x)
            _, arrays = net.job([("predict", {"as": "p", "rows": rows}), ("gradients", {"as": "g", "rows": rows})])
            got = [v for name, v in arrays.items() if name.split("/")[0] == "p"]
            for a, b in zip(got, outputs if isinstance(outputs, list) else [outputs], strict=True):
                close(a, b, 1e-6, f"outputs of {size} rows", relative=np.abs(b).max() > 1)
            want = gradients(model, x, y, weight)
            scale = max(np.abs(g).max() for g in want)
            for a, b, variable in zip(kept(arrays, "g"), want, model.trainable_weights, strict=True):
                close(a / scale, b / scale, 1e-5, f"gradient of {variable.path} for {size} rows")

    run.__name__ = f"{net.build.__name__} has Keras's outputs and gradients"
    return run


def trajectory(net, label):
    def run():
        optimizer = OPTIMIZERS[label]
        model = net.keras(optimizer)
        want = []
        for rows in net.batches:
            x, y, weight = net.batch(rows)
            want.append(float(model.train_on_batch(x, y, sample_weight=weight, return_dict=True)["loss"]))
        answers, arrays = net.job([("train", {"batches": net.batches}), ("weights", {"as": "w"})], optimizer)
        got = np.array([logs["loss"] for logs in answers[0]])
        close(got / want, np.ones(STEPS), 1e-5, "losses")
        for a, variable in zip(kept(arrays, "w"), model.weights, strict=True):
            close(a, variable.numpy(), 1e-5, variable.path, relative=np.abs(a).max() > 1)

    run.__name__ = f"{net.build.__name__} trains as Keras does with {label}"
    return run


for build in NETS:
    net = Case(build)
    case(one_step(net))
    for label in OPTIMIZERS:
        case(trajectory(net, label))

finish()

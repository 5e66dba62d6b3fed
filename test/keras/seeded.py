"""Seeded snippets print Python's losses: weights, order and dropout are drawn alike, by the command on the `.py` itself and by the library."""
import contextlib
import gzip
import hashlib
import io
import json

from _cases import FIXTURES, ROOT, SCRATCH, case, close, finish, job, kept, keraunos

import keras
import numpy as np

HEAD = "import keras\nfrom keras import layers\n\nkeras.utils.set_random_seed(42)\n"
FIT = 'model.fit(x_train, y_train, epochs=2, batch_size=32)\n'
SNIPPETS = {
    "dropout": """
model = keras.Sequential([layers.Input((20,)), layers.Dense(33, activation="relu"), layers.Dropout(0.4), layers.Dense(17, activation="tanh"), layers.Dropout(0.25), layers.Dense(4, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
""",
    "normalization": """
model = keras.Sequential()
model.add(layers.Input(shape=(20,)))
model.add(layers.Dense(30, kernel_initializer="he_normal", use_bias=False))
model.add(layers.BatchNormalization())
model.add(layers.Activation("relu"))
model.add(layers.Dropout(0.3))
model.add(layers.Dense(4, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), metrics=["accuracy"])
""",
    "functional": """
inputs = keras.Input(shape=(20,))
h = layers.Dense(24, activation="gelu", kernel_initializer="lecun_normal")(inputs)
skip = layers.Dense(24, kernel_regularizer=keras.regularizers.L2(0.001))(h)
h = layers.Add()([h, layers.Dropout(0.2)(skip)])
model = keras.Model(inputs, layers.Dense(4, activation="softmax")(h))
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.Adam(learning_rate=0.002), metrics=["accuracy"])
""",
    "two_inputs": """
a, b = keras.Input((20,), name="a"), keras.Input((5,), name="b")
h = layers.Concatenate()([layers.Dense(16, activation="relu")(a), layers.Dense(8, activation="relu")(b)])
h = layers.Dropout(0.5)(h)
model = keras.Model([a, b], [layers.Dense(1, name="size")(h), layers.Dense(4, activation="softmax", name="kind")(h)])
model.compile(loss=["mean_squared_error", "sparse_categorical_crossentropy"], loss_weights=[0.3, 1.7], optimizer="sgd")
model.fit([x_train, z_train], [s_train, y_train], epochs=2, batch_size=32)
""",
    "nested": """
block = keras.Sequential([layers.Input((16,)), layers.Dense(16, activation="relu"), layers.Dropout(0.1)], name="block")
inputs = keras.Input((20,))
h = layers.Dense(16)(inputs)
for k in range(2):
    h = block(h)
model = keras.Model(inputs, layers.Dense(4, activation="softmax")(h))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
model.fit(x_train, y_train, epochs=2, batch_size=64, validation_split=0.25)
""",
    "convolutions": """
model = keras.Sequential([layers.Input((20,)), layers.Reshape((5, 4, 1)), layers.Convolution2D(6, 3, padding="same", activation="relu"), layers.SeparableConv2D(4, (2, 3), padding="same", depth_multiplier=2)])
model.add(layers.UpSampling2D((2, 1)))
model.add(layers.DepthwiseConv2D(kernel_size=(3, 1), strides=2, depthwise_initializer="he_normal", activation="tanh"))
model.add(layers.Conv2DTranspose(3, 3, data_format="channels_last", kernel_initializer=keras.initializers.Orthogonal()))
model.add(layers.Flatten())
model.add(layers.Dense(4, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
""",
    "small_batch": """
model = keras.Sequential([layers.Input((20,)), layers.Dense(12, activation="relu"), layers.Dropout(0.5, seed=7), layers.Dense(4, activation="softmax", kernel_initializer=keras.initializers.Orthogonal())])
model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True))
model.fit(x_train, y_train, epochs=2, batch_size=3)
""",
}


def synthetic(n=131):
    rng = np.random.default_rng(3)
    x, z = rng.normal(0, 1, (n, 20)).astype("float32"), rng.normal(0, 1, (n, 5)).astype("float32")
    return {"x_train": x, "z_train": z, "y_train": x[:, :4].argmax(1).astype("int32"), "s_train": (x[:, :1] + z[:, :1]).astype("float32")}


def in_python(source, data):
    """The model and the history that real Keras makes of a snippet, and its first weights."""
    keras.utils.clear_session()
    scope, first = dict(data), []
    fit = keras.Model.fit

    def watched(model, *args, **kwargs):
        first.extend(model.get_weights())
        model.history_of_fit = fit(model, *args, **kwargs, verbose=0).history
        return model.history

    keras.Model.fit = watched
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(source, scope)
    finally:
        keras.Model.fit = fit
    return scope["model"], scope["model"].history_of_fit, first


def same_run(name, body):
    def run():
        source = HEAD + body + ("" if "model.fit" in body else FIT)
        path, data = SCRATCH / f"{name}.py", synthetic()
        path.write_text(source)
        np.savez(SCRATCH / "data.npz", **data)
        model, want, first = in_python(source, data)
        history, saved = SCRATCH / "history.json", SCRATCH / f"{name}.keras"
        keraunos("fit", path, "--data", SCRATCH / "data.npz", "--history", history, "--save", saved)
        got = json.loads(history.read_text())["history"]
        assert list(got) == list(want), f"{list(got)} is not {list(want)}"
        for key in want:
            close(got[key], want[key], 1e-4, key)
        _, arrays = job(path, [("weights", {"as": "w"})])
        for k, (a, b) in enumerate(zip(kept(arrays, "w"), first, strict=True)):
            close(a, b, 1e-6, f"first weight {k}")
        for a, b in zip(keras.saving.load_model(saved).get_weights(), model.get_weights(), strict=True):
            close(a, b, 1e-4, "a weight at the end")

    run.__name__ = f"seeded {name} snippet prints Python's losses"
    return run


for name, body in SNIPPETS.items():
    case(same_run(name, body))

# --- the lecture, on the images that are shipped ------------------------------------------------------------------

SEEDED = FIXTURES / "models/lecture-seeded"
IMAGES = ROOT / "examples/data/fashion-mnist"


def shipped(stem, offset):
    return np.frombuffer(gzip.open(IMAGES / f"t10k-{stem}-ubyte.gz").read(), np.uint8, offset=offset)


X = shipped("images-idx3", 16).reshape(-1, 28, 28) / 255
Y = shipped("labels-idx1", 8)
LECTURE = (SEEDED / "model.py").read_text() + 'history = model.fit(x_train, y_train, epochs=2)\n'
EXPECTED = json.loads((SEEDED / "expected.json").read_text())
EXECUTED = in_python(LECTURE, {"x_train": X, "y_train": Y})


def digest(array):
    return hashlib.sha256(array.astype("<f4").tobytes()).hexdigest()


@case
def the_recorded_lecture_is_what_Keras_does():
    assert [digest(w) for w in EXECUTED[2]] == [w["sha256"] for w in EXPECTED["weights"]]
    close(EXECUTED[1]["loss"], EXPECTED["history"]["loss"], 1e-6, "loss")


@case
def the_seeded_lecture_through_the_library():
    data = {"x": X.astype("float32"), "y": Y}
    steps = [("weights", {"as": "w"}), ("fit", {"x": "x", "y": "y", "epochs": 2, "batch_size": 32}), ("evaluate", {"x": "x", "y": "y"})]
    answers, arrays = job(SEEDED / "model.py", steps, data)
    assert [digest(w) for w in kept(arrays, "w")] == [w["sha256"] for w in EXPECTED["weights"]], "first weights differ"
    close(answers[1]["loss"], EXECUTED[1]["loss"], 1e-4, "loss")
    close(answers[1]["accuracy"], EXECUTED[1]["accuracy"], 1e-3, "accuracy")
    # One epoch more of rounding: Keras with oneDNN and without it are 1.1e-4 apart here.
    close(answers[2]["loss"], EXPECTED["after"]["loss"], 1e-3, "loss after")


@case
def the_seeded_lecture_through_the_command():
    path, history, data = SCRATCH / "lecture.py", SCRATCH / "lecture.json", SCRATCH / "images.npz"
    path.write_text(LECTURE)
    np.savez(data, x_train=X.astype("float32"), y_train=Y)
    keraunos("fit", path, "--data", data, "--history", history)
    got = json.loads(history.read_text())["history"]
    close(got["loss"], EXECUTED[1]["loss"], 1e-4, "loss")
    close(got["accuracy"], EXECUTED[1]["accuracy"], 1e-3, "accuracy")


finish()

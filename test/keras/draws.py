"""What a seeded snippet draws on its way through `fit`: weights of every initializer, masks of Dropout, the order of samples."""
import contextlib
import io

from _cases import SCRATCH, case, close, finish, job, kept, keraunos

import keras
import numpy as np

HEAD = "import keras\nfrom keras import layers\n\nkeras.utils.set_random_seed({seed})\n"
# Those that draw nothing but uniform numbers, or nothing, are equal bit for bit; the others go through sin, cos and log.
EXACT = ["zeros", "ones", "glorot_uniform", "he_uniform", "lecun_uniform", "random_uniform", "identity", "Constant(0.3)", "VarianceScaling(2.0, mode='fan_avg', distribution='uniform')"]
CLOSE = ["glorot_normal", "he_normal", "lecun_normal", "random_normal", "truncated_normal", "orthogonal", "VarianceScaling(0.5, mode='fan_out')", "RandomNormal(mean=0.1, stddev=2.0)", "TruncatedNormal(stddev=0.7, seed=12)"]
WIDTH = 13


def initializer(text):
    return f"keras.initializers.{text}" if "(" in text else f'"{text}"'


def snippet(texts, seed):
    lines = [f"    layers.Dense({WIDTH}, kernel_initializer={initializer(text)}, bias_initializer={initializer(texts[k - 1])})," for k, text in enumerate(texts) if allowed(texts[k - 1])]
    rest = [f"    layers.Dense({WIDTH}, kernel_initializer={initializer(text)})," for k, text in enumerate(texts) if not allowed(texts[k - 1])]
    stack = "\n".join([f"    layers.Input(({WIDTH},)),", *lines, *rest])
    return HEAD.format(seed=seed) + f"model = keras.Sequential([\n{stack}\n])\nmodel.compile(loss='mse', optimizer=keras.optimizers.SGD(learning_rate=0.0))\nmodel.fit(x, y, epochs=1)\n"


def allowed(text):
    """Whether a bias can be drawn so: the others need two axes."""
    return text not in ("identity", "orthogonal")


def first_weights(source, data):
    """In real Keras, where `fit` has rate 0 and changes nothing."""
    keras.utils.clear_session()
    scope = dict(data)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(source, scope)
    return scope["model"]


def drawn(texts, seed, limit):
    def run():
        path, source = SCRATCH / f"draws-{seed}-{len(texts)}.py", snippet(texts, seed)
        path.write_text(source)
        data = {"x": np.zeros((4, WIDTH), "float32"), "y": np.zeros((4, WIDTH), "float32")}
        np.savez(SCRATCH / "zeros.npz", **data)
        saved = SCRATCH / "drawn.keras"
        keraunos("fit", path, "--data", SCRATCH / "zeros.npz", "--save", saved)
        got, want = keras.saving.load_model(saved), first_weights(source, data)
        for a, b in zip(got.weights, want.weights, strict=True):
            close(a, b, limit, f"{a.path} of {texts}")

    run.__name__ = f"{len(texts)} initializers draw Keras's weights with seed {seed}, {'bit for bit' if limit == 0 else f'within {limit}'}"
    return run


for seed in (0, 42, 2**31 + 7):
    case(drawn(EXACT, seed, 0))
    case(drawn(CLOSE, seed, 2e-6))


@case
def the_initializer_that_no_dense_layer_takes():
    config = {"class_name": "STFT", "config": {"side": "real", "window": None, "scaling": "density", "periodic": False}}
    _, arrays = job(SCRATCH / "draws-42-9.py", [("draw", {"initializer": config, "shape": [16, 1, 9], "as": "d"})])
    close(arrays["d"], keras.initializers.get(config)((16, 1, 9)), 1e-6, "STFT")


# Sample k is 4^k in every column; with a loss whose gradient is 1 for every sample, a weight ends as minus the sum of
# what its column let through: its digits in base 4 are the counts, so that masks and order show in the number.
MASKS = HEAD + """
model = keras.Sequential([
    layers.Input(({width},)),
    {dropouts},
    layers.Dense(1, kernel_initializer="zeros", use_bias=False),
])
model.compile(loss="mean_absolute_error", optimizer=keras.optimizers.SGD(learning_rate=1.0))
model.fit(x, y, epochs={epochs}, batch_size={batch})
"""
KINDS = {
    "one": ("layers.Dropout(0.5)", 11, 1),
    "two in a row": ("layers.Dropout(0.5), layers.Dropout(0.5)", 10, 1),
    "its own seed": ("layers.Dropout(0.5, seed=5)", 11, 1),
    "batches with a short last one": ("layers.Dropout(0.5)", 11, 4),
}


def masked(kind, seed):
    dropouts, rows, batch = KINDS[kind]

    def run():
        source = MASKS.format(seed=seed, width=37, dropouts=dropouts, epochs=2, batch=batch)
        path, saved, file = SCRATCH / "masks.py", SCRATCH / "masks.keras", SCRATCH / "powers.npz"
        data = {"x": np.repeat(4.0 ** np.arange(rows)[:, None], 37, 1).astype("float32"), "y": np.full((rows, 1), -1e9, "float32")}
        path.write_text(source)
        np.savez(file, **data)
        keraunos("fit", path, "--data", file, "--save", saved)
        (got,), (want,) = keras.saving.load_model(saved).get_weights(), first_weights(source, data).get_weights()
        assert len(np.unique(want)) > 30, "the masks do not show"
        assert (got == want).all(), f"{int((got != want).sum())} of 37 columns differ"

    run.__name__ = f"masks of Dropout and the order of samples with seed {seed}: {kind}"
    return run


for seed in (42, 7):
    for kind in KINDS:
        case(masked(kind, seed))

finish()

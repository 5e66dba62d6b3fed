"""The committed lecture models open in real Keras, and so do the files that Keraunos makes of them."""
import gzip
import json

import numpy as np

from _cases import FIXTURES, ROOT, SCRATCH, case, finish, keraunos

import keras
import tf_keras

FOLDER = FIXTURES / "models/lecture-mlp"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
FILES = ["model.h5", "model-keras3.h5", "model.keras"]
raw = gzip.open(ROOT / "examples/data/fashion-mnist/t10k-images-idx3-ubyte.gz").read()
IMAGES = (np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:200] / 255).astype("float32")


def load(path, package=keras):
    return package.models.load_model(path, compile=False)


@case
def committed_files_give_the_recorded_predictions():
    for name in FILES:
        got = load(FOLDER / name, tf_keras if name == "model.h5" else keras).predict(IMAGES[:5], verbose=0)
        np.testing.assert_allclose(got, EXPECTED["first_five"]["predictions"], rtol=0, atol=1e-6, err_msg=name)


@case
def converted_files_open_in_keras_with_every_array_bit_equal():
    for source in FILES:
        for target in ["out.keras", "out.h5"]:
            path = SCRATCH / target
            path.unlink(missing_ok=True)
            keraunos("convert", FOLDER / source, path)
            old, new = load(FOLDER / source), load(path)
            for a, b in zip(old.get_weights(), new.get_weights(), strict=True):
                assert a.tobytes() == b.tobytes(), f"{source} to {target}: a weight of shape {a.shape} differs"
            assert (old.predict(IMAGES, verbose=0) == new.predict(IMAGES, verbose=0)).all(), f"{source} to {target}"


@case
def the_command_predicts_what_keras_predicts():
    np.save(SCRATCH / "x.npy", IMAGES)
    keraunos("predict", FOLDER / "model.keras", "--input", SCRATCH / "x.npy", "--output", SCRATCH / "y.npy")
    want = load(FOLDER / "model.keras").predict(IMAGES, verbose=0)
    np.testing.assert_allclose(np.load(SCRATCH / "y.npy"), want, rtol=0, atol=1e-6)


finish()

"""Writes the benchmarked nets for all engines: models.py FOLDER NAME …

For each: model.keras, model.onnx, net.json (a plain description: layers, weights, work), weights.bin, x.bin (inputs),
y.bin (Keras's outputs), labels.bin, all little-endian float32, and Keras's losses of five training steps.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from nets import NETS
from work import flops

import keras
from keras import layers

SOURCES = ("models.py", "nets.py", "onnx_rnn.py", "work.py")
STEPS = 5
STEP_ROWS = 32
RATES = {"sgd": (keras.optimizers.SGD, 0.01), "adam": (keras.optimizers.Adam, 0.001)}
ROWS = {"mobilenetv2": 8, "resnet": 16, "unet": 16, "separable": 16}
TRAINED = {"tabular", "mlp", "cnn", "lstm", "transformer"}


def shaken(model, rng):
    """Normalisations as training leaves them: neither zeros nor ones."""
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            wide = lambda w: rng.uniform(0.5, 1.5, w.shape)
            near = lambda w: rng.uniform(-0.2, 0.2, w.shape)
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([wide(gamma), near(beta), near(mean), wide(variance)])
    return model


def inputs_of(name, model, rng):
    shape = (ROWS.get(name, 512), *model.input_shape[1:])
    x = rng.uniform(-1, 1, shape).astype("float32")
    if name == "bigru":  # sequences of unequal lengths, padded behind
        for row, length in enumerate(rng.integers(50, 101, len(x))):
            x[row, length:] = 0
    return x


def labels_of(model, rows, rng):
    classes = model.output_shape[-1]
    return rng.uniform(-1, 1, (rows, 1)) if classes == 1 else rng.integers(0, classes, rows)


def loss_name(model):
    return "mean_squared_error" if model.output_shape[-1] == 1 else "sparse_categorical_crossentropy"


def losses(path, x, labels, optimizer):
    """The loss before each of a few steps; Keras's own means start anew at every step."""
    model = keras.models.load_model(path, compile=False)
    kind, rate = RATES[optimizer]
    model.compile(optimizer=kind(rate), loss=loss_name(model))
    found = []
    for step in range(STEPS):
        rows = slice(step * STEP_ROWS, (step + 1) * STEP_ROWS)
        model.reset_metrics()
        found.append(float(model.train_on_batch(x[rows], labels[rows])))
    return found


def described(model):
    """Layers in an order that can be computed, with the names of their inputs, and where their weights lie."""
    found, start = [], 0
    for layer in model.operations:
        node = layer._inbound_nodes[0]
        weights = []
        for weight in getattr(layer, "weights", []):
            weights.append({"path": weight.path, "shape": list(weight.shape), "start": start})
            start += int(np.prod(weight.shape))
        found.append(
            {
                "name": layer.name,
                "class": type(layer).__name__,
                "config": layer.get_config(),
                "inputs": [tensor._keras_history.operation.name for tensor in node.input_tensors],
                "output_shape": list(layer.output.shape[1:]),
                "weights": weights,
            }
        )
    return found


def write(folder, name):
    rng = np.random.default_rng(7)
    keras.utils.set_random_seed(7)
    model = shaken(NETS[name](), rng)
    x = inputs_of(name, model, rng)
    labels = labels_of(model, len(x), rng)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.keras"
    model.save(path)
    step = min(len(x), STEP_ROWS)
    y = np.concatenate([model.predict_on_batch(x[i : i + step]) for i in range(0, len(x), step)])
    flat = [w.numpy().ravel() for layer in model.layers for w in layer.weights]
    for file, array in {"weights": np.concatenate(flat), "x": x, "y": y, "labels": labels}.items():
        np.asarray(array, "<f4").tofile(folder / f"{file}.bin")
    onnx_problem = to_onnx(model, folder / "model.onnx")
    net = {
        "name": name,
        "keras": keras.__version__,
        "sources": source_hash(),
        "input_shape": list(model.input_shape[1:]),
        "output_shape": list(model.output_shape[1:]),
        "loss": loss_name(model),
        "flops": flops(model),
        "onnx_problem": onnx_problem,
        "losses": {o: losses(path, x, labels, o) for o in RATES} if name in TRAINED else {},
        "layers": described(model),
    }
    (folder / "net.json").write_text(json.dumps(net, indent=1, default=str))


def to_onnx(model, path):
    """Why it cannot be done, or nothing."""
    try:
        from onnx_rnn import recurrent

        if not recurrent(model, path):
            model.export(path, format="onnx", verbose=False)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"


def source_hash():
    here = Path(__file__).resolve().parent
    return hashlib.sha256(b"".join((here / name).read_bytes() for name in SOURCES)).hexdigest()


if __name__ == "__main__":
    for name in sys.argv[2:]:
        write(Path(sys.argv[1]) / name, name)
        print(name, file=sys.stderr)

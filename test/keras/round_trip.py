"""Models go from Keras through Keraunos back to Keras in every file format; each array stays as it was, bit for bit."""
import json

from _cases import SCRATCH, case, close, finish, job, kept, keraunos, same_bits
from _models import ADAM, MODELS, listed, samples, shaken, single

import keras
import numpy as np
import tensorflow as tf
import tf_keras

ROWS = 33
ENDS = ("input_layers", "output_layers")


def outputs(model, x):
    return [np.asarray(y) for y in listed(model(single(x), training=False))]


def made(build, package=keras, optimizer=ADAM):
    """A model whose optimizer has made an update, its data and what it predicts."""
    clear()
    model, compile = shaken(build(package)), MODELS[build]
    model.compile(optimizer=package.optimizers.get(optimizer), **compile)
    rng = np.random.default_rng(8)
    model.optimizer.apply_gradients([(tf.constant(rng.normal(0, 0.1, v.shape), "float32"), v) for v in model.trainable_variables])
    x, _ = samples(model, compile, ROWS)
    return model, x, outputs(model, x)


def clear():
    """Names are counted anew."""
    keras.utils.clear_session()
    tf_keras.backend.clear_session()


def through(source, targets, x, options=None):
    """Opens a file in Keraunos, saves it under other names, and gives its predictions and arrays."""
    data = {f"x{k}": a for k, a in enumerate(x)}
    steps = [("predict", {"x": list(data), "as": "y"}), ("weights", {"as": "w"}), *(("save", {"path": str(t)}) for t in targets)]
    _, arrays = job(source, steps, data, options=options or {})
    return [v for name, v in arrays.items() if name.split("/")[0] == "y"], kept(arrays, "w")


def back_and_forth(build, suffix):
    def run():
        model, x, want = made(build)
        source = SCRATCH / f"in-{build.__name__}{suffix}"
        model.save(source)
        targets = [SCRATCH / f"{build.__name__}-{suffix[1:]}-out{end}" for end in (".keras", ".h5", ".weights.h5")]
        got, weights = through(source, targets, x)
        same_bits(weights, model.get_weights(), "weights here")
        for k, (a, b) in enumerate(zip(got, want, strict=True)):
            close(a, b, 1e-6, f"output {k}")
        check(targets, model, x, want)

    return named(run, f"{build.__name__} from {suffix} to every format")


def check(targets, model, x, want):
    """The files open in real Keras as it stands, compiled where they say so, and are the model."""
    whole = [keras.saving.load_model(path, compile=True) for path in targets[:2]]
    for path, copy in zip(targets, [*whole, blank(model, targets[2])], strict=True):
        same_bits(copy.get_weights(), model.get_weights(), path.name)
        same_bits(outputs(copy, x), want, f"predictions of {path.name}")
    same_bits([v.numpy() for v in whole[0].optimizer.variables], [v.numpy() for v in model.optimizer.variables], "optimizer")
    assert config(whole[0]) == config(model), f"configs differ: {config(whole[0])} is not {config(model)}"


def blank(model, path):
    copy = shaken(keras.models.clone_model(model), seed=1)
    copy.load_weights(path)
    return copy


def config(model):
    """The model's configuration. Marks of objects that are shared within Python say nothing; a single input stood in a
    list before Keras 3.11, which newer ones read as one."""

    def plain(found):
        once = {key: value[0] if key in ENDS and len(value) == 1 else value for key, value in found.items()}
        return {key: value for key, value in once.items() if key != "shared_object_id"}

    return json.loads(model.to_json(), object_hook=plain)["config"]


def weights_file(build):
    def run():
        model, x, want = made(build)
        source, architecture = SCRATCH / f"{build.__name__}.weights.h5", SCRATCH / f"{build.__name__}.json"
        model.save_weights(source)
        architecture.write_text(model.to_json())
        target = SCRATCH / f"{build.__name__}-joined.keras"
        got, weights = through(architecture, [target], x, {"weights": str(source)})
        same_bits(weights, model.get_weights(), "weights here")
        same_bits(keras.saving.load_model(target, compile=False).get_weights(), model.get_weights(), target.name)
        for k, (a, b) in enumerate(zip(got, want, strict=True)):
            close(a, b, 1e-6, f"output {k}")

    return named(run, f"{build.__name__} from .weights.h5 joined to its architecture")


def from_tf_keras(build):
    def run():
        model, x, want = made(build, tf_keras)
        source = SCRATCH / f"tf-{build.__name__}.h5"
        model.save(source, save_format="h5")
        targets = [SCRATCH / f"tf-{build.__name__}-out{end}" for end in (".keras", ".h5")]
        got, weights = through(source, targets, x)
        same_bits(weights, model.get_weights(), "weights here")
        for k, (a, b) in enumerate(zip(got, want, strict=True)):
            close(a, b, 1e-6, f"output {k}")
        for path in targets:
            copy = keras.saving.load_model(path, compile=True)
            same_bits(copy.get_weights(), model.get_weights(), path.name)
            for a, b in zip(outputs(copy, x), want, strict=True):
                close(a, b, 1e-6, path.name)

    return named(run, f"{build.__name__} from tf.keras .h5")


def named(function, name):
    function.__name__ = name
    return function


for build in MODELS:
    case(back_and_forth(build, ".keras"))
    case(back_and_forth(build, ".h5"))
    case(weights_file(build))
    case(from_tf_keras(build))


@case
def the_command_converts_as_the_library_does():
    model, x, want = made(next(iter(MODELS)))
    source, whole, weights = (SCRATCH / f"command{end}" for end in (".keras", "-out.h5", "-out.weights.h5"))
    model.save(source)
    keraunos("convert", source, whole)
    keraunos("convert", source, weights)
    copy = keras.saving.load_model(whole, compile=True)
    same_bits(copy.get_weights(), model.get_weights(), whole.name)
    same_bits(blank(model, weights).get_weights(), model.get_weights(), weights.name)
    same_bits(outputs(copy, x), want, "predictions")


finish()

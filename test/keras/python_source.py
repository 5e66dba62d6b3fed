"""Python source that Keraunos writes builds the same model in Keras 3, and in tf_keras where it is for Keras 2."""
import json

from _cases import FIXTURES, SCRATCH, case, finish, keraunos, same_bits

import keras
import numpy as np
import tensorflow as tf
import tf_keras

SILENT = ("shared_object_id", "build_config", "compile_config")


def plain(found):
    """A configuration without what says nothing; a single input or output may stand in a list of its own."""
    if isinstance(found, dict):
        kept = {k: plain(v) for k, v in found.items() if k not in SILENT}
        if "kwargs" in kept:
            kept["kwargs"] = {k: v for k, v in kept["kwargs"].items() if v is not None}
        for end in ("input_layers", "output_layers"):
            if end in kept and len(kept[end]) == 1:
                kept[end] = kept[end][0]
        return kept
    return [plain(v) for v in found] if isinstance(found, (list, tuple)) else found


def built(source):
    """The model of a source, which runs as a program of its own."""
    names = {}
    exec(compile(source, "model.py", "exec"), names)
    return names["model"]


def predictions(model):
    rng = np.random.default_rng(0)
    shapes = [[2 if k == 0 else n or 5 for k, n in enumerate(i.shape)] for i in model.inputs]
    x = [rng.normal(size=shape).astype("float32") for shape in shapes]
    if not isinstance(model, keras.Model):
        return [np.asarray(y) for y in tf.nest.flatten(model(x[0] if len(x) == 1 else x, training=False))]
    graph = getattr(model, "_functional", model)
    return [np.asarray(y) for y in tf.nest.flatten(graph(keras.tree.pack_sequence_as(graph._inputs_struct, x), training=False))]


def check(text, package, options=()):
    def run():
        source = SCRATCH / "model.json"
        source.write_text(text)
        target = SCRATCH / "model.py"
        keraunos("convert", source, target, *options)
        package.backend.clear_session()
        want = package.models.model_from_json(text)
        package.backend.clear_session()
        got = built(target.read_text())
        assert plain(json.loads(got.to_json())) == plain(json.loads(want.to_json())), "configs differ"
        if want.built:
            got.set_weights(want.get_weights())
            same_bits(predictions(got), predictions(want), "predictions")

    return run


def named(run, name):
    run.__name__ = name
    return case(run)


# Keras itself forgets the flag of a frozen Sequential inside, gives random outputs where training is asked for, or
# does not read its own nest of single outputs.
LEFT_OUT = ("mixed_precision", "training_call", "nested_three_levels", "unbuilt_nested")
for folder in sorted((FIXTURES / "summary").iterdir()):
    if folder.name in LEFT_OUT:
        continue
    named(check((folder / "keras3.json").read_text(), keras), f"{folder.name} in Keras 3")
    if (folder / "keras2.json").exists():
        named(check((folder / "keras2.json").read_text(), tf_keras, ("--keras", "2")), f"{folder.name} in Keras 2")
for file in sorted((FIXTURES / "ir").iterdir()):
    if file.stem not in LEFT_OUT:
        named(check(json.dumps(json.loads(file.read_text())["keras3"]), keras), f"{file.stem} in Keras 3")
finish()

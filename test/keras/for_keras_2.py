"""Files for tf.keras: models of Keras 3 and of tf.keras, written with `--keras 2`, open in real tf-keras, predict the same
and train on from where they were."""
from _cases import SCRATCH, case, close, finish, keraunos, same_bits
from _models import ADAM, MODELS, NESTEROV, SGD, listed, samples, shaken, single

import keras
import numpy as np
import tensorflow as tf
import tf_keras

ROWS = 17
STEPS = 2
ENDS = (".keras", ".h5", ".weights.h5", ".json")


def outputs(model, x):
    return [np.asarray(y) for y in listed(model(single(x), training=False))]


def step(model, seed):
    """An update by gradients that do not depend on the model, so that both Keras get the same."""
    rng = np.random.default_rng(seed)
    model.optimizer.apply_gradients([(tf.constant(rng.normal(0, 0.1, v.shape), "float32"), v) for v in model.trainable_variables])


def for_keras_2(build, package, optimizer):
    def run():
        keras.utils.clear_session()
        tf_keras.backend.clear_session()
        model, compile = shaken(build(package)), MODELS[build]
        # tf-keras makes one of its legacy optimizers of a dict, whose state it leaves out of .keras
        new = getattr(package.optimizers, optimizer["class_name"])
        model.compile(optimizer=new(**optimizer["config"]), **compile)
        for k in range(STEPS):
            step(model, k)
        x, _ = samples(model, compile, ROWS)
        source = SCRATCH / f"{package.__name__}-{build.__name__}-{optimizer['class_name']}.keras"
        model.save(source)
        targets = [SCRATCH / f"{source.stem}-2{end}" for end in ENDS]
        for target in targets:
            keraunos("convert", source, target, "--keras", "2")
        check(model, x, targets)

    run.__name__ = f"{build.__name__} of {package.__name__} with {optimizer['class_name']} for Keras 2"
    return run


def check(model, x, targets):
    want = outputs(model, x)
    whole = [tf_keras.models.load_model(path) for path in targets[:2]]
    blank = tf_keras.models.model_from_json(targets[3].read_text())
    blank.load_weights(targets[2])
    for copy in [*whole, blank]:
        for a, b in zip(outputs(copy, x), want, strict=True):
            close(a, b, 1e-6, "predictions")
    step(model, STEPS)
    for copy in whole:
        step(copy, STEPS)
        assert int(copy.optimizer.iterations) == STEPS + 1, f"{int(copy.optimizer.iterations)} iterations"
        for a, b in zip(trained(copy), trained(model), strict=True):
            close(a, b, 1e-6, "weights after a further update")


def trained(model):
    """Trained weights."""
    return [np.asarray(v) for v in model.trainable_variables]


for k, build in enumerate(MODELS):
    case(for_keras_2(build, keras, (ADAM, NESTEROV, SGD)[k % 3]))
    if k % 4 == 0:
        case(for_keras_2(build, tf_keras, (ADAM, NESTEROV, SGD)[k % 3]))
# tf-keras does not save the product that Nadam keeps, and starts it anew; files with Lion it writes and does not open
for k, name in enumerate(("RMSprop", "AdamW", "Adagrad", "Adadelta", "Adamax", "Ftrl")):
    build = list(MODELS)[k % 2]
    case(for_keras_2(build, (keras, tf_keras)[k % 2], {"class_name": name, "config": {"learning_rate": 0.01}}))


@case
def equal_models_give_equal_bytes():
    model = tf_keras.Sequential([tf_keras.layers.Dense(2, activation="hard_sigmoid", input_shape=(3,))])
    source, one, two = (SCRATCH / f"twice{end}" for end in (".h5", "-1.keras", "-2.keras"))
    model.save(source)
    for target in (one, two):
        keraunos("convert", source, target)
    assert one.read_bytes() == two.read_bytes()
    x = np.linspace(-9, 9, 12, dtype="float32").reshape(4, 3)
    same_bits([np.asarray(keras.saving.load_model(one)(x))], [np.asarray(model(x))], "hard_sigmoid of Keras 2 in Keras 3")


finish()

"""A run that Keras began goes on in Keraunos, and the other way round, as if nothing had been between: the optimizer's state travels with the file."""
from _cases import SCRATCH, case, close, finish, job, same_bits
from _models import ADAM, MODELS, MOMENTUM, NESTEROV, frozen, lecture, normalized, penalized, samples, shared, single, two_by_two

import keras

ROWS, SIZE, STEPS = 67, 16, 12
AMSGRAD = {"class_name": "Adam", "config": {"learning_rate": 0.003, "amsgrad": True}}
RUNS = [(lecture, ADAM), (lecture, MOMENTUM), (lecture, NESTEROV), (two_by_two, ADAM), (shared, AMSGRAD), (penalized, ADAM), (frozen, ADAM), (frozen, MOMENTUM)]
CUTS = [(k, min(k + SIZE, ROWS)) for k in range(0, ROWS, SIZE)]
BATCHES = [CUTS[k % len(CUTS)] for k in range(STEPS)]
THIRD = STEPS // 3


def begun(build, optimizer):
    """A compiled model and its data."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(9)
    model = build(keras)
    model.compile(optimizer=keras.optimizers.get(optimizer), **MODELS[build])
    return model, *samples(model, MODELS[build], ROWS)


def steps(model, x, y, batches):
    """Losses of these batches in Keras."""
    cut = lambda arrays, rows: single([a[slice(*rows)] for a in arrays])
    return [float(model.train_on_batch(cut(x, rows), cut(y, rows), return_dict=True)["loss"]) for rows in batches]


def here(source, target, x, y, batches):
    """Losses of these batches in Keraunos, which opens one file and saves the other."""
    data = {f"x{k}": a for k, a in enumerate(x)} | {f"y{k}": a for k, a in enumerate(y)}
    names = {key: single([name for name in data if name[0] == key]) for key in "xy"}
    answers, _ = job(source, [("train", {**names, "batches": batches}), ("save", {"path": str(target)})], data)
    return [logs["loss"] for logs in answers[0]]


def relay(build, optimizer, first, second):
    """Python, Keraunos and Python again run a third each; the files between are of these kinds."""

    def run():
        model, x, y = begun(build, optimizer)
        began, went_on = (SCRATCH / f"{build.__name__}-{k}{end}" for k, end in enumerate((first, second)))
        got = steps(model, x, y, BATCHES[:THIRD])
        model.save(began)
        got += here(began, went_on, x, y, BATCHES[THIRD : 2 * THIRD])
        resumed = keras.saving.load_model(went_on)
        got += steps(resumed, x, y, BATCHES[2 * THIRD :])
        whole, x, y = begun(build, optimizer)
        close(got, steps(whole, x, y, BATCHES), 1e-5, "losses")
        for a, b in zip(resumed.weights, whole.weights, strict=True):
            close(a, b, 1e-5, a.path)
        assert int(resumed.optimizer.iterations) == STEPS, f"{int(resumed.optimizer.iterations)} iterations"

    kind = "-".join([optimizer["class_name"], *(key for key in optimizer["config"] if key != "learning_rate")]).lower()
    run.__name__ = f"{build.__name__} with {kind} runs on from Python through {first} to Keraunos through {second} to Python"
    return run


NAMES = ("RMSprop", "AdamW", "Adagrad", "Adadelta", "Adamax", "Nadam", "Lion", "Ftrl")
OTHERS = [{"class_name": name, "config": {"learning_rate": 0.01}} for name in NAMES]
RUNS += [((lecture, shared)[k % 2], optimizer) for k, optimizer in enumerate(OTHERS)]

for build, optimizer in RUNS:
    case(relay(build, optimizer, ".keras", ".keras"))
case(relay(lecture, ADAM, ".h5", ".keras"))
case(relay(two_by_two, MOMENTUM, ".h5", ".keras"))


@case
def a_run_begun_here_goes_on_in_Python():
    model, x, y = begun(normalized, ADAM)
    model.compile(optimizer=keras.optimizers.get(ADAM), **MODELS[normalized])
    fresh, saved = SCRATCH / "fresh.keras", SCRATCH / "begun.keras"
    model.save(fresh)
    here(fresh, saved, x, y, BATCHES[:THIRD])
    resumed = keras.saving.load_model(saved)
    assert int(resumed.optimizer.iterations) == THIRD
    again = SCRATCH / "again.keras"
    _, arrays = job(saved, [("optimizer", {"as": "o"}), ("save", {"path": str(again)})])
    same_bits([arrays[f"o/{k}"] for k in range(2, len(arrays))], [v.numpy() for v in resumed.optimizer.variables[2:]], "slots")
    steps(resumed, x, y, BATCHES[THIRD:])


@case
def a_weights_file_brings_the_state_of_the_optimizer():
    model, x, y = begun(lecture, ADAM)
    steps(model, x, y, BATCHES[:THIRD])
    architecture, weights, target = SCRATCH / "fresh.keras", SCRATCH / "state.weights.h5", SCRATCH / "state-out.weights.h5"
    begun(lecture, ADAM)[0].save(architecture)
    model.save_weights(weights)
    data = {"x": x[0], "y": y[0]}
    train = ("train", {"x": "x", "y": "y", "batches": BATCHES[THIRD : 2 * THIRD]})
    answers, _ = job(architecture, [train, ("save", {"path": str(target)})], data, options={"weights": str(weights)})
    copy, _, _ = begun(lecture, ADAM)
    copy.optimizer.build(copy.trainable_variables)
    copy.load_weights(target)
    got = [logs["loss"] for logs in answers[0]] + steps(copy, x, y, BATCHES[2 * THIRD :])
    close(got, steps(model, x, y, BATCHES[THIRD:]), 1e-5, "losses")


finish()

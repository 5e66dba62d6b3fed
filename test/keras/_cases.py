"""The protocol of these scripts: `@case` runs a function at once and prints `ok NAME` or `FAIL NAME: WHY`."""
import atexit
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SCRATCH = Path(tempfile.mkdtemp(prefix="keraunos-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
_failed = []
_jobs = itertools.count()


def case(function):
    """Runs a test case; its name is the function's, with spaces. Weights that nobody seeds are the same in every run."""
    name = function.__name__.replace("_", " ")
    random.seed(1)
    try:
        function()
        print(f"ok {name}", flush=True)
    except Exception as error:
        _failed.append(name)
        why = str(error).replace("\n", " | ")
        print(f"FAIL {name}: {type(error).__name__}: {why}", flush=True)
    return function


def keraunos(*arguments):
    """Runs the command and returns its standard output; raises with its messages where it fails."""
    return _node(ROOT / "dist/node/cli/main.js", *arguments)


def job(model, steps, data=None, **settings):
    """Runs steps on one model of the library in one process: `(do, arguments)` pairs; arrays are named, and given in
    `data`. `options` are those of `loadModel`, `compile` those of `compile`. Returns what each step gave, and the
    arrays that the steps kept by their names."""
    base = SCRATCH / f"job-{next(_jobs)}"
    spec = {"model": str(model), "steps": [{"do": do, **arguments} for do, arguments in steps], "out": f"{base}.out.npz", **settings}
    # What is tested is no hostile file, and the machine may be busy.
    spec["options"] = {"limits": {"time_ms": 60_000}, **spec.get("options", {})}
    if data is not None:
        np.savez(f"{base}.npz", **data)
        spec["data"] = f"{base}.npz"
    Path(f"{base}.json").write_text(json.dumps(spec))
    answers = json.loads(_node(Path(__file__).parent / "_keraunos.mjs", f"{base}.json"))
    with np.load(f"{base}.out.npz") as kept:
        return answers, {name: kept[name] for name in kept.files}


def kept(arrays, name):
    """The arrays that a step kept as a list."""
    found = itertools.takewhile(lambda key: key in arrays, (f"{name}/{k}" for k in itertools.count()))
    return [arrays[key] for key in found]


def _node(*command):
    done = subprocess.run([os.environ.get("NODE", "node"), *map(str, command)], capture_output=True, text=True, cwd=ROOT, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def same_bits(got, want, what):
    """Two lists of arrays are equal bit for bit."""
    assert len(got) == len(want), f"{what}: {len(got)} arrays, not {len(want)}"
    for k, (a, b) in enumerate(zip(got, want)):
        assert a.shape == b.shape and a.tobytes() == b.tobytes(), f"{what}: array {k} of shape {b.shape} differs"


def close(got, want, limit, what, relative=False):
    """Numbers differ by at most `limit`, or by at most that share of the largest."""
    got, want = np.asarray(got, "float64"), np.asarray(want, "float64")
    assert got.shape == want.shape, f"{what}: shape {got.shape}, not {want.shape}"
    error = np.abs(got - want).max() / (np.abs(want).max() if relative else 1)
    assert error <= limit, f"{what}: off by {error:.3g}, more than {limit}"
    return error


def finish():
    """Ends the script, with exit code 1 where a case failed."""
    sys.exit(1 if _failed else 0)

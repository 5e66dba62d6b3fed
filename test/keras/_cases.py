"""The protocol of these scripts: `@case` runs a function at once and prints `ok NAME` or `FAIL NAME: WHY`."""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
SCRATCH = Path(tempfile.mkdtemp(prefix="keraunos-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
_failed = []


def case(function):
    """Runs a test case; its name is the function's, with spaces."""
    name = function.__name__.replace("_", " ")
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
    command = [os.environ.get("NODE", "node"), str(ROOT / "dist/node/cli/main.js"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    if done.returncode != 0:
        raise AssertionError(f"keraunos {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def finish():
    """Ends the script, with exit code 1 where a case failed."""
    sys.exit(1 if _failed else 0)

"""One epoch of the lecture in real Keras with one thread, each time a line arrives on standard input: prints its seconds and its loss."""
import json
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "fixtures"))

from lecture import lecture_mlp, load

import keras

x, y = load("train")
x, y = x[5000:], y[5000:]
model = lecture_mlp(keras)
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
print(json.dumps({"ready": keras.__version__}), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    history = model.fit(x, y, batch_size=32, epochs=1, verbose=0).history
    print(json.dumps({"seconds": time.perf_counter() - start, "loss": history["loss"][0]}), flush=True)

# The same question on four points of the plane: (0, 2) and (2, 0) against (0, 0) and (2, 2).
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(3)
points = np.array([[0, 2], [2, 0], [0, 0], [2, 2]]) / 2
labels = np.array([1, 1, -1, -1])

model = keras.Sequential([
    keras.layers.Dense(2, activation="tanh", input_shape=(2,)),
    keras.layers.Dense(1, activation="tanh"),
])
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.2, momentum=0.9))
model.fit(points, labels, epochs=400, batch_size=4, verbose=0)
model.predict(points)

# No single neuron can do XOR; one hidden layer can, and learns it.
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(7)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
y = np.array([[0], [1], [1], [0]], dtype="float32")

model = keras.Sequential()
model.add(keras.layers.Dense(8, activation="tanh", input_dim=2))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(learning_rate=0.05), metrics=["accuracy"])
model.fit(X, y, epochs=500, batch_size=4, verbose=0)
model.evaluate(X, y)
model.predict(X)

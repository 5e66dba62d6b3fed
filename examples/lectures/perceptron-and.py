# One neuron is enough for AND: it fires where 10·a + 10·b - 15 is above zero.
import numpy as np
from tensorflow import keras
from tensorflow.keras.initializers import Constant

points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])

model = keras.Sequential([
    keras.Input(shape=(2,)),
    keras.layers.Dense(1, activation="sigmoid",
                       kernel_initializer=Constant(10.0), bias_initializer=Constant(-15.0)),
])
model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
model.evaluate(points, np.array([0, 0, 0, 1]))
model.predict(points)

# Three hidden layers: gradient descent updates four weight matrices.
from tensorflow import keras

model = keras.Sequential(name="deep")
model.add(keras.Input(shape=(8,)))
for k in range(1, 4):
    model.add(keras.layers.Dense(16, activation="sigmoid", name=f"hidden_{k}"))
model.add(keras.layers.Dense(1, name="output"))
model.compile(loss="mse", optimizer="sgd")

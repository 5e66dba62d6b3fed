# The classifier again, stopped when five epochs in a row bring nothing new.
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.callbacks import EarlyStopping

keras.utils.set_random_seed(42)
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    keras.layers.Flatten(),
    keras.layers.Dense(300, activation="relu"),
    keras.layers.Dense(100, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9),
              loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, epochs=100, batch_size=32, validation_split=0.1,
          callbacks=[EarlyStopping(patience=5, restore_best_weights=True)])
model.evaluate(x_test, y_test)

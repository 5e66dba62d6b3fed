# Two ways against overfitting in one net: a ridge penalty on the kernels, and dropout between the layers.
from tensorflow import keras
from tensorflow.keras import layers, regularizers

ridge = 1e-4
rates = [0.2, 0.2]
(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

model = keras.Sequential(name="regularised")
model.add(layers.Flatten(input_shape=(28, 28)))
for units, rate in zip([300, 100], rates):
    model.add(layers.Dense(units, activation="relu", kernel_initializer="he_normal",
                           kernel_regularizer=regularizers.l2(ridge)))
    model.add(layers.Dropout(rate))
model.add(layers.Dense(10, activation="softmax"))

model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train[5000:], y_train[5000:], epochs=20, validation_data=(x_train[:5000], y_train[:5000]))
model.evaluate(x_test, y_test)

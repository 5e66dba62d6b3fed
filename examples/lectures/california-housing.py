# House prices from eight numbers a district. Bring the data: --data housing.csv, or x_train and y_train in an .npz.
from tensorflow import keras

features = 8

model = keras.models.Sequential([
    keras.layers.Dense(30, activation="relu", input_shape=(features,)),
    keras.layers.Dense(30, activation="relu"),
    keras.layers.Dense(1),
])
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=1e-3))
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=10, restore_best_weights=True)
history = model.fit(x_train, y_train, epochs=200, validation_split=0.2, callbacks=[stop])
model.evaluate(x_test, y_test)

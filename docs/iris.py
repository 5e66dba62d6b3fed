from tensorflow import keras

keras.utils.set_random_seed(1)
iris = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax")])
iris.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")

from tensorflow import keras

keras.utils.set_random_seed(1)
edges = keras.Sequential([keras.Input((9, 9, 3)), keras.layers.Conv2D(8, 3, padding="same", activation="relu"), keras.layers.MaxPooling2D()])

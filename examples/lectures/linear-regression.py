# Several outputs, each a linear function of the inputs. Give the sizes: --define d_in=3 --define d_out=2.
# keras.Dense is how the slide spells keras.layers.Dense.
from tensorflow import keras

model = keras.Sequential()
model.add(keras.Dense(d_out, input_shape=[d_in]))
model.compile(loss="mse", optimizer="sgd")
model.fit(x_train, y_train, epochs=100, batch_size=32)

# The same three classes, the labels as numbers.
from tensorflow import keras
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

d_in = 4
classes = 3

model = Sequential()
model.add(Dense(4, activation="tanh", input_shape=[d_in]))
model.add(Dense(5, activation="relu"))
model.add(Dense(classes, activation="softmax"))
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics="accuracy")
model.fit(x_train, y_train, epochs=100, batch_size=32)

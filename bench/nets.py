"""The benchmarked nets in Keras: each a function without arguments, all functional, one input, one output."""
import keras
from keras import layers


def functional(name, shape, body):
    x = keras.Input(shape, name="x")
    return keras.Model(x, body(x), name=name)


def tabular():
    def body(x):
        x = layers.Dense(16, activation="relu")(x)
        x = layers.Dense(16, activation="relu")(x)
        return layers.Dense(1)(x)

    return functional("tabular", (8,), body)


def mlp():
    def body(x):
        x = layers.Flatten()(x)
        x = layers.Dense(300, activation="relu")(x)
        x = layers.Dense(100, activation="relu")(x)
        return layers.Dense(10, activation="softmax")(x)

    return functional("mlp", (28, 28), body)


def cnn():
    def body(x):
        x = layers.Conv2D(32, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Conv2D(64, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Flatten()(x)
        x = layers.Dense(128, activation="relu")(x)
        return layers.Dense(10, activation="softmax")(x)

    return functional("cnn", (28, 28, 1), body)


def mobilenetv2():
    return keras.applications.MobileNetV2(input_shape=(224, 224, 3), weights=None)


def convolution(x, filters, size=3, strides=1, activation="relu"):
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def resnet():
    def block(x, filters, strides):
        y = convolution(x, filters, strides=strides)
        y = convolution(y, filters, activation=None)
        if strides > 1:
            x = convolution(x, filters, 1, strides, activation=None)
        return layers.Activation("relu")(layers.Add()([x, y]))

    def body(x):
        x = convolution(x, 64)
        x = block(x, 64, 1)
        x = block(x, 128, 2)
        x = layers.GlobalAveragePooling2D()(x)
        return layers.Dense(10, activation="softmax")(x)

    return functional("resnet", (32, 32, 3), body)


def separable():
    def sepconv(x, filters):
        x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    def module(x, filters):
        residual = convolution(x, filters, 1, 2, activation=None)
        x = layers.Activation("relu")(sepconv(x, filters))
        x = sepconv(x, filters)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        return layers.Add()([x, residual])

    def body(x):
        for _ in range(2):
            x = layers.Conv2D(8, 3, use_bias=False)(x)
            x = layers.Activation("relu")(layers.BatchNormalization()(x))
        for filters in (16, 32, 64, 128):
            x = module(x, filters)
        x = layers.Conv2D(7, 3, padding="same")(x)
        x = layers.GlobalAveragePooling2D()(x)
        return layers.Softmax()(x)

    return functional("separable", (64, 64, 1), body)


def unet():
    def twice(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    def body(x):
        kept = []
        for filters in (8, 16, 32):
            x = twice(x, filters)
            kept.append(x)
            x = layers.MaxPooling2D()(x)
        x = twice(x, 64)
        for filters in (32, 16, 8):
            x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
            x = twice(layers.Concatenate()([x, kept.pop()]), filters)
        return layers.Conv2D(1, 1, activation="sigmoid")(x)

    return functional("unet", (128, 128, 3), body)


def lstm():
    def body(x):
        return layers.Dense(10, activation="softmax")(layers.LSTM(128)(x))

    return functional("lstm", (100, 64), body)


def bigru():
    def body(x):
        x = layers.Masking()(x)
        x = layers.Bidirectional(layers.GRU(64))(x)
        return layers.Dense(10, activation="softmax")(x)

    return functional("bigru", (100, 32), body)


def transformer():
    def block(x):
        y = layers.MultiHeadAttention(4, 32)(x, x)
        x = layers.LayerNormalization()(layers.Add()([x, y]))
        y = layers.Dense(512, activation="relu")(x)
        y = layers.Dense(128)(y)
        return layers.LayerNormalization()(layers.Add()([x, y]))

    def body(x):
        x = layers.GlobalAveragePooling1D()(block(block(x)))
        return layers.Dense(10, activation="softmax")(x)

    return functional("transformer", (64, 128), body)


NETS = {
    net.__name__: net
    for net in (tabular, mlp, cnn, mobilenetv2, resnet, separable, unet, lstm, bigru, transformer)
}

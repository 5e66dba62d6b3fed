"""Small models that between them use every layer, made with the layers of Keras 3 or of tf.keras, and data for them."""
import numpy as np

SGD = {"class_name": "SGD", "config": {"learning_rate": 0.05}}
MOMENTUM = {"class_name": "SGD", "config": {"learning_rate": 0.02, "momentum": 0.9}}
NESTEROV = {"class_name": "SGD", "config": {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}}
ADAM = {"class_name": "Adam", "config": {"learning_rate": 0.003}}


def lecture(k):
    l = k.layers
    return k.Sequential([l.InputLayer((8, 6)), l.Flatten(), l.Dense(30, activation="relu"), l.Dense(21, activation="relu"), l.Dense(10, activation="softmax")], name="lecture")


def normalized(k):
    l = k.layers
    stack = [l.InputLayer((13,)), l.Dense(33, activation="relu"), l.BatchNormalization(), l.Dropout(0.3, seed=11), l.Dense(17, use_bias=False)]
    return k.Sequential([*stack, l.BatchNormalization(momentum=0.9, scale=False), l.Activation("relu"), l.Dropout(0.25, seed=12), l.Dense(4, activation="softmax")], name="normalized")


def two_by_two(k):
    l = k.layers
    a, b = k.Input((12,), name="left"), k.Input((9,), name="right")
    h = l.Concatenate(name="both")([l.Dense(7, activation="tanh", name="d1")(a), l.Dense(5, activation="elu", name="d2")(b)])
    return k.Model([a, b], [l.Dense(1, name="price")(h), l.Dense(5, activation="softmax", name="kind")(h)], name="two_by_two")


def shared(k):
    l = k.layers
    twice, i = l.Dense(11, activation="swish", name="twice"), k.Input((11,), name="inner_in")
    inner = k.Model(i, l.Dense(11, name="mix")(twice(twice(i))), name="inner")
    x = k.Input((6,), name="x")
    h = l.Dense(11, name="start")(x)
    return k.Model(x, l.Dense(3, name="end")(l.Add(name="sum")([inner(h), inner(l.Activation("tanh", name="t")(h))])), name="shared")


def penalized(k):
    l, r = k.layers, k.regularizers
    first = l.Dense(19, activation="relu", kernel_regularizer=r.L1L2(1e-4, 3e-4), bias_regularizer=r.L2(0.01), activity_regularizer=r.L1(1e-4))
    return k.Sequential([l.InputLayer((14,)), first, l.Dense(15, activation="relu", kernel_regularizer="l2"), l.Dense(3, activation="softmax")], name="penalized")


def frozen(k):
    l = k.layers
    x = k.Input((7,), name="x")
    inner = k.Sequential([l.InputLayer((7,)), l.Dense(9, name="held", trainable=False), l.BatchNormalization(name="still", trainable=False), l.Dense(8, name="free")], name="part")
    h = l.Dense(8, activation="relu", trainable=False, name="fixed")(inner(x))
    return k.Model(x, l.Dense(2, name="end")(l.BatchNormalization(name="norm")(h)), name="frozen")


def merging(k):
    l = k.layers
    x = k.Input((4, 6), name="x")
    a, b = l.Dense(6, activation="gelu")(x), l.Dense(6, activation="sigmoid")(x)
    h = l.Concatenate(axis=1)([l.Multiply()([a, b]), l.Add()([a, b, x])])
    return k.Model(x, l.Dense(3)(l.Flatten()(h)), name="merging")


def bent(k):
    l = k.layers
    stack = [l.InputLayer((3, 5)), l.Rescaling(0.5, offset=-0.1), l.Flatten(), l.Dense(24), l.LeakyReLU(), l.Reshape((4, 6)), l.Dense(5), l.ReLU(max_value=2.0), l.Softmax(axis=1)]
    return k.Sequential(stack, name="bent")


def pooled(k):
    l = k.layers
    x = k.Input((9, 7, 4), name="x")
    h = l.Dense(6, activation="relu")(l.MaxPooling2D(3, strides=2, padding="same")(x))
    h = l.Permute((2, 1, 3))(l.AveragePooling2D((2, 1), padding="same")(l.BatchNormalization()(h)))
    parts = [l.GlobalMaxPooling2D()(h), l.GlobalAveragePooling2D()(l.MaxPooling2D()(x)), l.Flatten()(l.GlobalAveragePooling2D(keepdims=True)(h))]
    return k.Model(x, l.Dense(3)(l.Concatenate()(parts)), name="pooled")


def words(k):
    l = k.layers
    # tf.keras knows no row before the first
    whole = [l.InputLayer((11,)), l.Rescaling(2.0, offset=10.0), l.Embedding(20, 8, embeddings_regularizer="l2"), l.LayerNormalization()]
    stack = [l.MaxPooling1D(3, strides=2, padding="same"), l.LayerNormalization(axis=[1, 2], epsilon=0.01, center=False), l.AveragePooling1D(2), l.GlobalMaxPooling1D()]
    return k.Sequential([*whole, *stack, l.RepeatVector(3), l.GlobalAveragePooling1D(), l.Dense(4, activation="softmax")], name="words")


def compared(k):
    l = k.layers
    a, b = k.Input((12,), name="a"), k.Input((5, 12), name="b")
    p, q = l.Dense(7, activation="tanh", name="p")(a), l.Dense(7, activation="tanh", name="q")(b)
    flat = lambda t: l.Flatten()(t)
    parts = [l.Subtract()([p, l.GlobalAveragePooling1D()(q)]), flat(l.Maximum()([p, q])), flat(l.Minimum()([q, p])), flat(l.Average()([q, q, p])), l.Dot((2, 1))([q, p]), flat(l.Dot(-1, normalize=True)([q, q]))]
    return k.Model([a, b], l.Dense(2)(l.Concatenate()(parts)), name="compared")


def nested(k):
    l = k.layers
    block = lambda name, units: k.Sequential([l.InputLayer((10,)), l.Dense(units, activation="relu"), l.Dropout(0.1, seed=3), l.Dense(10)], name=name)
    outer = k.Sequential([l.InputLayer((10,)), block("low", 12), l.Dense(10, activation="selu"), block("high", 8)], name="outer")
    x = k.Input((10,), name="x")
    return k.Model(x, [outer(x), l.Dense(2, name="aside")(x)], name="nested")


def pictures(k):
    l = k.layers
    x = k.Input((9, 8, 3), name="x")
    h = l.Conv2D(6, 3, padding="same", activation="relu", kernel_regularizer="l2")(l.ZeroPadding2D(((1, 0), (0, 0)))(x))
    d = l.DepthwiseConv2D((3, 2), strides=2, padding="same", depth_multiplier=2, bias_regularizer="l1")(h)
    d = l.SeparableConv2D(6, 2, padding="same", depth_multiplier=2, activation="tanh")(d)
    u = l.UpSampling2D((2, 2), interpolation="bilinear")(d)
    t = l.Conv2DTranspose(6, 4, strides=2, padding="same", use_bias=False)(d)
    h = l.Conv2D(4, (3, 2), strides=(2, 1), groups=2, activation="relu")(l.Cropping2D(((1, 1), (0, 2)))(l.Add()([u, t])))
    return k.Model(x, l.Dense(5, activation="softmax")(l.Flatten()(l.Conv2D(4, 2, dilation_rate=2)(h))), name="pictures")


def waves(k):
    l = k.layers
    stack = [l.InputLayer((15, 3)), l.Conv1D(8, 3, padding="causal", dilation_rate=2, activation="relu"), l.DepthwiseConv1D(3, strides=2), l.SeparableConv1D(6, 3, padding="same")]
    stack += [l.UpSampling1D(2), l.ZeroPadding1D((1, 2)), l.Conv1DTranspose(5, 4, strides=2, padding="same", activation="tanh"), l.Cropping1D((3, 2))]
    return k.Sequential([*stack, l.Conv1D(2, 5, strides=3, activity_regularizer="l2")], name="waves")


def sequences(k):
    l = k.layers
    two = l.Bidirectional(l.LSTM(6, return_sequences=True, kernel_regularizer="l2"), merge_mode="ave")
    stack = [l.InputLayer((7, 5)), l.Masking(), two, l.TimeDistributed(l.Dense(4, activation="tanh")), l.SimpleRNN(5, return_sequences=True, go_backwards=True)]
    other = l.GRU(4, return_sequences=True, go_backwards=True, reset_after=False)
    return k.Sequential([*stack, l.Bidirectional(l.GRU(4, return_sequences=True), backward_layer=other), l.GRU(5), l.Dense(3, activation="softmax")], name="sequences")


def translated(k):
    l = k.layers
    x, y = k.Input((6, 3), name="x"), k.Input((4, 2), name="y")
    _, h, c = l.LSTM(4, return_state=True, name="reads")(x)
    said = l.LSTM(4, return_sequences=True, name="says")(y, initial_state=[h, c])
    return k.Model([x, y], [l.Dense(2, name="end")(said), l.GRU(4, name="also")(y, initial_state=h)], name="translated")


CLASSES = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
SQUARES = {"loss": "mean_squared_error", "metrics": ["mean_absolute_error"]}
# What each model is compiled with besides its optimizer.
MODELS = {
    lecture: CLASSES,
    normalized: CLASSES,
    two_by_two: {"loss": {"price": "mean_squared_error", "kind": "sparse_categorical_crossentropy"}, "loss_weights": {"price": 0.3, "kind": 1.7}},
    shared: SQUARES,
    penalized: CLASSES,
    frozen: SQUARES,
    merging: SQUARES,
    bent: SQUARES,
    pooled: SQUARES,
    words: CLASSES,
    compared: SQUARES,
    pictures: CLASSES,
    waves: SQUARES,
    sequences: CLASSES,
    translated: {"loss": ["mean_squared_error", "mean_squared_error"]},
    nested: {"loss": ["mean_squared_error", "mean_squared_error"]},
}


def listed(nest):
    """One thing as a list of one."""
    return list(nest) if isinstance(nest, (list, tuple)) else [nest]


def single(things):
    """A list of one as the thing."""
    return things if len(things) > 1 else things[0]


def samples(model, compile, n, seed=5):
    """Inputs and labels for `n` rows: class numbers where the loss takes them, else numbers."""
    rng = np.random.default_rng(seed)
    losses = list(compile["loss"].values()) if isinstance(compile["loss"], dict) else listed(compile["loss"])
    x = [rng.normal(0, 1, (n, *t.shape[1:])).astype("float32") for t in listed(model.inputs)]
    y = [labels(rng, loss, (n, *t.shape[1:])) for loss, t in zip(losses, listed(model.outputs), strict=True)]
    return x, y


def labels(rng, loss, shape):
    if loss == "sparse_categorical_crossentropy":
        return rng.integers(0, shape[-1], shape[:-1]).astype("int32")
    return rng.normal(0, 1, shape).astype("float32")


def shaken(model, seed=6):
    """Gives every weight a value that no initializer gives; variances stay positive."""
    rng = np.random.default_rng(seed)
    model.set_weights([np.abs(w + rng.normal(0, 0.05, w.shape)).astype("float32") if w.ndim == 1 else w + rng.normal(0, 0.01, w.shape).astype("float32") for w in model.get_weights()])
    return model

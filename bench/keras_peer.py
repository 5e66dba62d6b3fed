"""Times real Keras and TensorFlow with one thread: keras_peer.py FOLDER"""
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

import keras
from peer import serve

OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}


def loaded(net):
    return keras.models.load_model(net.folder / "model.keras", compile=False)


def predictor(net, name, job):
    model = loaded(net)
    if name == "keras":
        return lambda x, labels: model.predict_on_batch(x)
    compiled = tf.function(lambda x: model(x, training=False))
    return lambda x, labels: compiled(tf.constant(x)).numpy()


def trainer(net, name, job):
    model = loaded(net)
    optimizer = OPTIMIZERS[job["optimizer"]](job["learning_rate"])
    if name == "keras":
        model.compile(optimizer=optimizer, loss=net.about["loss"])

        def fit(x, labels):
            model.reset_metrics()
            return float(model.train_on_batch(x, labels))

        return fit
    loss = keras.losses.get(net.about["loss"])
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = tf.reduce_mean(loss(y, model(x, training=True)))
        optimizer.apply(tape.gradient(value, model.trainable_variables))
        return value

    return lambda x, labels: float(step(tf.constant(x), tf.constant(labels)))


serve(keras.__version__, predictor, trainer)

"""How many multiplications and additions the products and convolutions of a net are, for one sample."""
from math import prod

from keras import layers


def flops(model):
    """Of the forward pass, and of the part whose input is the model's own input: training does not need its gradient."""
    macs = [(macs_of(layer), layer) for layer in model.layers]
    first = next(n for n, layer in macs if n > 0)
    return {"forward": 2 * sum(n for n, _ in macs), "first": 2 * first}


def macs_of(layer):
    if isinstance(layer, layers.DepthwiseConv2D):
        return positions(layer) * prod(layer.kernel.shape)
    if isinstance(layer, layers.SeparableConv2D):
        return positions(layer) * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape))
    if isinstance(layer, layers.Conv2DTranspose):
        return prod(layer.input.shape[1:-1]) * prod(layer.kernel.shape)
    if isinstance(layer, (layers.Conv2D, layers.Dense)):
        return positions(layer) * prod(layer.kernel.shape)
    if isinstance(layer, (layers.LSTM, layers.GRU)):
        return steps(layer) * cell(layer)
    if isinstance(layer, layers.Bidirectional):
        return steps(layer) * (cell(layer.forward_layer) + cell(layer.backward_layer))
    if isinstance(layer, layers.MultiHeadAttention):
        return attention(layer)
    return 0


def positions(layer):
    return prod(layer.output.shape[1:-1])


def steps(layer):
    """Beside its input, a layer may be given a mask."""
    return layer._inbound_nodes[0].input_tensors[0].shape[1]


def cell(layer):
    return prod(layer.cell.kernel.shape) + prod(layer.cell.recurrent_kernel.shape)


def attention(layer):
    tokens = layer.output.shape[1]
    products = sum(prod(w.shape) for w in layer.weights if w.path.endswith("kernel"))
    config = layer.get_config()
    heads = config["num_heads"] * (config["key_dim"] + config["value_dim"])
    return tokens * products + tokens * tokens * heads

"""Keras's layers as PyTorch modules. Images have their channels second by name and last in memory, as PyTorch is fastest."""
import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: torch.softmax(x, 1 if x.dim() == 4 else -1),
    "tanh": torch.tanh,
}


def identity(x):
    return x


def activation(config):
    name = config.get("activation")
    return identity if name in (None, "linear") else ACTIVATIONS[name]


def filled(module, weight, bias=None):
    """A module with these weights; images' kernels in the order in which their channels lie together."""
    weight = weight.contiguous(memory_format=torch.channels_last) if weight.dim() == 4 else weight.contiguous()
    module.weight = nn.Parameter(weight)
    if bias is not None:
        module.bias = nn.Parameter(bias)
    return module


class Activated(nn.Module):
    def __init__(self, module, act):
        super().__init__()
        self.module, self.act = module, act

    def forward(self, x):
        return self.act(self.module(x))


class Applied(nn.Module):
    """A function without weights."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def same(size, taps, stride):
    """What Keras pads before and behind an axis for padding="same"."""
    total = max((-(-size // stride) - 1) * stride + taps - size, 0)
    return total // 2, total - total // 2


def padded(config, taps, inputs, value, make):
    """`make(padding)`, with a padding of its own before it where the two sides differ."""
    if config["padding"] == "valid":
        return make(0)
    rows, columns = (same(s, k, st) for s, k, st in zip(inputs[0][:2], taps, config["strides"]))
    if rows[0] == rows[1] and columns[0] == columns[1]:
        return make((rows[0], columns[0]))
    return nn.Sequential(Applied(lambda x: F.pad(x, (*columns, *rows), value=value)), make(0))


def convolved(config, weight, bias, inputs, groups=1, strides=None):
    out, into, *taps = weight.shape
    make = lambda padding: filled(
        nn.Conv2d(into * groups, out, taps, strides or config["strides"], padding, groups=groups, bias=bias is not None),
        weight,
        bias,
    )
    return padded(config, taps, inputs, 0.0, make)


def dense(config, w, inputs):
    kernel = w["kernel"]
    return Activated(filled(nn.Linear(*kernel.shape), kernel.T, w["bias"]), activation(config))


def conv(config, w, inputs):
    made = convolved(config, w["kernel"].permute(3, 2, 0, 1), w.get("bias"), inputs)
    return Activated(made, activation(config))


def by_channel(kernel):
    """A depthwise kernel as PyTorch has it: one group a channel."""
    return kernel.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1)


def depthwise(config, w, inputs):
    made = convolved(config, by_channel(w["kernel"]), w.get("bias"), inputs, groups=w["kernel"].shape[2])
    return Activated(made, activation(config))


def separable(config, w, inputs):
    deep = w["depthwise_kernel"]
    first = convolved(config, by_channel(deep), None, inputs, groups=deep.shape[2])
    point = w["pointwise_kernel"].permute(3, 2, 0, 1)
    second = convolved({**config, "padding": "valid"}, point, w.get("bias"), inputs, strides=1)
    return Activated(nn.Sequential(first, second), activation(config))


def transposed(config, w, inputs):
    kernel = w["kernel"].permute(3, 2, 0, 1)
    into, out, *taps = kernel.shape
    made = filled(nn.ConvTranspose2d(into, out, taps, config["strides"]), kernel, w["bias"])
    return Activated(made, activation(config))


def max_pooling(config, w, inputs):
    taps = config["pool_size"]
    return padded(config, taps, inputs, -torch.inf, lambda padding: nn.MaxPool2d(taps, config["strides"], padding))


def batch_normalization(config, w, inputs):
    made = filled(nn.BatchNorm2d(len(w["gamma"]), config["epsilon"]), w["gamma"], w["beta"])
    made.running_mean, made.running_var = w["moving_mean"], w["moving_variance"]
    return made


def layer_normalization(config, w, inputs):
    return filled(nn.LayerNorm(len(w["gamma"]), config["epsilon"]), w["gamma"], w["beta"])


def relu(config, w, inputs):
    return nn.ReLU6() if config["max_value"] == 6 else nn.ReLU()


def zero_padding(config, w, inputs):
    rows, columns = config["padding"]
    return nn.ZeroPad2d((*columns, *rows))


def concatenate(config, w, inputs):
    return Applied(lambda *xs: torch.cat(xs, 1))


class Recurrent(nn.Module):
    """The last output of a recurrent layer, in one direction or both; masked steps lie behind."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x, mask=None):
        if mask is not None:
            lengths = mask.sum(1)
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        last = self.module(x)[1]
        last = last[0] if isinstance(last, tuple) else last
        return last.transpose(0, 1).flatten(1)


def recurrent(kind, reordered, directions):
    """PyTorch has two biases, whose sum is what counts where Keras has one; the second stays as it is."""
    first = directions[0]
    features, units = first["kernel"].shape[0], first["recurrent_kernel"].shape[0]
    made = kind(features, units, batch_first=True, bidirectional=len(directions) > 1)
    for w, end in zip(directions, ("", "_reverse")):
        bias = reordered(w["bias"])
        pair = bias if bias.dim() == 2 else (bias, torch.zeros_like(bias))
        given = {"weight_ih": reordered(w["kernel"]).T, "weight_hh": reordered(w["recurrent_kernel"]).T}
        for name, value in {**given, "bias_ih": pair[0], "bias_hh": pair[1]}.items():
            kept = name != "bias_hh" or bias.dim() == 2
            setattr(made, f"{name}_l0{end}", nn.Parameter(value.contiguous(), requires_grad=kept))
    made.flatten_parameters()
    return Recurrent(made)


def swapped(weight):
    """The gates of a GRU: update, reset, candidate in Keras; reset first in PyTorch."""
    z, r, h = weight.chunk(3, -1)
    return torch.cat((r, z, h), -1)


KINDS = {"LSTM": (nn.LSTM, identity), "GRU": (nn.GRU, swapped)}


def of_cell(w, start):
    return {path.split("/")[-1]: value for path, value in w.items() if path.startswith(start)}


def lstm(config, w, inputs):
    return recurrent(*KINDS["LSTM"], [of_cell(w, "")])


def bidirectional(config, w, inputs):
    kind, reordered = KINDS[config["layer"]["class_name"]]
    return recurrent(kind, reordered, [of_cell(w, "forward"), of_cell(w, "backward")])


class Attention(nn.Module):
    """Attention of a sequence on itself: one product for all projections of all heads."""

    def __init__(self, config, w):
        super().__init__()
        self.heads = config["num_heads"]
        three = ("query", "key", "value")
        kernel = torch.cat([w[f"{name}/kernel"].flatten(1) for name in three], 1)
        bias = torch.cat([w[f"{name}/bias"].flatten() for name in three])
        out = w["attention_output/kernel"].flatten(0, 1)
        self.projected = filled(nn.Linear(*kernel.shape), kernel.T, bias)
        self.out = filled(nn.Linear(*out.shape), out.T, w["attention_output/bias"])

    def forward(self, x, again):
        n, tokens, _ = x.shape
        q, k, v = self.projected(x).view(n, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).reshape(n, tokens, -1))


def of(function):
    return lambda config, w, inputs: Applied(function)


LAYERS = {
    "Dense": dense,
    "Conv2D": conv,
    "DepthwiseConv2D": depthwise,
    "SeparableConv2D": separable,
    "Conv2DTranspose": transposed,
    "MaxPooling2D": max_pooling,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "ReLU": relu,
    "ZeroPadding2D": zero_padding,
    "Concatenate": concatenate,
    "LSTM": lstm,
    "Bidirectional": bidirectional,
    "MultiHeadAttention": lambda config, w, inputs: Attention(config, w),
    "Activation": lambda config, w, inputs: Applied(activation(config)),
    "Softmax": of(ACTIVATIONS["softmax"]),
    "Add": of(torch.add),
    "GlobalAveragePooling2D": of(lambda x: x.mean((2, 3))),
    "GlobalAveragePooling1D": of(lambda x: x.mean(1)),
    "Flatten": of(lambda x: (x.permute(0, 2, 3, 1) if x.dim() == 4 else x).flatten(1)),
    "Masking": of(identity),
    "NotEqual": of(lambda x: x != 0),
    "Any": of(lambda x: x.any(-1)),
}

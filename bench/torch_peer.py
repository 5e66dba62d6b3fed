"""Times PyTorch with one thread on the nets of Keras: torch_peer.py FOLDER"""
import os
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from peer import serve
from torch import nn
from torch.nn import functional as F
from torch_layers import LAYERS, identity

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

OPTIMIZERS = {
    "sgd": lambda weights, rate: torch.optim.SGD(weights, rate, fused=True),
    "adam": lambda weights, rate: torch.optim.Adam(weights, rate, eps=1e-7, fused=True),
}


class Translated(nn.Module):
    """A Keras net from its description, layer by layer."""

    def __init__(self, net):
        super().__init__()
        flat, layers = torch.from_numpy(net.array("weights", [])), net.about["layers"]
        shapes = {layer["name"]: layer["output_shape"] for layer in layers}
        self.steps, self.parts = [], nn.ModuleList()
        for layer in layers[1:]:
            inputs = [shapes[name] for name in layer["inputs"]]
            self.parts.append(LAYERS[layer["class"]](layer["config"], weights_of(layer, flat), inputs))
            self.steps.append((layer["name"], layer["inputs"]))
        self.first = layers[0]["name"]

    def forward(self, x):
        values = {self.first: x.permute(0, 3, 1, 2) if x.dim() == 4 else x}
        for (name, inputs), module in zip(self.steps, self.parts):
            y = values[name] = module(*[values[i] for i in inputs])
        return y.permute(0, 2, 3, 1) if y.dim() == 4 else y


def weights_of(layer, flat):
    """By their paths within the layer."""
    found = {}
    for weight in layer["weights"]:
        size = torch.Size(weight["shape"])
        part = flat[weight["start"] : weight["start"] + size.numel()]
        found[weight["path"].split("/", 1)[1]] = part.clone().view(size)
    return found


def predictor(net, name, job):
    """Traced and frozen, which folds the normalisations: faster than calling the modules, as this is PyTorch at its best."""
    model, inputs = Translated(net).eval(), torch.from_numpy(net.batches(job["batch"])[0][0])
    with warnings.catch_warnings(action="ignore"), torch.no_grad():
        frozen = torch.jit.freeze(torch.jit.trace(model, inputs))

    def run(x, labels):
        with torch.inference_mode():
            return frozen(torch.from_numpy(x)).numpy()

    return run


def trainer(net, name, job):
    model = Translated(net).train()
    loss = F.mse_loss
    if net.sparse:
        model.parts[-1].act = identity  # the loss takes what softmax would be given
        loss = F.cross_entropy
    optimizer = OPTIMIZERS[job["optimizer"]](model.parameters(), job["learning_rate"])

    def step(x, labels):
        labels = torch.from_numpy(labels)
        optimizer.zero_grad()
        value = loss(model(torch.from_numpy(x)), labels.long() if net.sparse else labels)
        value.backward()
        optimizer.step()
        return value.item()

    return step


serve(torch.__version__, predictor, trainer)

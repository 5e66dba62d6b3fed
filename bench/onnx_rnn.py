"""Recurrent nets in ONNX's own LSTM and GRU operators: tf2onnx would write them as loops."""
import numpy as np
import onnx
from keras import layers
from onnx import TensorProto, helper, numpy_helper


def recurrent(model, path):
    """Writes the file and says so where the net is one recurrent layer and a dense one."""
    rnn = next((l for l in model.layers if isinstance(l, (layers.LSTM, layers.GRU, layers.Bidirectional))), None)
    if rnn is None:
        return False
    dense = model.layers[-1]
    both = isinstance(rnn, layers.Bidirectional)
    parts = [rnn.forward_layer, rnn.backward_layer] if both else [rnn]
    arrays = {**stacked(parts), "dense_w": dense.kernel.numpy(), "dense_b": dense.bias.numpy()}
    kind = type(parts[0]).__name__
    units = parts[0].units
    attributes = {"hidden_size": units, "direction": "bidirectional" if both else "forward"}
    if kind == "GRU":
        attributes["linear_before_reset"] = int(parts[0].reset_after)
    masked = any(isinstance(layer, layers.Masking) for layer in model.layers)
    arrays["flat"] = np.array([-1, units * len(parts)], "int64")
    nodes = [
        helper.make_node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
        *(lengths(arrays) if masked else []),
        helper.make_node(kind, ["steps", "w", "r", "b", "lengths" if masked else ""], ["", "last"], **attributes),
        helper.make_node("Transpose", ["last"], ["rows"], perm=[1, 0, 2]),
        helper.make_node("Reshape", ["rows", "flat"], ["state"]),
        helper.make_node("Gemm", ["state", "dense_w", "dense_b"], ["z"]),
        helper.make_node("Softmax", ["z"], ["y"], axis=-1),
    ]
    save(nodes, arrays, model, path)
    return True


def lengths(arrays):
    """How many steps of each sequence are not all zero; padding stands behind."""
    arrays |= {"zero": np.array(0, "float32"), "one": np.array([1], "int64"), "two": np.array([2], "int64")}
    return [
        helper.make_node("Abs", ["x"], ["sizes"]),
        helper.make_node("ReduceMax", ["sizes", "two"], ["largest"], keepdims=0),
        helper.make_node("Greater", ["largest", "zero"], ["kept"]),
        helper.make_node("Cast", ["kept"], ["ones"], to=TensorProto.INT32),
        helper.make_node("ReduceSum", ["ones", "one"], ["lengths"], keepdims=0),
    ]


# Keras's gates in ONNX's order: i f g o as i o f g; GRU has z r h in both.
ORDER = {"LSTM": [0, 3, 1, 2], "GRU": [0, 1, 2]}


def stacked(parts):
    found = {"w": [], "r": [], "b": []}
    for part in parts:
        order = ORDER[type(part).__name__]
        gates = lambda a: np.concatenate([np.split(a, len(order), axis=-1)[k] for k in order], axis=-1)
        bias = part.cell.bias.numpy()
        two = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        found["w"].append(gates(part.cell.kernel.numpy()).T)
        found["r"].append(gates(part.cell.recurrent_kernel.numpy()).T)
        found["b"].append(np.concatenate([gates(two[0]), gates(two[1])]))
    return {name: np.stack(arrays) for name, arrays in found.items()}


def save(nodes, arrays, model, path):
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape[1:]])
    constants = [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in arrays.items()]
    graph = helper.make_graph(
        nodes, model.name, [value("x", model.input_shape)], [value("y", model.output_shape)], constants
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made)
    onnx.save(made, path)

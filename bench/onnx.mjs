import { kernelShapes } from "./data.mjs";

// The ONNX file of a net of dense layers, in protocol buffers written by hand: the numbers are field numbers of onnx.proto.
const utf8 = new TextEncoder();
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** A model `x` (n, inputs) → `y` (n, units): Gemm and its activation for each layer. */
export function toOnnx(net, weights) {
  const shapes = kernelShapes(net);
  const nodes = net.layers.flatMap(({ activation }, i) => [
    node("Gemm", [i ? `a${i - 1}` : "x", `w${i}`, `b${i}`], `z${i}`),
    activation === "relu"
      ? node("Relu", [`z${i}`], `a${i}`)
      : node("Softmax", [`z${i}`], `a${i}`, intAttribute("axis", -1)),
  ]);
  const constants = weights.flatMap(({ kernel, bias }, i) => [
    tensor(`w${i}`, shapes[i], kernel),
    tensor(`b${i}`, [bias.length], bias),
  ]);
  const graph = [
    ...nodes.map((n) => bytes(1, n)),
    string(2, "net"),
    ...constants.map((t) => bytes(5, t)),
    bytes(11, value("x", shapes[0][0])),
    bytes(12, value(`a${shapes.length - 1}`, shapes.at(-1)[1])),
  ];
  const opset = join([string(1, ""), int(2, 17)]);
  return join([int(1, 8), string(2, "keraunos-bench"), bytes(7, join(graph)), bytes(8, opset)]);
}

/** The name of the model's output. */
export const outputName = (net) => `a${net.layers.length - 1}`;

function node(type, inputs, output, attribute) {
  const attributes = attribute ? [bytes(5, attribute)] : [];
  return join([
    ...inputs.map((name) => string(1, name)),
    string(2, output),
    string(3, output),
    string(4, type),
    ...attributes,
  ]);
}

const intAttribute = (name, i) => join([string(1, name), int(3, i), int(20, ATTRIBUTE_INT)]);

function tensor(name, dims, data) {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return join([...dims.map((d) => int(1, d)), int(2, FLOAT), string(8, name), bytes(9, raw)]);
}

/** A float tensor of shape ("n", width). */
function value(name, width) {
  const shape = join([bytes(1, string(2, "n")), bytes(1, int(1, width))]);
  return join([string(1, name), bytes(2, bytes(1, join([int(1, FLOAT), bytes(2, shape)])))]);
}

const int = (field, value) =>
  Uint8Array.from([...varint(field << 3), ...varint(BigInt.asUintN(64, BigInt(value)))]);
const string = (field, text) => bytes(field, utf8.encode(text));
const bytes = (field, content) =>
  join([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);

function varint(value) {
  const out = [];
  let rest = BigInt(value);
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...out, Number(rest)];
}

function join(parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (out.set(p, at), at + p.length), 0);
  return out;
}

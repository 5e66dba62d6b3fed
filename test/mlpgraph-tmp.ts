import { Builder } from "../src/ir/builder.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import { programOf } from "../src/ir/program.ts";
import type { Node, Variable } from "../src/ir/graph.ts";
const V = (name: string, shape: number[]): Variable => ({ name, shape, kind: "weight" });
export function mlp(d = [17, 13, 9, 10]) {
  const b = new Builder(true);
  b.from = { layer: "x", part: "forward" };
  let h: Node = b.input("x", ["n", d[0]]) as unknown as Node;
  const ws: Variable[] = [];
  for (let i = 1; i < d.length; i++) {
    const name = `dense_${i}`;
    b.from = { layer: name, part: "forward" };
    const k = V(`${name}/kernel`, [d[i - 1], d[i]]), c = V(`${name}/bias`, [d[i]]);
    ws.push(k, c);
    const kn = b.label(b.variable(k), k.name), cn = b.label(b.variable(c), c.name);
    const z = b.add(b.matmul(h, kn), cn);
    h = i < d.length - 1 ? b.max(0, z) : z;
    b.label(h, name);
  }
  const y = b.softmax(h, [1]);
  b.from = { layer: "loss", part: "loss" };
  const t = b.input("y", ["n", 1]) as unknown as Node;
  const lse = b.logsumexp(h, [1]);
  const hot = b.equal(b.reshape(b.iota(d.at(-1)!), [1, d.at(-1)!]), t);
  const picked = b.sum(b.mul(h, hot), [1]);
  const loss = b.label(b.mean(b.sub(lse, picked), [0, 1]), "loss");
  const vars = b.nodes.filter((n) => n.op === "variable");
  const g = differentiate(b, loss, vars);
  vars.forEach((n, i) => { b.from = { layer: n.from.layer, part: "update" }; b.assign(n, b.sub(n, b.mul(0.1, g[i]!))); });
  return { graph: programOf(b, new Map([["loss", b.reshape(loss, [])], ["y", y]])), ws };
}

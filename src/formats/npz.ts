import type { Tensor } from "../ir/tensor.ts";
import { type Limits, withDefaults } from "../diagnostics/limits.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { type MemberLimit, readZip, writeZip } from "./zip.ts";

const SUFFIX = ".npy";

/** The arrays of a `.npz` archive (stored or deflated) by name, without `.npy`. */
export async function readNpz(bytes: Uint8Array, some: Partial<Limits> = {}): Promise<Map<string, Tensor>> {
  const limits = withDefaults(some);
  const limit: MemberLimit = (name) => (name.endsWith(SUFFIX) ? "weight_bytes" : undefined);
  const members = await readZip(bytes, limits, limit, "npz_members");
  const named = [...members].map(([member, content]): [string, Tensor] => {
    const name = member.slice(0, -SUFFIX.length);
    return [name, readNpy(content, name, limits)];
  });
  return new Map(named);
}

/** The bytes of a `.npz` archive of these arrays, in this order, stored. Equal arrays give equal bytes. */
export function writeNpz(
  arrays: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>,
): Promise<Uint8Array> {
  const named =
    arrays instanceof Map ? [...arrays] : Object.entries(arrays as Readonly<Record<string, Tensor>>);
  return writeZip(new Map(named.map(([name, tensor]) => [`${name}${SUFFIX}`, writeNpy(tensor)])));
}

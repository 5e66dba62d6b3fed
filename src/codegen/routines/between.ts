import { defineFunction, type Func } from "../wasm/code.ts";
import { add, apply, get, int, mul } from "../wasm/values.ts";

/** Numbers in [0, 1) at an address become those in [first, first + range), rounded as Keras rounds; in fours, the last one whole. */
export const between = (): Func =>
  defineFunction(
    "between",
    { at: "i32", left: "i32", range: "f32", first: "f32" },
    [],
    { fma: false },
    (code, at, left, range, first) => {
      const [ranges, firsts] = [range, first].map((one) => code.keep(apply("f32x4.splat", get(one)), "four"));
      code.block("loop", "fours", () => {
        get(at)(code);
        add(
          mul((c) => (get(at)(c), c.op("v128.load", 0)), ranges),
          firsts,
        )(code);
        code.op("v128.store", 0);
        code.increase(at, 16);
        code.increase(left, -4);
        apply("i32.gt_s", get(left), int(0))(code);
        code.op("br_if", 0);
      });
    },
  );

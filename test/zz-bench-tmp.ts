import { simdPeak, speedOf } from "../src/bench-peak.ts";
for (const t of [[2,4],[4,2],[3,3],[6,2],[1,8],[2,3],[5,2],[8,1],[10,1],[6,1]] as const) console.log(t, [1,2,3].map(() => speedOf(t[0], t[1], false, 0.2).toFixed(1)).join(" "));

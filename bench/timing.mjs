const WINDOW_MS = 400;
const BLOCK_MS = 80;
const SAMPLE_MS = 0.5;
const SLOW_MS = 500;
const SLOW_ROUNDS = 3;

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Calls until the engine's speed has settled: until two windows in a row agree within 3 %, for 1.5 to 10 seconds. */
async function settle(block) {
  const start = performance.now();
  let before = Infinity;
  for (;;) {
    const now = await block(WINDOW_MS, 1);
    const passed = performance.now() - start;
    if (passed > 10_000 || (passed > 1_500 && Math.abs(now - before) < 0.03 * before)) return now;
    before = now;
  }
}

/**
 * Milliseconds a call of each contender, and the arithmetic peak beside them: interleaved blocks, the median of each
 * block's median. `core_share` is how much of a core this process got meanwhile: well below 1, others disturbed the run.
 */
export async function interleave(contenders, { rounds, peak }) {
  for (const contender of contenders) {
    await contender.enter();
    contender.estimate = await settle(contender.block);
    contender.blocks = [];
  }
  const peaks = [];
  let [used, waited] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    peaks.push(peak());
    for (const { enter, block, estimate, blocks, elsewhere } of contenders) {
      if (estimate > SLOW_MS && round >= SLOW_ROUNDS) continue;
      await enter();
      const [start, before] = [performance.now(), process.cpuUsage()];
      if (estimate < SLOW_MS) await block(BLOCK_MS / 4, 1);
      blocks.push(await block(BLOCK_MS, Math.ceil(SAMPLE_MS / estimate)));
      if (elsewhere) continue;
      const { user, system } = process.cpuUsage(before);
      used += (user + system) / 1000;
      waited += performance.now() - start;
    }
  }
  const times = contenders.map(({ name, blocks }) => {
    return { name, ms: median(blocks), low: Math.min(...blocks), high: Math.max(...blocks) };
  });
  return { peak: median(peaks), core_share: waited ? used / waited : 1, times };
}

/** Median milliseconds of a call, each sample over `repeat` calls, for about `length` ms and at least three samples, but one where it is slow. */
export const blockOf = (call) => async (length, repeat) => {
  const found = [];
  const end = performance.now() + length;
  do {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) {
      const result = call();
      // Waiting for what is there already would cost a turn of the event loop that the engine does not need.
      if (result instanceof Promise) await result;
    }
    found.push((performance.now() - start) / repeat);
  } while (performance.now() < end || (found.length < 3 && found[0] < SLOW_MS));
  return median(found);
};

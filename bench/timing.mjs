const WINDOW_MS = 400;
const BLOCK_MS = 80;
const SAMPLE_MS = 0.5;

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Calls until the engine's speed has settled: until two windows in a row agree within 3 %, for 1.5 to 10 seconds. */
export async function settle(call) {
  const start = performance.now();
  let before = Infinity;
  for (;;) {
    const now = median(await samples(call, WINDOW_MS, 1));
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
    contender.estimate = await settle(contender.call);
    contender.blocks = [];
  }
  const peaks = [];
  const [start, before] = [performance.now(), process.cpuUsage()];
  for (let round = 0; round < rounds; round++) {
    peaks.push(peak());
    for (const { enter, call, estimate, blocks } of contenders) {
      await enter();
      await samples(call, BLOCK_MS / 4, 1);
      blocks.push(median(await samples(call, BLOCK_MS, Math.ceil(SAMPLE_MS / estimate))));
    }
  }
  const { user, system } = process.cpuUsage(before);
  const core_share = (user + system) / 1000 / (performance.now() - start);
  const times = contenders.map(({ name, blocks }) => {
    return { name, ms: median(blocks), low: Math.min(...blocks), high: Math.max(...blocks) };
  });
  return { peak: median(peaks), core_share, times };
}

/** Milliseconds a call, each sample over `repeat` calls, for about `length` ms and at least three samples. */
async function samples(call, length, repeat) {
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
  } while (performance.now() < end || found.length < 3);
  return found;
}

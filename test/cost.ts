/** What work takes. */
export interface Cost {
  /** Milliseconds of processors, which other programs on a busy machine do not raise. */
  readonly ms: number;
  /** Bytes by which the process grew. */
  readonly bytes: number;
}

/** Starts to count; called, the answer says what has been taken since. */
export function meter(): () => Cost {
  const cpu = process.cpuUsage();
  const { rss } = process.memoryUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { ms: (user + system) / 1000, bytes: process.memoryUsage().rss - rss };
  };
}

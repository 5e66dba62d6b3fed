/** How often an engine at work is looked at, in ms. */
const TICK = 20;
/** However busy the machine, an engine is ended after this many times its allowance. */
const PATIENCE = 2;

/** The time that one file may take its engine, and what it has taken so far, in ms. */
export interface Allowance {
  readonly allowed: number;
  spent: number;
}

/** Milliseconds of processor time that this process has used, all threads together. */
export type Cpu = () => number;

/**
 * The result of an engine's work, if the time of its file allows it; otherwise `late` gives the error. Time counts only
 * while this thread looks on every few ms and, where `cpu` can say so, only half where the process got no processor:
 * a busy machine makes a file slower, not worse.
 */
export function timed<T>(
  work: Promise<T>,
  time: Allowance,
  cpu: Cpu | undefined,
  late: () => Error,
): Promise<T> {
  let [then, used] = [performance.now(), cpu?.() ?? 0];
  const count = (): boolean => {
    const [now, using] = [performance.now(), cpu?.() ?? 0];
    const elapsed = Math.min(now - then, 2 * TICK);
    time.spent += cpu ? Math.max(elapsed / PATIENCE, Math.min(elapsed, using - used)) : elapsed;
    [then, used] = [now, using];
    return time.spent <= time.allowed;
  };
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => count() || end(() => reject(late())), TICK);
    const end = (settle: () => void): void => {
      clearInterval(timer);
      settle();
    };
    work.then(
      (value) => end(() => (count() ? resolve(value) : reject(late()))),
      (error: unknown) => end(() => reject(error as Error)),
    );
  });
}

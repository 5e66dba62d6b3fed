/** What needs a place: so many elements from step `from` to step `to`, both included. */
export interface Claim {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** An offset for every claim, and where the last of them ends. */
export interface Allocation<C extends Claim> {
  readonly offsets: ReadonlyMap<C, number>;
  readonly size: number;
}

/** Orders tried beyond the first ones, where none of those is good enough. */
const REPAIRS = 24;
/** So near to what is alive together at most, no better order is looked for. */
const NEAR = 1.01;

/**
 * Offsets such that no two claims of one step overlap. Each claim in turn takes the lowest place free for its whole
 * life; the order decides how much is wasted, so several are tried and the best is kept. Then those that reached
 * highest are put first, a few times.
 */
export function allocate<C extends Claim>(claims: readonly C[]): Allocation<C> {
  const live = liveAt(claims);
  const enough = NEAR * Math.max(0, ...live);
  let best: Allocation<C> | undefined;
  for (const order of orders(claims, live)) {
    const found = inOrder(order);
    if (!best || found.size < best.size) best = found;
    if (best.size <= enough) return best;
  }
  let order = largestFirst(claims);
  for (let k = 0; k < REPAIRS && best!.size > enough; k++) {
    const found = inOrder(order);
    if (found.size < best!.size) best = found;
    const isHighest = (claim: C): boolean => found.offsets.get(claim)! + claim.size === found.size;
    order = [...order.filter(isHighest), ...order.filter((claim) => !isHighest(claim))];
  }
  return best!;
}

/** Elements alive at every step, from the one before the first (number −1) on. */
function liveAt(claims: readonly Claim[]): number[] {
  const live = new Array<number>(Math.max(0, ...claims.map(({ to }) => to)) + 2).fill(0);
  for (const { from, to, size } of claims) for (let step = from; step <= to; step++) live[step + 1] += size;
  return live;
}

const largestFirst = <C extends Claim>(claims: readonly C[]): C[] =>
  [...claims].sort((a, b) => b.size - a.size || a.from - b.from);

/** The largest first; those of the steps with most alive first; the longest-lived first; as they come. */
function* orders<C extends Claim>(claims: readonly C[], live: readonly number[]): Iterable<readonly C[]> {
  const length = ({ from, to }: Claim): number => to - from + 1;
  const fullest = new Map(claims.map((x) => [x, Math.max(...live.slice(x.from + 1, x.to + 2))]));
  yield largestFirst(claims);
  yield [...claims].sort((a, b) => fullest.get(b)! - fullest.get(a)! || b.size - a.size);
  yield [...claims].sort((a, b) => length(b) * b.size - length(a) * a.size);
  yield [...claims].sort((a, b) => length(b) - length(a) || b.size - a.size);
  yield [...claims].sort((a, b) => a.from - b.from || length(b) - length(a));
}

function inOrder<C extends Claim>(order: readonly C[]): Allocation<C> {
  /** What has a place, from the lowest offset up. */
  const done: { readonly claim: C; readonly offset: number }[] = [];
  const offsets = new Map<C, number>();
  let top = 0;
  for (const claim of order) {
    let offset = 0;
    for (const d of done) {
      if (d.claim.from > claim.to || claim.from > d.claim.to) continue;
      if (offset + claim.size <= d.offset) break;
      offset = Math.max(offset, d.offset + d.claim.size);
    }
    const next = done.findIndex((d) => d.offset > offset);
    done.splice(next < 0 ? done.length : next, 0, { claim, offset });
    offsets.set(claim, offset);
    top = Math.max(top, offset + claim.size);
  }
  return { offsets, size: top };
}

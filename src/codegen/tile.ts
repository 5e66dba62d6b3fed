/** How a contraction is cut for registers: `rows` × `columns` sums at a time, the reduction unrolled `unroll` times. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly unroll: number;
  /** Which loop is outermost: the columns (a panel of B stays in cache) or the rows. */
  readonly outer: "columns" | "rows";
  readonly packed: boolean;
  /** Steps of the reduction about which a long one is summed in parts; undefined: all in one. */
  readonly partial?: number;
}

/** The widest tile by which 3×3 convolutions may be computed in Winograd's form: F(2×2), F(4×4), or none. */
export type Winograd = 0 | 2 | 4;

/** What is known of a contraction when its tile is chosen. */
export interface ContractionShape {
  /** undefined: the batch, unknown until run time. */
  readonly rows: number | undefined;
  readonly columns: number;
  readonly reduction: number | undefined;
  /** B is a matrix of weights of which the program keeps a copy in panels. */
  readonly packable: boolean;
}

/** How a product is cut whose sums lie in memory: so many elements of A are held while the columns pass. */
export interface UpdateTiles {
  /** Rows at a time; undefined where registers hold the sums better. */
  rows(shape: ContractionShape): number | undefined;
  /** Steps of the reduction at a time, for so many rows. */
  steps(rows: number): number;
}

/** The choice of tiles, made apart from emission: one entry a class of shapes, each with its reason. */
export interface Tiles {
  /** B runs along the lanes: acc[m][v] += splat(A) · B4. */
  contract(shape: ContractionShape): Tile;
  /** Elements of A stand still while B runs along the columns: sums[j] += A · B[j]. */
  readonly update?: UpdateTiles;
  /** Both operands run along the reduction: lanes hold partial sums of four columns. */
  readonly dots: { readonly rows: number };
}

/** Free of cost, measured at 300 to 1024 steps; the error of 784 steps falls to about half. */
const PARTIAL = 96;

/** Cycles a step for one row of so many vectors: additions wait three for one another, loads come two at a time. */
const rowCost = (vectors: number): number => Math.max(3, (vectors + 1) / 2);

/**
 * How many columns a tile of one row has: what costs least for the whole width. Of the vectors of one step V8 holds every
 * one in a register before it adds the first, so that seven sums and what they add up are the most it has registers for:
 * with eight, speed falls to half.
 */
function rowWidth(columns: number): number {
  const vectors = Math.ceil(columns / 4);
  const cost = (wide: number): number =>
    Math.floor(vectors / wide) * rowCost(wide) + (vectors % wide ? rowCost(vectors % wide) : 0);
  return 4 * [7, 6, 5, 4].reduce((best, wide) => (cost(wide) < cost(best) ? wide : best));
}

/**
 * V8 11 (Node 20) spills above eight accumulators and whenever the reduction is unrolled; V8 13 does not care at
 * these sizes. Measured on one Intel core, mul+add peak 42–46 GFLOP/s, see bench/README.md.
 */
export const WASM_TILES: Tiles = {
  contract({ rows, columns, reduction, packable }) {
    // one row: bound by the sum's latency, then by loads; panels stream
    if (rows === 1)
      return { rows: 1, columns: rowWidth(columns), unroll: 1, outer: "columns", packed: packable };
    // ten classes and the like: one tile as wide as the matrix
    if (columns <= 12) {
      const rows = columns > 8 ? 2 : columns > 4 ? 4 : 8;
      return { rows, columns: 12, unroll: 1, outer: "columns", packed: false };
    }
    // weight gradients: the rows of A are the weights' rows, B (32 rows) stays in L1
    if (reduction === undefined) return { rows: 2, columns: 16, unroll: 1, outer: "rows", packed: false };
    // panels: every vector of B is next to the one before
    if (packable)
      return { rows: 2, columns: 16, unroll: 1, outer: "columns", packed: true, partial: PARTIAL };
    // B row-major: two vectors a row touch fewer cache lines than four
    return { rows: 4, columns: 8, unroll: 1, outer: "columns", packed: false, partial: PARTIAL };
  },
  dots: { rows: 2 },
};

/**
 * With fused multiply-add (V8 13 on, Node 24): twice the work a step hides loads behind six rows of two vectors, two
 * steps at a time (1 to 4 %).
 */
export const WASM_FMA_TILES: Tiles = {
  contract(shape) {
    const { rows, columns, reduction, packable } = shape;
    // two steps at a time: 5 % with weights beyond the second-level cache
    if (rows === 1 && columns > 12) return { ...WASM_TILES.contract(shape), unroll: 2, partial: PARTIAL };
    if (rows === 1 || reduction === undefined) return WASM_TILES.contract(shape);
    if (columns <= 12) return { rows: 3, columns: 12, unroll: 1, outer: "columns", packed: false };
    return { rows: 6, columns: 8, unroll: 2, outer: "columns", packed: packable, partial: PARTIAL };
  },
  dots: { rows: 2 },
};

/** Fewer columns do not repay the loop over them. */
const FEW_COLUMNS = 8;
/** Sums in double precision that leave room for the rest in a first-level cache of 48 KiB. */
const SUMS = 4096;

/**
 * Scalars in JavaScript. V8 checks the bounds of every load and makes a double of it, and keeps few values in registers:
 * 32 products for four loads of B and eight of sums are the fastest, 8 for eight of B and one of sums with a single row.
 * Narrow products have sixteen sums in locals.
 */
export const SCALAR_TILES: Tiles = {
  contract: ({ rows, columns }) => ({
    rows: rows === 1 ? 1 : 4,
    columns: Math.min(rows === 1 ? 8 : 4, columns),
    unroll: 1,
    outer: "columns",
    packed: false,
  }),
  update: {
    rows({ rows, columns }) {
      if (columns < FEW_COLUMNS) return undefined;
      return rows === 1 ? 1 : ([8, 4, 2].find((count) => count * columns <= SUMS) ?? 1);
    },
    steps: (rows) => (rows > 4 ? 4 : 8),
  },
  dots: { rows: 1 },
};

// The contract between the binary and the page: the JSON in <script id="nonzero-data">.
//
//   {"schema": "nonzero.page/1", "title": "…", "command": "…",
//    "results": [nonzero.result/1 …], "summaries": [nonzero.summary/1 …],
//    "studies": [nonzero.study/1 …],
//    "views": {"fan": Fan, "mrn": Merging, "mrn_example": [Merging …], "bit_groups": [BitGroup …], "diagonals": [Diagonals …],
//              "tile_map": [TileMap …],
//              "roofline": {"dram_bytes_per_second": {"<accelerator>": number}}}}
//
// Names are those of the published result schema. read.ts fills what a result leaves out: a tally
// becomes empty, everything else null.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type Tally = Record<string, number>;

export interface Operation {
  name: string;
  kind: string;
  network: string;
  m: number;
  n: number;
  k: number;
  nnz_a: number | null;
  nnz_b: number | null;
  repeat: number;
}

export interface Energy {
  total: number;
  low: number;
  high: number;
  by_component: Tally;
}

export interface Utilisation {
  stationary: number | null;
  compute: number | null;
  overall: number | null;
}

export interface Traffic {
  read: Tally;
  write: Tally;
}

// A stage of a training step or of attention; gemms is the schedule that was decided offline.
export interface Stage {
  stage: string;
  cycles: number;
  gemms: { name: string; dataflow: string; cycles: number; dram_bytes: number }[];
}

export interface Result {
  version: string;
  command: string;
  accelerator: string;
  timing: string;
  operation: Operation;
  operands: JsonObject;
  data_type: { operand: string; accumulate: string };
  cycles: number;
  clock_hz: number;
  seconds: number;
  phases: Tally;
  stages: Stage[];
  slots: { unit: string; count: number } | null;
  pe_cycles: Tally;
  multiplications: { issued: number; effectual: number } | null;
  utilisation: Utilisation | null;
  traffic_bytes: Record<string, Traffic>;
  counters: Tally;
  energy_pj: Energy | null;
  area_mm2: { total: number; by_component: Tally } | null;
  output: { checked: boolean; relative_error: number | null } | null;
  config: JsonObject;
  seed: number | null;
  explanation: string;
  notes: string[];
}

export interface Summary {
  network: string;
  accelerator: string;
  operations: number;
  cycles: number;
  seconds: number;
  energy_pj: number | null;
  map: NetworkMap | null;
}

// A network's layers in order, each with the dataflow chosen for it, the format that leaves its output
// in, and what converting its input costs before it.
export interface MappedLayer {
  operation: string;
  dataflow: string;
  format: string;
  cycles: number;
  conversion: number;
  repeat: number;
}

export interface NetworkMap {
  layers: MappedLayer[];
  total: number;
  mapper: string;
  activations: string;
  bestPerLayer: number | null;
  fixed: { dataflow: string; cycles: number } | null;
}

// A merging in a tree of comparators, cycle by cycle (arch/flexagon/mrn_view.h). Leaf i reads fiber i;
// `value` is null in a pattern; a node that holds no coordinate holds the end of fiber.
export interface MergeElement {
  coordinate: number;
  value: number | null;
}

export interface MergeNode {
  level: number;
  index: number;
  mode: string;
  did: string;
  held: boolean;
  element: MergeElement | null;
}

export interface MergeStep {
  cycle: number;
  read: number[];
  nodes: MergeNode[];
  emitted: (MergeElement & { row: number; level: number; index: number })[];
}

export interface Merging {
  title: string;
  note: string;
  outermost: string;
  leaves: number;
  levels: number;
  finished: boolean;
  fibers: { row: number; k: number; length: number; elements: MergeElement[] }[];
  steps: MergeStep[];
}

export type Cell = string | number;

export interface StudyTable {
  title: string;
  columns: string[];
  rows: Cell[][];
}

export interface StudyBars {
  title: string;
  unit: string;
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
}

export interface StudyLines {
  title: string;
  unit: string;
  x: string;
  series: { name: string; points: { x: number; y: number }[] }[];
}

export interface StudySection {
  id: string;
  title: string;
  text: string[];
  tables: StudyTable[];
  bars: StudyBars[];
  lines: StudyLines[];
}

// One fold's grouping of one Flex-DPE. `vec_ids[lane]` is the output row the lane belongs to, -1
// where it is idle. Adder `index` joins lanes index and index + 1 at `level`; `left` and `right` are
// the adders its operands come from, -1 where the operand is a lane itself. `root` is the adder a
// group ends at, -1 for a single lane.
export interface Fan {
  operation: string;
  fold: number;
  flex_dpe: number;
  lanes: number;
  vec_ids: number[];
  adders: { index: number; level: number; enabled: boolean; left: number; right: number }[];
  groups: { row: number; first: number; count: number; root: number }[];
}

// The int8 weights of one group; `after` a flip, null where there was none.
export interface BitGroup {
  title: string;
  before: number[];
  after: number[] | null;
}

// Elements in cells of row_step x column_step: the percentage of each, row by row, that lies at home in the
// window and elsewhere.
export interface Grid {
  rows: number;
  columns: number;
  row_step: number;
  column_step: number;
  home: number[];
  away: number[];
}

// A square pattern stored by diagonals (arch/asadi/views.h): a head's matrix before, its diagonals after; and the
// density of all heads' diagonals, `step` of them together from `first` on.
export interface Diagonals {
  title: string;
  tokens: number;
  head: number;
  nnz: number;
  window: number;
  diagonals: number;
  overflow: number;
  moved: number;
  before: Grid;
  after: Grid;
  first: number;
  step: number;
  density: number[];
}

// Of each cell with a non-zero, lists of equal length; a cell is a square of `step` tiles a side.
export interface TileCells {
  row: number[];
  column: number[];
  tiles: number[];
  hot_tiles: number[];
  nnz: number[];
  seconds: number[];
  bytes: number[];
}

// A matrix split between hot and cold workers (arch/hottiles/views.h).
export interface TileMap {
  title: string;
  rows: number;
  columns: number;
  tile_side: number;
  panels: number;
  tile_columns: number;
  partition: string;
  mode: string;
  empty_tiles: number;
  step: number;
  cells: TileCells;
  spy: { rows: number; columns: number; nnz: number[] };
  contenders: { name: string; cycles: number; predicted_cycles: number }[];
  clock_hz: number;
  workers: { type: string; compute: number; memory: number; idle: number }[]; // seconds
}

export interface Report {
  title: string;
  command: string;
  results: Result[];
  summaries: Summary[];
  fan: Fan | null;
  mergings: Merging[];
  bitGroups: BitGroup[];
  diagonals: Diagonals[];
  tileMaps: TileMap[];
  studies: StudySection[];
  bandwidths: Tally;
}

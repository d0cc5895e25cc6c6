// A report as the binary writes it, for the tests and for looking at the page: `node sample.mjs` prints it.
// SIGMA's and the systolic array's cycles follow their analytic formulas (SIGMA, HPCA 2020); the
// other two designs, the traffic and the energies are plausible numbers, not results.
import { fileURLToPath } from "node:url";

const GEMMS = [
  ["GNMT", 128, 2048, 4096], ["GNMT", 320, 3072, 4096], ["GNMT", 1632, 36548, 1024], ["GNMT", 2048, 4096, 32],
  ["DeepBench", 1024, 16, 500000], ["DeepBench", 35, 8457, 2560], ["Transformer", 31999, 1024, 84],
  ["Transformer", 84, 1024, 4096], ["NCF", 2048, 1, 128], ["NCF", 256, 256, 2048],
];
const DESIGNS = ["tpu", "sigma", "flexagon", "gamma"];
const SLOTS = 16384;
const ceil = Math.ceil;

function phasesOf(design, m, n, k, densityA) {
  if (design === "tpu") {
    const cost = (x, t) => [ceil(k / 128) * ceil(x / 128), t];
    const [folds, t] = [cost(m, n), cost(n, m)].sort((a, b) => a[0] * (256 + a[1]) - b[0] * (256 + b[1]))[0];
    return { load: folds * Math.min(k, 128), stream: folds * t, reduce: folds * 128 };
  }
  const ones = Math.round(m * k * densityA);
  const folds = ceil(ones / SLOTS);
  const sigma = { load: ceil(ones / 128), stream: folds * n, reduce: folds * 14 };
  if (design === "sigma") return sigma;
  const slow = design === "gamma" ? 1.7 : 1.2;
  return {
    load: sigma.load, stream: ceil(sigma.stream * slow), stall_memory: ceil(sigma.stream * 0.35),
    stall_imbalance: ceil(sigma.stream * 0.1), merge: ceil(sigma.load * 0.8), write: ceil((m * n) / 512),
  };
}

function result(design, [family, m, n, k], densityA = 0.2, densityB = 0.7) {
  const phases = phasesOf(design, m, n, k, densityA);
  const cycles = Object.values(phases).reduce((a, b) => a + b, 0);
  const effectual = Math.round(m * n * k * densityA * densityB);
  const slotCycles = SLOTS * cycles;
  const streaming = SLOTS * (phases.stream ?? 0);
  const zero = Math.max(0, Math.round(streaming * 0.9) - effectual);
  const drain = SLOTS * (phases.load + (phases.reduce ?? 0));
  const stall = SLOTS * ((phases.stall_memory ?? 0) + (phases.stall_imbalance ?? 0));
  const nnzA = Math.round(m * k * densityA);
  const nnzB = Math.round(k * n * densityB);
  const joules = effectual * 1.1 + cycles * 9000;
  const parts = { multipliers: effectual * 0.6, adders: effectual * 0.4, distribution: cycles * 3500, buffers: cycles * 2500, leakage: cycles * 3000 };
  return {
    schema: "nonzero.result/1", version: "0.1.0", command: `nonzero run ${design} --gemm ${m}x${n}x${k}`,
    accelerator: design, timing: "detailed",
    operation: { name: `${family} ${m}-${n}-${k}`, kind: "gemm", m, n, k, nnz_a: nnzA, nnz_b: nnzB, repeat: 1 },
    operands: { a: { hash: "5b1e", source: "uniform" }, b: { hash: "90c2", source: "uniform" } },
    data_type: { operand: "bf16", accumulate: "fp32" },
    cycles, clock_hz: 5e8, seconds: cycles / 5e8, phases, slots: { unit: "multiplier", count: SLOTS },
    pe_cycles: {
      useful: Math.min(effectual, streaming), zero_operand: zero, memory_stall: stall, fill_drain: drain,
      idle: Math.max(0, slotCycles - Math.min(effectual, streaming) - zero - stall - drain),
    },
    multiplications: { issued: Math.round(effectual / 0.6), effectual },
    utilisation: {
      stationary: design === "tpu" ? densityA * (Math.min(m, 128) / 128) : nnzA / (ceil(nnzA / SLOTS) * SLOTS),
      compute: Math.min(1, effectual / streaming), overall: effectual / slotCycles,
    },
    traffic_bytes: {
      dram: {
        read: { a: nnzA * 2, b: nnzB * 2, metadata: Math.round((m * k + k * n) / 8) },
        write: { c: m * n * 4, psum: design === "sigma" ? 0 : Math.round(m * n * 1.5) },
      },
      buffer: { read: { a: nnzA * 2, b: nnzB * 2 * ceil(nnzA / SLOTS), psum: m * n * 6 }, write: { c: m * n * 4, psum: m * n * 8 } },
    },
    counters: { "fan.additions": effectual },
    energy_pj: { total: joules, low: joules * 0.7, high: joules * 1.3, by_component: parts },
    area_mm2: { total: design === "tpu" ? 47.3 : 65.1, by_component: { multipliers: 30, network: 12 } },
    output: { checked: true, method: "freivalds", relative_error: 2e-7 },
    config: design === "tpu"
      ? { rows: 128, columns: 128, dataflow: "ws", stationary: "best", load_words: 128, clock_mhz: 500 }
      : { flex_dpes: 128, multipliers_per_dpe: 128, load_words: 128, stream_words: "unlimited", stationary: "best", reduction: "fan", dram: "hbm2-1024", clock_mhz: 500 },
    seed: 1,
    explanation: `A stationary, ${ceil(nnzA / SLOTS)} folds, ${design === "tpu" ? 20 : 98} % of multipliers hold a non-zero, streaming N.`,
    notes: design === "sigma" ? ["Partial sums of a row that straddles Flex-DPEs are added outside FAN at no cycles, as the paper does."] : [],
  };
}

// A fold's grouping as SIGMA maps it: rows of varying length, packed, the last lanes idle.
export function fan(lanes = 128, idle = 6) {
  const vec = [];
  const groups = [];
  let seed = 12345;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let row = 17; vec.length < lanes - idle; row += 1 + Math.floor(random() * 2)) {
    const count = Math.min(1 + Math.floor(random() ** 2 * 22), lanes - idle - vec.length);
    groups.push({ row, first: vec.length, count });
    for (let i = 0; i < count; ++i) vec.push(row);
  }
  while (vec.length < lanes) vec.push(-1);
  const level = (i) => Math.log2((i + 1) & -(i + 1));
  const adders = [];
  for (let index = 0; index < lanes - 1; ++index) {
    const l = level(index);
    const enabled = vec[index] >= 0 && vec[index] === vec[index + 1];
    let [left, right] = [-1, -1];
    if (l > 0) {
      left = index - 1;
      right = index + 1;
      for (let k = l; k >= 1; --k) if (vec[index - 2 ** (k - 1)] === vec[index]) { left = index - 2 ** (k - 1); break; }
      for (let k = l; k >= 1; --k) if (vec[index + 1 + 2 ** (k - 1)] === vec[index + 1]) { right = index + 2 ** (k - 1); break; }
    }
    adders.push({ index, level: l, enabled, left, right });
  }
  for (const group of groups) {
    const inside = adders.filter((a) => a.index >= group.first && a.index < group.first + group.count - 1);
    group.root = inside.reduce((best, a) => (best === null || a.level > best.level ? a : best), null)?.index ?? -1;
  }
  return { operation: "GNMT 128-2048-4096", fold: 3, flex_dpe: 17, lanes, vec_ids: vec, adders, groups };
}

export function sample({ gemms = 10, designs = 4, pairs = false } = {}) {
  const chosen = GEMMS.slice(0, gemms);
  const results = chosen.flatMap((gemm) => DESIGNS.slice(designs === 1 ? 1 : 0, designs === 1 ? 2 : designs).map((design) => result(design, gemm)));
  if (pairs) results.push(...chosen.flatMap((gemm) => DESIGNS.slice(0, designs).map((design) => result(design, gemm, 0.7, 0.2))));
  return {
    schema: "nonzero.page/1",
    title: designs === 1 ? `sigma on ${results[0].operation.name}` : "SIGMA and its rivals on the paper’s GEMMs",
    command: designs === 1 ? results[0].command : `nonzero compare ${DESIGNS.slice(0, designs).join(" ")} --suite sigma-gemms --html report.html`,
    results,
    summaries: [],
    views: { fan: fan(), roofline: { dram_bytes_per_second: { tpu: 1024e9, sigma: 1024e9, flexagon: 1024e9, gamma: 512e9 } } },
  };
}

// Flexagon and two of its rivals on three layers: what the binary says of them, numbers made up.
const CYCLES = {
  SQ5: { "ip-m": 17626, "op-m": 240867, "gust-m": 53547, "ip-n": 49500, "op-n": 241000, "gust-n": 56000 },
  R6: { "ip-m": 3169540, "op-m": 842503, "gust-m": 493783, "ip-n": 992000, "op-n": 1457000, "gust-n": 1111000 },
  MB215: { "ip-m": 35505, "op-m": 36348, "gust-m": 19965, "ip-n": 18000, "op-n": 34200, "gust-n": 17800 },
};
const TITLES = { "ip-m": "IP(M)", "op-m": "OP(M)", "gust-m": "Gust(M)", "ip-n": "IP(N)", "op-n": "OP(N)", "gust-n": "Gust(N)" };
const PERMITTED = { flexagon: Object.keys(TITLES), "sigma-like": ["ip-m"], "gamma-like": ["gust-m"] };

function flexagonResult(design, [layer, m, n, k], index) {
  const permitted = PERMITTED[design];
  const chosen = permitted.reduce((a, b) => (CYCLES[layer][b] < CYCLES[layer][a] ? b : a));
  const cycles = CYCLES[layer][chosen];
  const base = result("flexagon", [layer, m, n, k]);
  const reads = 100000 * (index + 1);
  return {
    ...base, accelerator: design, timing: "pipelined", operation: { ...base.operation, name: layer }, cycles, clock_hz: 1e9, seconds: cycles / 1e9,
    phases: { load: 102, stream: cycles - 110, reduce: 8 }, slots: { unit: "multiplier", count: 64 }, pe_cycles: { useful: 20 * cycles, operand_stall: 44 * cycles },
    utilisation: { stationary: 0.9, compute: 0.3, overall: 0.3 },
    traffic_bytes: {
      dram: { read: { a: 4000, b: 90000 }, write: { c: 50000 } }, str_cache: { read: { b: 4 * reads }, write: { b: 90000 } },
      sta_fifo: { read: { a: 4000 }, write: { a: 4000 } }, psram: { read: { psum: design === "sigma-like" ? 0 : 7000 }, write: { psum: design === "sigma-like" ? 0 : 7000 } },
    },
    counters: {
      "str_cache.reads": reads, "str_cache.misses": reads / 50, "published.l1_accesses": reads, "published.l1_misses": reads / 40,
      ...Object.fromEntries(permitted.map((name) => [`cycles.${name}`, CYCLES[layer][name]])),
    },
    area_mm2: { total: design === "sigma-like" ? 2.5 : 3.4, by_component: { dn: 0.04, rn: 0.2, str_cache: 2.2, ...(design === "sigma-like" ? {} : { psram: 0.8 }) } },
    explanation: `${TITLES[chosen]}: A stationary in 6 tiles, C in CSR`, notes: [],
  };
}

// Two fibers, [0, 2] and [0, 1], merged by one node.
const node = (mode, did, held) => [{ level: 1, index: 0, mode, did, held }];
export const MERGING = {
  title: "Two fibers", note: "By hand.", outermost: "row", leaves: 2, levels: 1, finished: true,
  fibers: [{ row: 4, k: 7, length: 2, coordinates: [0, 2], values: [3, 5] }, { row: 4, k: 9, length: 2, coordinates: [0, 1], values: [10, 20] }],
  steps: [
    { cycle: 1, read: [1, 1], nodes: node("CMP", "sum", false), emitted: [{ row: 4, level: 1, index: 0, coordinate: 0, value: 13 }] },
    { cycle: 2, read: [1, 2], nodes: node("CMP", "smaller", false), emitted: [{ row: 4, level: 1, index: 0, coordinate: 1, value: 20 }] },
    { cycle: 3, read: [2, 2], nodes: node("CMP", "forward", false), emitted: [{ row: 4, level: 1, index: 0, coordinate: 2, value: 5 }] },
    { cycle: 4, read: [2, 2], nodes: node("CMP", "end", false), emitted: [] },
  ],
};
const PART = { ...MERGING, title: "A long row, without values", finished: false, fibers: MERGING.fibers.map(({ values, ...fiber }) => ({ ...fiber, length: 900 })),
  steps: MERGING.steps.slice(0, 2).map((step) => ({ ...step, emitted: step.emitted.map(({ value, ...element }) => element) })) };

export const STUDY = {
  schema: "nonzero.study/1", id: "flexagon-port", title: "How much is the port?", text: ["The first paragraph.", "The second."],
  tables: [{ title: "Geometric means", columns: ["port", "sigma-like", "gamma-like"], rows: [["line-serial", "4.59", "1.35"], ["multicast", "2.1", "1.1"]] }],
  bars: [
    { title: "Speed-up", unit: "x", labels: ["sigma-like", "gamma-like"], series: [{ name: "line-serial", values: [4.59, 1.35] }, { name: "multicast", values: [2.1, 1.1] }] },
    { title: "Winners that change", unit: "%", labels: ["all", "M only"], series: [{ name: "share", values: [31, 12] }] },
  ],
};

// Twenty epochs of three trainings.
const EPOCHS = [...Array(20).keys()].map((i) => i + 1);
const curve = (name, y) => ({ name, x: EPOCHS, y: EPOCHS.map(y) });
export const TRAINING = {
  schema: "nonzero.study/1", id: "training", title: "3 trainings", text: [`dense: resnet9, width 0.25, on digits:${"/a/folder/in/a/folder".repeat(4)}.`],
  tables: [{ title: "After the last epoch", columns: ["run", "test accuracy"], rows: [["dense", "97.40 %"], ["bdwp 2:8", "96.10 %"]] }], bars: [],
  lines: [
    { title: "Loss, test", unit: "", x: "epoch", series: [curve("dense", (e) => 2 / e ** 2), curve("bdwp 2:8", (e) => 2.2 / e ** 2), curve("srste 2:8, a long name for a run", (e) => 2.3 / e ** 1.9)] },
    { title: "Accuracy, test", unit: "%", x: "epoch", series: [curve("dense", (e) => 97.4 - 40 / e ** 2), curve("bdwp 2:8", (e) => 96.1 - 50 / e ** 2), curve("srste 2:8, a long name for a run", (e) => 96 - 60 / e ** 2)] },
    { title: "Learning rate", unit: "", x: "epoch", series: [curve("all", (e) => 0.025 * (1 + Math.cos((Math.PI * e) / 20)))] },
    { title: "Slow", unit: "", x: "epoch", series: [curve("slow", (e) => 2.3 - 0.001 * e)] },
    { title: "One epoch", unit: "", x: "epoch", series: [{ name: "short", x: [1], y: [0.5] }] },
    { title: "Nothing yet", unit: "", x: "epoch", series: [{ name: "none", x: [], y: [] }] },
  ],
};

// Two layers' training steps on SAT, trained with BDWP and dense; cycles made up, conv2 occurs twice.
const STAGES = {
  sat: { conv1: { FF: 200, EW: 100, WU: 200, WUVE: 10 }, conv2: { FF: 300, EW: 100, BP: 300, WU: 900, WUVE: 20 } },
  "sat-dense": { conv1: { FF: 200, EW: 100, WU: 200, WUVE: 10 }, conv2: { FF: 900, EW: 100, BP: 900, WU: 900, WUVE: 20 } },
};
function satResult(design, layer) {
  const stages = Object.entries(STAGES[design][layer]).map(([stage, cycles]) => ({
    stage, cycles, phases: { stream: cycles }, traffic_bytes: {},
    gemms: ["FF", "BP", "WU"].includes(stage) ? [{ name: stage === "BP" ? "BP(0,0)" : stage, dataflow: stage === "WU" ? "ws" : "os", cycles, dram_bytes: 2048 }] : [],
  }));
  const cycles = stages.reduce((sum, stage) => sum + stage.cycles, 0);
  const base = result("sigma", [layer, 64, 2048, 576]);
  const operation = { ...base.operation, name: layer, kind: "training step", network: "sat-two", repeat: layer === "conv2" ? 2 : 1 };
  return { ...base, accelerator: design, operation, cycles, seconds: cycles / 2e8, phases: { stream: cycles }, stages };
}

export function satSample(designs = ["sat-dense", "sat"]) {
  const results = designs.flatMap((design) => ["conv1", "conv2"].map((layer) => satResult(design, layer)));
  return { schema: "nonzero.page/1", title: "A training step", command: "nonzero run sat --suite sat-two", results, summaries: [], views: {} };
}

// The specification's group before and after a flip, and a longer one; a network's layers on two machines,
// cycles made up.
const EXAMPLE = { title: "conv1, channel 0, tap 0", before: [-3, 4, 5, -4], after: [-4, 4, 5, -4] };
const LONG = { title: "conv2, channel 7, tap 4", before: [...Array(32).keys()].map((i) => ((i * 37) % 255) - 127), after: null };
const FLIP = {
  schema: "nonzero.study/1", id: "flip", title: "Bit columns of resnet8, flipped", text: ["Accuracy 86.0 % before, 85.5 ± 2.5 % after."],
  tables: [{ title: "Layers", columns: ["layer", "z", "zero columns", "after"], rows: [["conv1", "2", "1.30", "2.10"], ["conv2", "4", "2.20", "4.05"]] }],
  bars: [{ title: "Zero columns per group, of 8", unit: "", labels: ["conv1", "conv2"], series: [{ name: "before", values: [1.3, 2.2] }, { name: "after", values: [2.1, 4.05] }] }],
  lines: [{ title: "accuracy with one layer flipped", unit: "%", x: "zero columns per group", series: ["conv1", "conv2"].map((name, i) => ({ name, x: [0, 1, 2, 3, 4, 5, 6, 7], y: [86, 86, 86, 85.5, 85 - i, 81, 60 + 10 * i, 12] })) }],
};

export function flipSample() {
  return { schema: "nonzero.page/1", title: FLIP.title, command: "nonzero flip resnet8.tflite --budget 1% --html flip.html", results: [], summaries: [], studies: [FLIP], views: { bit_groups: [EXAMPLE, LONG] } };
}

function bitResult(design, layer, index) {
  const base = result("sigma", [layer, 64, 3136, 576]);
  const cycles = (design === "bitwave" ? 84672 : 225792) * (1 + index);
  const columns = design === "bitwave" ? { "bitwave.groups": 2304, "bitwave.zero_columns": 9216 - 500 * index, "bitwave.compressed_bits": 165888 + 9000 * index } : {};
  return { ...base, accelerator: design, operation: { ...base.operation, name: layer, kind: "conv2d", network: "two" }, cycles, clock_hz: 25e7, seconds: cycles / 25e7, phases: { stream: cycles }, counters: columns };
}

export function bitSample(designs = ["dense-int8", "bitwave"]) {
  const results = designs.flatMap((design) => ["conv1", "conv2"].map((layer, i) => bitResult(design, layer, i)));
  return { schema: "nonzero.page/1", title: "Bit columns", command: "nonzero compare dense-int8 bitwave --model two", results, summaries: [], views: { bit_groups: [LONG] } };
}

// ASADI's worked example of six tokens, window 3; and 4 x 4 elements in cells of 2 x 2, all of one column, which
// overflows.
const marks = (text, mark) => [...text].map((one) => (one === mark ? 100 : 0));
const gridOf = (rows, columns, text) => ({ rows, columns, row_step: 1, column_step: 1, home: marks(text, "o"), away: marks(text, "x") });
const SIX = {
  title: "six tokens", tokens: 6, head: 0, nnz: 17, window: 3, window_share: 12 / 17, diagonals: 3, overflow: 0, moved: 5,
  before: gridOf(6, 6, "oo.xx.oo...x.ooo..x........ooo..x.oo"), after: gridOf(3, 6, "ooxooxoooxooxo.oxo"),
  first: -5, step: 1, density: [0, 0, 1 / 3, 1 / 4, 4 / 5, 1, 4 / 5, 0, 1 / 3, 1 / 2, 1],
};
const FOUR = {
  title: "four tokens", tokens: 4, head: 3, nnz: 4, window: 1, window_share: 0.25, diagonals: 4, overflow: 3, moved: 3,
  before: { rows: 4, columns: 4, row_step: 2, column_step: 2, home: [25, 0, 0, 0], away: [25, 0, 50, 0] },
  after: { rows: 4, columns: 4, row_step: 1, column_step: 2, home: [50, 0, 0, 0, 0, 0, 0, 0], away: [0, 0, 50, 0, 50, 0, 50, 0] },
  first: -3, step: 1, density: [1, 0.5, 1 / 3, 0.25, 0, 0, 0],
};

export function diagonalSample() {
  return { schema: "nonzero.page/1", title: "Sparse attention", command: "nonzero attention --html page.html", results: [], summaries: [], views: { diagonals: [SIX, FOUR] } };
}

// Four tiles of six are not empty, two of them hot; and one of two squares of 2 x 2 tiles, a quarter hot.
const SPLIT = {
  title: "mesh", rows: 6, columns: 4, tile_side: 2, panels: 3, tile_columns: 2, partition: "hottiles", mode: "parallel", empty_tiles: 2, step: 1,
  cells: { row: [0, 0, 1, 2], column: [0, 1, 1, 0], tiles: [1, 1, 1, 1], hot_tiles: [1, 0, 0, 1], nnz: [4, 1, 1, 4], seconds: [1e-6, 2e-6, 2e-6, 1e-6], bytes: [640, 64, 64, 640] },
  spy: { rows: 3, columns: 2, nnz: [4, 1, 0, 1, 4, 0] },
  contenders: [{ name: "hottiles", cycles: 100, predicted_cycles: 90 }, { name: "hot-only", cycles: 300, predicted_cycles: 310 }, { name: "cold-only", cycles: 200, predicted_cycles: 260 }],
  clock_hz: 8e8,
  workers: [{ type: "hot", compute: 1e-7, memory: 0, idle: 2e-8 }, { type: "cold", compute: 5e-8, memory: 7e-8, idle: 0 }],
};
const COARSE = {
  ...SPLIT, title: "graph", rows: 8, panels: 4, empty_tiles: 4, step: 2, partition: "cold-only", contenders: [],
  cells: { row: [0], column: [0], tiles: [4], hot_tiles: [1], nnz: [9], seconds: [4e-6], bytes: [900] },
  spy: { rows: 2, columns: 1, nnz: [9, 0] },
};

export function tileSample() {
  return { schema: "nonzero.page/1", title: "Hot and cold", command: "nonzero run hottiles --html page.html", results: [], summaries: [], views: { tile_map: [SPLIT, COARSE] } };
}

export function flexagonSample() {
  const layers = [["SQ5", 64, 2916, 16], ["R6", 64, 2916, 576], ["MB215", 128, 8, 512]];
  const designs = Object.keys(PERMITTED);
  const mapping = [["ip-m", "CSR", 0], ["gust-m", "CSR", 0], ["gust-n", "CSC", 5200]].map(([dataflow, format, conversion_cycles], i) => ({
    operation: layers[i][0], cycles: CYCLES[layers[i][0]][dataflow], repeat: 1 + (i === 2), dataflow, format, conversion_cycles,
  }));
  return {
    schema: "nonzero.page/1", title: "Flexagon and its rivals", command: `nonzero compare ${designs.join(" ")} --suite flexagon-layers --html report.html`,
    results: designs.flatMap((design) => layers.map((layer, i) => flexagonResult(design, layer, i))),
    summaries: [{
      schema: "nonzero.summary/1", accelerator: "flexagon", network: "three layers", operations: 4, cycles: 552209, seconds: 5.5e-4, energy_pj: { total: 1e6 }, mapping,
      network_map: { mapper: "exact", activation_operand: "B", conversions: 1, conversion_cycles: 5200, best_per_layer_cycles: 560000, best_fixed: { dataflow: "gust-m", cycles: 587260 } },
    }],
    studies: [STUDY],
    views: { mrn: PART, mrn_example: [MERGING] },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${JSON.stringify(sample(), null, 1)}\n`);

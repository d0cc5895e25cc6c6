import type { Energy, Fan, Json, JsonObject, NetworkMap, Operation, Report, Result, Stage, Summary, Traffic, Utilisation } from "./data";
import { isObject, list, number, numberOrNull, object, tally, text } from "./json";
import { bitGroup, diagonals, merging, study, tileMap } from "./read_views";

function operation(value: Json | undefined): Operation {
  const from = object(value);
  const [m, n, k] = [number(from["m"]), number(from["n"]), number(from["k"])];
  return {
    name: text(from["name"]) || `${m}×${n}×${k}`,
    kind: text(from["kind"], "gemm"),
    network: text(from["network"]),
    m,
    n,
    k,
    nnz_a: numberOrNull(from["nnz_a"]),
    nnz_b: numberOrNull(from["nnz_b"]),
    repeat: number(from["repeat"], 1),
  };
}

function energy(value: Json | undefined): Energy | null {
  if (!isObject(value)) return null;
  const total = numberOrNull(value["total"]);
  const parts = tally(value["by_component"]);
  if (total === null || (total === 0 && Object.keys(parts).length === 0)) return null;
  return {
    total,
    low: number(value["low"], total),
    high: number(value["high"], total),
    by_component: parts,
  };
}

function utilisation(value: Json | undefined): Utilisation | null {
  if (!isObject(value)) return null;
  const shares = {
    stationary: numberOrNull(value["stationary"]),
    compute: numberOrNull(value["compute"]),
    overall: numberOrNull(value["overall"]),
  };
  return Object.values(shares).some((share) => share !== null) ? shares : null;
}

function traffic(value: Json | undefined): Record<string, Traffic> {
  const levels: Record<string, Traffic> = {};
  for (const [level, flows] of Object.entries(object(value))) {
    const both = object(flows);
    levels[level] = { read: tally(both["read"]), write: tally(both["write"]) };
  }
  return levels;
}

function stage(value: Json): Stage {
  const from = object(value);
  return {
    stage: text(from["stage"], "stage"),
    cycles: number(from["cycles"]),
    gemms: list(from["gemms"]).map(object).map((gemm) => ({
      name: text(gemm["name"]),
      dataflow: text(gemm["dataflow"]),
      cycles: number(gemm["cycles"]),
      dram_bytes: number(gemm["dram_bytes"]),
    })),
  };
}

function result(value: Json): Result {
  const from = object(value);
  const cycles = number(from["cycles"]);
  const clock = number(from["clock_hz"]);
  const slots = object(from["slots"]);
  const types = object(from["data_type"]);
  const products = from["multiplications"];
  const area = from["area_mm2"];
  const output = from["output"];
  return {
    version: text(from["version"]),
    command: text(from["command"]),
    accelerator: text(from["accelerator"], "accelerator"),
    timing: text(from["timing"]),
    operation: operation(from["operation"]),
    operands: object(from["operands"]),
    data_type: { operand: text(types["operand"]), accumulate: text(types["accumulate"]) },
    cycles,
    clock_hz: clock,
    seconds: number(from["seconds"], clock > 0 ? cycles / clock : 0),
    phases: tally(from["phases"]),
    stages: list(from["stages"]).map(stage),
    slots: number(slots["count"]) > 0 ? { unit: text(slots["unit"], "slot"), count: number(slots["count"]) } : null,
    pe_cycles: tally(from["pe_cycles"]),
    multiplications: isObject(products)
      ? { issued: number(products["issued"]), effectual: number(products["effectual"]) }
      : null,
    utilisation: utilisation(from["utilisation"]),
    traffic_bytes: traffic(from["traffic_bytes"]),
    counters: tally(from["counters"]),
    energy_pj: energy(from["energy_pj"]),
    area_mm2:
      isObject(area) && number(area["total"]) > 0
        ? { total: number(area["total"]), by_component: tally(area["by_component"]) }
        : null,
    output: isObject(output)
      ? { checked: output["checked"] === true, relative_error: numberOrNull(output["relative_error"]) }
      : null,
    config: object(from["config"]),
    seed: numberOrNull(from["seed"]),
    explanation: text(from["explanation"]),
    notes: list(from["notes"]).map((note) => text(note)).filter((note) => note !== ""),
  };
}

function networkMap(summary: JsonObject): NetworkMap | null {
  const layers = list(summary["mapping"]).map(object).filter((layer) => text(layer["dataflow"]) !== "");
  if (layers.length === 0) return null;
  const found = object(summary["network_map"]);
  const fixed = object(found["best_fixed"]);
  return {
    layers: layers.map((layer) => ({
      operation: text(layer["operation"]),
      dataflow: text(layer["dataflow"]),
      format: text(layer["format"]),
      cycles: number(layer["cycles"]),
      conversion: number(layer["conversion_cycles"]),
      repeat: number(layer["repeat"], 1),
    })),
    total: number(summary["cycles"]),
    mapper: text(found["mapper"]),
    activations: text(found["activation_operand"]),
    bestPerLayer: numberOrNull(found["best_per_layer_cycles"]),
    fixed: text(fixed["dataflow"]) ? { dataflow: text(fixed["dataflow"]), cycles: number(fixed["cycles"]) } : null,
  };
}

function summary(value: Json): Summary {
  const from = object(value);
  const operations = from["operations"];
  return {
    network: text(from["network"], "network"),
    accelerator: text(from["accelerator"]),
    operations: Array.isArray(operations) ? operations.length : number(operations),
    cycles: number(from["cycles"]),
    seconds: number(from["seconds"]),
    energy_pj: numberOrNull(object(from["energy_pj"])["total"]) || null,
    map: networkMap(from),
  };
}

function fan(value: Json | undefined): Fan | null {
  if (!isObject(value)) return null;
  const lanes = number(value["lanes"]);
  if (lanes < 1) return null;
  return {
    operation: text(value["operation"]),
    fold: number(value["fold"]),
    flex_dpe: number(value["flex_dpe"]),
    lanes,
    vec_ids: list(value["vec_ids"]).map((id) => number(id, -1)),
    adders: list(value["adders"]).map(object).map((adder) => ({
      index: number(adder["index"]),
      level: number(adder["level"]),
      enabled: adder["enabled"] === true,
      left: number(adder["left"], -1),
      right: number(adder["right"], -1),
    })),
    groups: list(value["groups"]).map(object).map((group) => ({
      row: number(group["row"]),
      first: number(group["first"]),
      count: number(group["count"]),
      root: number(group["root"], -1),
    })),
  };
}

// Throws an Error that a reader can understand when the page carries no report.
export function readReport(source: string): Report {
  const from = JSON.parse(source) as Json;
  if (!isObject(from)) throw new Error("This page holds no results: it is the empty template.");
  const schema = text(from["schema"]);
  if (schema !== "nonzero.page/1") {
    throw new Error(`This page reads nonzero.page/1; the data says “${schema || "nothing"}”.`);
  }
  const views = object(from["views"]);
  return {
    title: text(from["title"], "Report"),
    command: text(from["command"]),
    results: list(from["results"]).map(result),
    summaries: list(from["summaries"]).map(summary),
    fan: fan(views["fan"]),
    mergings: [views["mrn"] ?? [], views["mrn_example"] ?? []].flat().flatMap((walk) => merging(walk) ?? []),
    bitGroups: list(views["bit_groups"]).flatMap(bitGroup),
    diagonals: list(views["diagonals"]).flatMap(diagonals),
    tileMaps: list(views["tile_map"]).flatMap(tileMap),
    studies: list(from["studies"]).map(study),
    bandwidths: tally(object(views["roofline"])["dram_bytes_per_second"]),
  };
}

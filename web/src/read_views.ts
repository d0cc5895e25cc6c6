import type { BitGroup, Cell, Diagonals, Grid, Json, MergeElement, Merging, StudySection, TileCells, TileMap } from "./data";
import { isObject, list, number, numberOrNull, object, text } from "./json";

function element(coordinate: Json | undefined, value: Json | undefined): MergeElement {
  return { coordinate: number(coordinate), value: numberOrNull(value) };
}

export function merging(value: Json): Merging | null {
  if (!isObject(value)) return null;
  const leaves = number(value["leaves"]);
  const steps = list(value["steps"]).map(object);
  if (leaves < 1 || steps.length === 0) return null;
  return {
    title: text(value["title"], "Merging"),
    note: text(value["note"]),
    outermost: text(value["outermost"], "row"),
    leaves,
    levels: number(value["levels"], Math.ceil(Math.log2(leaves))),
    finished: value["finished"] !== false,
    fibers: list(value["fibers"]).map(object).map((fiber) => {
      const values = list(fiber["values"]);
      const elements = list(fiber["coordinates"]).map((coordinate, i) => element(coordinate, values[i]));
      return { row: number(fiber["row"]), k: number(fiber["k"]), length: number(fiber["length"], elements.length), elements };
    }),
    steps: steps.map((step) => ({
      cycle: number(step["cycle"]),
      read: list(step["read"]).map((count) => number(count)),
      nodes: list(step["nodes"]).map(object).map((node) => ({
        level: number(node["level"]),
        index: number(node["index"]),
        mode: text(node["mode"], "OFF"),
        did: text(node["did"]),
        held: node["held"] === true,
        element: numberOrNull(node["coordinate"]) === null ? null : element(node["coordinate"], node["value"]),
      })),
      emitted: list(step["emitted"]).map(object).map((out) => ({
        ...element(out["coordinate"], out["value"]),
        row: number(out["row"]),
        level: number(out["level"]),
        index: number(out["index"]),
      })),
    })),
  };
}

// Values that are no int8 are left out, and with them a flip of another length.
export function bitGroup(value: Json): BitGroup[] {
  const from = object(value);
  const weights = (what: Json | undefined) => list(what).flatMap((one) => (Number.isInteger(one) && Math.abs(number(one)) <= 128 ? [number(one)] : []));
  const [before, after] = [weights(from["before"]), weights(from["after"])];
  if (before.length === 0) return [];
  return [{ title: text(from["title"], "One group"), before, after: after.length === before.length ? after : null }];
}

// A grid whose cells are not as many as its sides say is none.
function grid(value: Json | undefined): Grid | null {
  const from = object(value);
  const [rows, columns] = [number(from["rows"]), number(from["columns"])];
  const [rowStep, columnStep] = [Math.max(1, number(from["row_step"], 1)), Math.max(1, number(from["column_step"], 1))];
  const percentages = (what: Json | undefined) => list(what).map((one) => Math.min(100, Math.max(0, number(one))));
  const [home, away] = [percentages(from["home"]), percentages(from["away"])];
  const cells = Math.ceil(rows / rowStep) * Math.ceil(columns / columnStep);
  if (!(cells >= 0) || home.length !== cells || away.length !== cells) return null;
  return { rows, columns, row_step: rowStep, column_step: columnStep, home, away };
}

export function diagonals(value: Json): Diagonals[] {
  const from = object(value);
  const [before, after] = [grid(from["before"]), grid(from["after"])];
  if (!before || !after || before.home.length === 0) return [];
  return [{
    title: text(from["title"], "One head"),
    tokens: number(from["tokens"]),
    head: number(from["head"]),
    nnz: number(from["nnz"]),
    window: number(from["window"]),
    diagonals: number(from["diagonals"]),
    overflow: number(from["overflow"]),
    moved: number(from["moved"]),
    before,
    after,
    first: number(from["first"]),
    step: Math.max(1, number(from["step"], 1)),
    density: list(from["density"]).map((one) => number(one)),
  }];
}

function cell(value: Json): Cell {
  return typeof value === "number" || typeof value === "string" ? value : "";
}

// Points that lack a coordinate are left out.
function points(xs: Json[], ys: Json[]): { x: number; y: number }[] {
  return xs.flatMap((value, i) => {
    const [x, y] = [numberOrNull(value), numberOrNull(ys[i])];
    return x === null || y === null ? [] : [{ x, y }];
  });
}

// `text` is one paragraph or a list of them.
export function study(value: Json, index: number): StudySection {
  const from = object(value);
  const paragraphs = typeof from["text"] === "string" ? [from["text"]] : list(from["text"]).map((part) => text(part));
  return {
    id: `study-${(text(from["id"]) || String(index + 1)).replace(/[^\w-]/g, "-")}`,
    title: text(from["title"], "Study"),
    text: paragraphs.filter((part) => part !== ""),
    tables: list(from["tables"]).map(object).map((table) => ({
      title: text(table["title"]),
      columns: list(table["columns"]).map((name) => text(name)),
      rows: list(table["rows"]).map((row) => list(row).map(cell)),
    })),
    bars: list(from["bars"]).map(object).map((bars) => ({
      title: text(bars["title"]),
      unit: text(bars["unit"]),
      labels: list(bars["labels"]).map((label) => text(label)),
      series: list(bars["series"]).map(object).map((one) => ({
        name: text(one["name"]),
        values: list(one["values"]).map(numberOrNull),
      })),
    })),
    lines: list(from["lines"]).map(object).map((lines) => ({
      title: text(lines["title"]),
      unit: text(lines["unit"]),
      x: text(lines["x"]),
      series: list(lines["series"]).map(object).map((one) => ({ name: text(one["name"]), points: points(list(one["x"]), list(one["y"])) })),
    })),
  };
}

const CELL_LISTS = ["row", "column", "tiles", "hot_tiles", "nnz", "seconds", "bytes"] as const;

// A map without cells, or whose lists differ in length, is none.
export function tileMap(value: Json): TileMap[] {
  const from = object(value);
  const lists = object(from["cells"]);
  const numbers = (what: Json | undefined) => list(what).map((one) => number(one));
  const cells = Object.fromEntries(CELL_LISTS.map((name) => [name, numbers(lists[name])])) as unknown as TileCells;
  if (cells.row.length === 0 || CELL_LISTS.some((name) => cells[name].length !== cells.row.length)) return [];
  const spy = object(from["spy"]);
  const [rows, columns, nnz] = [number(spy["rows"]), number(spy["columns"]), numbers(spy["nnz"])];
  if (nnz.length !== rows * columns) return [];
  return [{
    title: text(from["title"], "One matrix"),
    rows: number(from["rows"]),
    columns: number(from["columns"]),
    tile_side: number(from["tile_side"]),
    panels: number(from["panels"]),
    tile_columns: number(from["tile_columns"]),
    partition: text(from["partition"]),
    mode: text(from["mode"]),
    empty_tiles: number(from["empty_tiles"]),
    step: Math.max(1, number(from["step"], 1)),
    cells,
    spy: { rows, columns, nnz },
    contenders: list(from["contenders"]).map(object).map((one) => ({ name: text(one["name"]), cycles: number(one["cycles"]), predicted_cycles: number(one["predicted_cycles"]) })),
    clock_hz: number(from["clock_hz"]),
    workers: list(from["workers"]).map(object).map((one) => ({ type: text(one["type"]), compute: number(one["compute"]), memory: number(one["memory"]), idle: number(one["idle"]) })),
  }];
}

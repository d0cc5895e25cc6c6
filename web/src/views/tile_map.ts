import type { TileCells, TileMap } from "../data";
import { s } from "../dom";
import { drawBars } from "../draw/bars";
import type { Drawing, Frame, Swatch } from "../draw/drawing";
import { drawStack } from "../draw/stack";
import { fitted } from "../draw/text";
import { bytes, count, percent, plural, seconds, whole } from "../format";
import type { View } from "../view";

const SIZE = 11;
const HEAD = 38;
const GAP = 28;
const SHADES = 12;
const MOST_ROOM = 420;

interface Square {
  row: number;
  column: number;
  value: number; // 0 to 1
}

interface Layer {
  squares: Square[];
  colour: string;
}

interface Panel {
  title: string;
  says: string;
  rows: number;
  columns: number;
  layers: Layer[];
}

// Squares of one shade as one path: a picture of thousands stays light.
function paths({ squares, colour }: Layer, cell: number): SVGElement[] {
  const shades = new Map<number, string>();
  for (const { row, column, value } of squares) {
    if (!(value > 0)) continue;
    const shade = Math.max(1, Math.ceil(Math.min(1, value) * SHADES));
    const [x, y, side] = [column * cell, row * cell, cell].map((at) => at.toFixed(2));
    shades.set(shade, `${shades.get(shade) ?? ""}M${x} ${y}h${side}v${side}h-${side}z`);
  }
  return [...shades].map(([shade, d]) => s("path", { d, fill: colour, "fill-opacity": (shade / SHADES).toFixed(2), "shape-rendering": "crispEdges" }));
}

// Shares between the least and the largest of values that span decades.
function logarithmic(values: number[]): { shares: number[]; low: number; high: number } {
  const positive = values.filter((value) => value > 0);
  const [low, high] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [0, 0];
  const span = Math.log(high / low);
  return { shares: values.map((value) => (value <= 0 ? 0 : span > 0 ? 0.12 + (0.88 * Math.log(value / low)) / span : 1)), low, high };
}

function squares(cells: TileCells, shares: number[]): Square[] {
  return cells.row.map((row, i) => ({ row, column: cells.column[i] ?? 0, value: shares[i] ?? 0 }));
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function spy(one: TileMap, frame: Frame): Panel {
  const { rows, columns, nnz } = one.spy;
  const { shares, high } = logarithmic(nnz);
  return {
    title: `${whole(one.rows)} × ${whole(one.columns)}`,
    says: `${count(sum(nnz))} non-zeros, up to ${count(high)} a pixel`,
    rows,
    columns,
    layers: [{ squares: shares.map((value, i) => ({ row: Math.floor(i / columns), column: i % columns, value })), colour: frame.palette.ink }],
  };
}

function grid(one: TileMap): { rows: number; columns: number } {
  return { rows: Math.ceil(one.panels / one.step), columns: Math.ceil(one.tile_columns / one.step) };
}

// Hot over cold: where a square stands for several tiles, as much of it as is hot.
function types(one: TileMap, frame: Frame): Panel {
  const { cells } = one;
  const { colours } = frame.palette;
  const hot = cells.tiles.map((tiles, i) => (cells.hot_tiles[i] ?? 0) / Math.max(1, tiles));
  const hotNnz = sum(cells.nnz.map((nnz, i) => nnz * (hot[i] ?? 0)));
  return {
    title: `Tiles of ${whole(one.tile_side)}: ${one.partition}, ${one.mode}`,
    says: `${whole(sum(cells.hot_tiles))} hot with ${percent(hotNnz / Math.max(1, sum(cells.nnz)))} of the non-zeros, ${whole(sum(cells.tiles) - sum(cells.hot_tiles))} cold, ${whole(one.empty_tiles)} empty`,
    ...grid(one),
    layers: [
      { squares: squares(cells, hot.map((share) => (share < 1 ? 0.55 : 0))), colour: colours.cyan },
      { squares: squares(cells, hot), colour: colours.wine },
    ],
  };
}

function heat(one: TileMap, what: "seconds" | "bytes", frame: Frame): Panel {
  const values = one.cells[what];
  const format = what === "seconds" ? seconds : bytes;
  const { shares, low, high } = logarithmic(values);
  return {
    title: what === "seconds" ? "Time of the tiles, on their own worker" : "Bytes of the tiles, on their own worker",
    says: `${format(low)} to ${format(high)} a square, ${format(sum(values))} in all`,
    ...grid(one),
    layers: [{ squares: squares(one.cells, shares), colour: what === "seconds" ? frame.palette.colours.rose : frame.palette.colours.indigo }],
  };
}

function drawn(panel: Panel, room: number, frame: Frame): { group: SVGGElement; height: number } {
  const { palette } = frame;
  const cell = room / Math.max(1, panel.rows, panel.columns);
  const [width, height] = [panel.columns * cell, panel.rows * cell];
  const group = s(
    "g",
    { "font-size": SIZE, fill: palette.ink },
    s("text", { x: 0, y: 11, "font-weight": 600 }, fitted(panel.title, room, SIZE, palette.font, 600)),
    s("text", { x: 0, y: 27 }, fitted(panel.says, room, SIZE, palette.font)),
    s(
      "g",
      { transform: `translate(0,${HEAD})` },
      ...panel.layers.flatMap((layer) => paths(layer, cell)),
      s("rect", { x: 0, y: 0, width, height, fill: "none", stroke: palette.soft, "stroke-width": 1 }),
    ),
  );
  return { group, height: HEAD + height };
}

function picture(one: TileMap, panel: Panel, legend: Swatch[], frame: Frame): Drawing {
  const beside = frame.width >= 560;
  const room = Math.min(MOST_ROOM, beside ? (frame.width - GAP) / 2 - 1 : frame.width - 2);
  const both = [spy(one, frame), panel].map((shown) => drawn(shown, room, frame));
  const heights = both.map(({ height }) => height);
  const height = Math.ceil((beside ? Math.max(...heights) : sum(heights) + GAP / 2) + 2);
  const plot = s("svg", {
    width: frame.width,
    height,
    viewBox: `0 0 ${frame.width} ${height}`,
    "font-family": frame.palette.font,
    role: "img",
    "aria-label": `${one.title}: ${panel.title}, ${panel.says}`,
  });
  both.forEach(({ group }, i) => {
    const [x, y] = beside ? [i * (room + GAP), 0] : [0, i * ((heights[0] ?? 0) + GAP / 2)];
    plot.append(s("g", { transform: `translate(${(x + 1).toFixed(1)},${y.toFixed(1)})` }, group));
  });
  return { plot, legend };
}

function comparison(one: TileMap, frame: Frame): Drawing {
  const { colours } = frame.palette;
  const time = (cycles: number) => (one.clock_hz > 0 ? cycles / one.clock_hz : 0);
  const bars = one.contenders.flatMap(({ name, cycles, predicted_cycles }) => [
    { group: name, label: "simulated", value: time(cycles) },
    { group: name, label: "predicted", value: time(predicted_cycles) },
  ]);
  return drawBars({ bars, axis: "time", format: seconds, missing: "not run", colour: ({ label }) => (label === "simulated" ? colours.indigo : colours.sand) }, frame);
}

// Each worker's whole run: multiplying, waiting for the memory, or without work.
function workers(one: TileMap, frame: Frame): Drawing {
  const { colours } = frame.palette;
  const numbers = new Map<string, number>();
  const bars = one.workers.map(({ type, compute, memory, idle }) => {
    const at = numbers.get(type) ?? 0;
    numbers.set(type, at + 1);
    return { group: "", label: `${type} ${at}`, parts: [{ name: "compute", value: compute }, { name: "memory", value: memory }, { name: "idle", value: idle }] };
  });
  const colour = (name: string) => (name === "compute" ? colours.indigo : name === "memory" ? colours.rose : colours.grey);
  return drawStack({ bars, mode: "absolute", baseline: "", axis: "time", format: seconds, label: (name) => name, colour }, frame, ["compute", "memory", "idle"]);
}

export const tileMap: View = {
  id: "tile-map",
  title: "Hot and cold tiles",
  wide: true,
  alone: true,
  make({ report }) {
    const all = report.tileMaps;
    const [first] = all;
    if (!first) return null;
    const chosenOne = (step: number) => all[step] ?? first;
    const compared = all.some(({ contenders }) => contenders.length > 0);
    const busy = all.some(({ workers: them }) => them.length > 0);
    return {
      caption: `${all.length === 1 ? `${first.title}. ` : ""}Where the non-zeros are, and which worker each tile went to; shades are logarithmic${first.step > 1 ? `, a square is ${plural(first.step, "tile")} wide` : ""}.`,
      choices: [
        {
          id: "show",
          label: "Show",
          options: [
            { value: "types", label: "Hot and cold" },
            { value: "seconds", label: "Time" },
            { value: "bytes", label: "Bytes" },
            ...(compared ? [{ value: "compared", label: "Compared" }] : []),
            ...(busy ? [{ value: "workers", label: "Workers" }] : []),
          ],
        },
      ],
      ...(all.length > 1 ? { steps: { count: () => all.length, name: (_: unknown, step: number) => chosenOne(step).title } } : {}),
      draw(frame, chosen) {
        const one = chosenOne(Number(chosen["step"] ?? 0));
        const { colours } = frame.palette;
        switch (chosen["show"]) {
          case "compared":
            return comparison(one, frame);
          case "workers":
            return workers(one, frame);
          case "seconds":
          case "bytes":
            return picture(one, heat(one, chosen["show"], frame), [], frame);
          default:
            return picture(one, types(one, frame), [{ label: "hot", colour: colours.wine }, { label: "cold", colour: colours.cyan }, { label: "empty: blank", colour: frame.palette.ground }], frame);
        }
      },
    };
  },
};

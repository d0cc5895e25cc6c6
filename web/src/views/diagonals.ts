import type { Diagonals, Grid } from "../data";
import { s } from "../dom";
import type { Drawing, Frame } from "../draw/drawing";
import { drawLines } from "../draw/lines";
import { fitted } from "../draw/text";
import { percent, plural, whole } from "../format";
import type { View } from "../view";

const SIZE = 11;
const HEAD = 54;
const GAP = 32;
const SHADES = 10;
const MOST_CELL = 28;

interface Panel {
  title: string;
  says: string;
  across: string;
  down: string;
  grid: Grid;
  cell: { width: number; height: number };
  rules: { at: number; says: string }[]; // below so many rows of cells
}

const share = (part: number, all: number) => percent(all > 0 ? part / all : 0);

// Cells of one kind and shade as one path: a picture of thousands stays light.
function shades(percentages: number[], panel: Panel, colour: string): SVGElement[] {
  const across = Math.ceil(panel.grid.columns / panel.grid.column_step);
  const { width, height } = panel.cell;
  const paths = new Map<number, string>();
  percentages.forEach((value, i) => {
    if (value <= 0) return;
    const shade = Math.ceil((value / 100) * SHADES);
    const [x, y] = [(i % across) * width, Math.floor(i / across) * height];
    paths.set(shade, `${paths.get(shade) ?? ""}M${x.toFixed(2)} ${y.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`);
  });
  return [...paths].map(([shade, d]) => s("path", { d, fill: colour, "fill-opacity": (0.15 + (0.85 * shade) / SHADES).toFixed(2), "shape-rendering": "crispEdges" }));
}

function extent({ grid, cell }: Panel): { width: number; height: number } {
  return { width: Math.ceil(grid.columns / grid.column_step) * cell.width, height: Math.ceil(grid.rows / grid.row_step) * cell.height };
}

function drawn(panel: Panel, room: number, frame: Frame): SVGGElement {
  const { palette } = frame;
  const { width, height } = extent(panel);
  return s(
    "g",
    { "font-size": SIZE, fill: palette.ink },
    s("text", { x: 0, y: 11, "font-weight": 600 }, fitted(panel.title, room, SIZE, palette.font, 600)),
    s("text", { x: 0, y: 27 }, fitted(panel.says, room, SIZE, palette.font)),
    s("text", { x: 0, y: HEAD - 8, fill: palette.soft }, fitted(`${panel.across} →, ${panel.down} ↓`, room, SIZE, palette.font)),
    s(
      "g",
      { transform: `translate(0,${HEAD})` },
      ...shades(panel.grid.home, panel, palette.colours.indigo),
      ...shades(panel.grid.away, panel, palette.colours.rose),
      s("rect", { x: 0, y: 0, width, height, fill: "none", stroke: palette.soft, "stroke-width": 1 }),
      ...panel.rules.flatMap(({ at, says }) => {
        const y = at * panel.cell.height;
        return [
          s("path", { d: `M0 ${y.toFixed(2)}H${width.toFixed(2)}`, stroke: palette.ink, "stroke-width": 1.5 }),
          s("text", { x: width + 4, y: y + SIZE * 0.36, fill: palette.soft }, fitted(says, Math.max(0, room - width - 4), SIZE, palette.font)),
        ];
      }),
    ),
  );
}

function side(cells: number, room: number): number {
  return Math.min(MOST_CELL, room / Math.max(1, cells));
}

// Before and after, each as wide as the other; diagonals that are few stay flat.
function panels(one: Diagonals, room: number): Panel[] {
  const { before, after } = one;
  const cell = side(Math.ceil(before.columns / before.column_step), room);
  const square = Math.ceil(before.rows / before.row_step) * cell;
  const rows = Math.ceil(after.rows / after.row_step);
  const slot = side(Math.ceil(after.columns / after.column_step), room);
  const slots = one.diagonals * one.tokens;
  return [
    { title: `Before: ${whole(one.tokens)} × ${whole(one.tokens)}`, says: `${share(one.nnz, one.tokens * one.tokens)} filled`, across: "column", down: "row", grid: before, cell: { width: cell, height: cell }, rules: [] },
    {
      title: `After: ${plural(one.diagonals, "diagonal")}`,
      says: `${share(one.moved, one.nnz)} moved, ${share(slots - one.nnz, slots)} of the slots empty`,
      across: "slot (column)",
      down: "stored diagonals",
      grid: after,
      cell: { width: slot, height: Math.min(slot, rows > 0 ? square / rows : slot) },
      rules: one.overflow > 0 ? [{ at: (one.diagonals - one.overflow) / after.row_step, says: `${plural(one.overflow, "overflow diagonal")} below` }] : [],
    },
  ];
}

function picture(one: Diagonals, frame: Frame): Drawing {
  const { palette } = frame;
  const beside = frame.width >= 560;
  const width = beside ? (frame.width - GAP) / 2 : frame.width;
  const room = Math.min(width, 400);
  const both = panels(one, room);
  const heights = both.map((panel) => HEAD + extent(panel).height + 2);
  const height = beside ? Math.max(...heights) : heights.reduce((a, b) => a + b + GAP / 2, -GAP / 2);
  const plot = s("svg", {
    width: frame.width,
    height: Math.ceil(height),
    viewBox: `0 0 ${frame.width} ${Math.ceil(height)}`,
    "font-family": palette.font,
    role: "img",
    "aria-label": `${one.title}: ${both.map((panel) => `${panel.title}, ${panel.says}`).join("; ")}`,
  });
  let at = 1;
  both.forEach((panel, i) => {
    plot.append(s("g", { transform: beside ? `translate(${(at).toFixed(1)},0)` : `translate(1,${at.toFixed(1)})` }, drawn(panel, beside ? (i === 0 ? room : frame.width - at - 2) : frame.width - 2, frame)));
    at += beside ? room + GAP : (heights[i] ?? 0) + GAP / 2;
  });
  return {
    plot,
    legend: [
      { label: `within ${plural(one.window, "diagonal")} around the main one`, colour: palette.colours.indigo },
      { label: "outside; moved to a free slot", colour: palette.colours.rose },
    ],
  };
}

function density(one: Diagonals, frame: Frame): Drawing {
  const points = one.density.map((value, i) => ({ x: one.first + i * one.step + (one.step - 1) / 2, y: 100 * value }));
  return drawLines({ series: [{ name: "all heads", points }], x: "DI = column − row", log: false, format: (value) => percent(value / 100) }, frame);
}

export const diagonals: View = {
  id: "diagonals",
  title: "Stored by diagonals",
  alone: true,
  make({ report }) {
    const all = report.diagonals;
    const [first] = all;
    if (!first) return null;
    const chosenOne = (step: number) => all[step] ?? first;
    const name = (one: Diagonals) => `${one.title}, head ${one.head}`;
    return {
      caption: `${all.length === 1 ? `${name(first)}. ` : ""}The pattern as it is, and as diagonals hold it: what lies outside the window moves to a free slot of its own column.`,
      choices: [{ id: "show", label: "Show", options: [{ value: "matrix", label: "Matrix" }, { value: "density", label: "Density" }] }],
      ...(all.length > 1 ? { steps: { count: () => all.length, name: (_: unknown, step: number) => name(chosenOne(step)) } } : {}),
      draw(frame, chosen) {
        const one = chosenOne(Number(chosen["step"] ?? 0));
        return chosen["show"] === "density" ? density(one, frame) : picture(one, frame);
      },
    };
  },
};

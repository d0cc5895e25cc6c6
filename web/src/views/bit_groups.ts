import type { BitGroup } from "../data";
import { s } from "../dom";
import type { Drawing, Frame } from "../draw/drawing";
import { fitted, textWidth } from "../draw/text";
import { plural } from "../format";
import type { View } from "../view";

const COLUMNS = ["±", "64", "32", "16", "8", "4", "2", "1"];
const SIZE = 11;
const GAP = 28;
const HEAD = 36;
const FOOT = 22;

// Sign-magnitude: the sign column holds a one for negative values only.
function bit(weight: number, column: number): boolean {
  return column === 0 ? weight < 0 : (Math.min(127, Math.abs(weight)) & (128 >> column)) !== 0;
}

function kept(weights: number[], column: number): boolean {
  return weights.some((weight) => bit(weight, column));
}

function storedBits(weights: number[]): number {
  return 8 + weights.length * COLUMNS.filter((_, column) => kept(weights, column)).length;
}

interface Panel {
  name: string;
  weights: number[];
  other: number[];
}

interface Geometry {
  cell: number;
  row: number;
  labels: number;
}

function cells(panel: Panel, at: Geometry, frame: Frame): SVGElement[] {
  const { palette } = frame;
  return panel.weights.flatMap((weight, i) =>
    COLUMNS.map((name, column) => {
      const one = bit(weight, column);
      const changed = one !== bit(panel.other[i] ?? weight, column);
      const stored = kept(panel.weights, column);
      const fill = one ? (column === 0 ? palette.colours.rose : palette.colours.indigo) : stored ? palette.colours.grey : "none";
      const box = s("rect", {
        x: at.labels + column * at.cell + 1,
        y: HEAD + i * at.row + 1,
        width: at.cell - 2,
        height: at.row - 2,
        rx: 2,
        fill,
        ...(changed ? { stroke: palette.ink, "stroke-width": 2 } : stored ? {} : { stroke: palette.line }),
      });
      if (!frame.paper) box.append(s("title", {}, `${weight}, column ${name}: ${one ? 1 : 0}${changed ? ", changed" : ""}`));
      return box;
    }),
  );
}

function panelOf(panel: Panel, x: number, width: number, at: Geometry, frame: Frame): SVGGElement {
  const { palette } = frame;
  const middle = (column: number) => at.labels + (column + 0.5) * at.cell;
  const foot = HEAD + panel.weights.length * at.row;
  const zero = COLUMNS.filter((_, column) => !kept(panel.weights, column)).length;
  const title = `${panel.name ? `${panel.name}: ` : ""}${plural(zero, "zero column")}, ${storedBits(panel.weights)} bit`;
  return s(
    "g",
    { transform: `translate(${x.toFixed(1)},0)`, "font-size": SIZE, fill: palette.ink },
    s("text", { x: 0, y: 11, "font-weight": 600 }, fitted(title, width, SIZE, palette.font, 600)),
    ...COLUMNS.map((name, column) => s("text", { x: middle(column), y: HEAD - 6, "text-anchor": "middle", fill: palette.soft }, name)),
    ...panel.weights.map((weight, i) =>
      s("text", { x: at.labels - 8, y: HEAD + (i + 0.5) * at.row + SIZE * 0.36, "text-anchor": "end" }, String(weight).replace("-", "−")),
    ),
    ...cells(panel, at, frame),
    ...COLUMNS.map((_, column) =>
      s("text", { x: middle(column), y: foot + 15, "text-anchor": "middle", fill: palette.soft }, kept(panel.weights, column) ? "1" : "0"),
    ),
    s("text", { x: at.labels - 8, y: foot + 15, "text-anchor": "end", fill: palette.soft }, "index"),
  );
}

function draw(group: BitGroup, frame: Frame): Drawing {
  const { palette } = frame;
  const panels: Panel[] = group.after
    ? [{ name: "Before", weights: group.before, other: group.before }, { name: "After", weights: group.after, other: group.before }]
    : [{ name: "", weights: group.before, other: group.before }];
  const labels = Math.ceil(textWidth("index", SIZE, palette.font)) + 10;
  const beside = panels.length > 1 && frame.width >= 2 * (labels + 8 * 18) + GAP;
  const width = beside ? (frame.width - GAP) / 2 : frame.width;
  const at = { cell: Math.min(34, (width - labels - 2) / 8), row: group.before.length > 16 ? 15 : 21, labels };
  const height = HEAD + group.before.length * at.row + FOOT;
  const total = beside ? height : panels.length * (height + 12) - 12;
  const plot = s("svg", {
    width: frame.width,
    height: total,
    viewBox: `0 0 ${frame.width} ${total}`,
    "font-family": palette.font,
    role: "img",
    "aria-label": `${group.title}: ${plural(group.before.length, "weight")} bit by bit`,
  });
  const step = beside ? Math.min(width, labels + 8 * at.cell) + GAP : 0;
  panels.forEach((panel, i) => {
    const drawn = panelOf(panel, i * step, width, at, frame);
    plot.append(beside || i === 0 ? drawn : s("g", { transform: `translate(0,${i * (height + 12)})` }, drawn));
  });
  return {
    plot,
    legend: [
      { label: "one", colour: palette.colours.indigo },
      { label: "negative", colour: palette.colours.rose },
      { label: "zero, stored", colour: palette.colours.grey },
      ...(group.after ? [{ label: "changed by the flip", colour: palette.ink, symbol: "ring" as const }] : []),
    ],
  };
}

export const bitGroups: View = {
  id: "bit-groups",
  title: "One group, bit by bit",
  alone: true,
  make({ report }) {
    const groups = report.bitGroups;
    const [first] = groups;
    if (!first) return null;
    const chosenGroup = (step: number) => groups[step] ?? first;
    return {
      caption: `${groups.length === 1 ? `${first.title}. ` : ""}Weights as sign and magnitude, a row each. A column without a one is neither stored nor computed: an empty frame here, a 0 in the index.`,
      ...(groups.length > 1 ? { steps: { count: () => groups.length, name: (_: unknown, step: number) => chosenGroup(step).title } } : {}),
      draw: (frame, chosen) => draw(chosenGroup(Number(chosen["step"] ?? 0)), frame),
    };
  },
};

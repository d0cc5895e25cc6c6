import * as Plot from "@observablehq/plot";
import type { Drawing, Frame } from "./drawing";
import type { Row } from "./rows";
import { LABEL_SIZE, layoutRows } from "./rows";
import { textWidth } from "./text";
import { percent, ratio } from "../format";

export type StackMode = "absolute" | "relative" | "share";

// One bar: what it is made of, in the order of the stack. `side` -1 grows to the left.
export interface Bar extends Row {
  parts: { name: string; value: number; side?: 1 | -1 }[];
  low?: number;
  high?: number;
  missing?: string;
}

export interface StackSpec {
  bars: Bar[];
  mode: StackMode;
  baseline: string;
  colour(name: string, index: number): string;
  label(name: string): string;
  format(value: number): string;
  ticks?(low: number, high: number, count: number): number[];
  axis: string;
  sides?: [string, string];
}

interface Piece extends Row {
  x1: number;
  x2: number;
  name: string;
  says: string;
}

const total = (bar: Bar) => bar.parts.reduce((sum, part) => sum + part.value, 0);

// What a bar's length is divided by: nothing, itself, or the baseline's bar of its group. A bar whose
// group has no baseline says so instead of a length.
function scaled(spec: StackSpec): (Bar & { divisor: number })[] {
  const { bars, mode, baseline } = spec;
  if (mode !== "relative") return bars.map((bar) => ({ ...bar, divisor: (mode === "share" && total(bar)) || 1 }));
  const bases = new Map(bars.filter((bar) => bar.label === baseline).map((bar) => [bar.group, total(bar)]));
  return bars.map((bar) => {
    const divisor = bases.get(bar.group) || 0;
    return divisor > 0 ? { ...bar, divisor } : { ...bar, divisor: 1, parts: [], missing: bar.missing ?? `nothing for ${baseline}` };
  });
}

function pieces(bar: Bar & { divisor: number }, spec: StackSpec): Piece[] {
  const reach = { 1: 0, [-1]: 0 };
  const whole = total(bar);
  return bar.parts
    .filter((part) => part.value > 0)
    .map(({ name, value, side = 1 }) => {
      const x1 = reach[side];
      reach[side] += (side * value) / bar.divisor;
      const direction = spec.sides ? `${spec.sides[side === 1 ? 1 : 0]} · ` : "";
      return {
        group: bar.group,
        label: bar.label,
        x1,
        x2: reach[side],
        name,
        says: `${bar.group ? `${bar.group}\n` : ""}${bar.label}\n${direction}${spec.label(name)}: ${spec.format(value)} (${percent(value / whole)})`,
      };
    });
}

export function names(bars: Bar[]): string[] {
  return [...new Set(bars.flatMap((bar) => bar.parts.filter((part) => part.value > 0).map((part) => part.name)))];
}

// Where the axis of relative lengths ends: at the longest bar, unless a few outliers would flatten all
// others. Bars beyond are cut and their labels say so with an arrow.
function cutAt(lengths: number[], mode: StackMode): number {
  const sorted = [...lengths].sort((a, b) => a - b);
  const longest = sorted[sorted.length - 1] || 1;
  const usual = 2.5 * (sorted[Math.floor((sorted.length - 1) * 0.85)] ?? longest);
  return mode === "relative" && usual > 0 ? Math.min(longest, usual) : longest;
}

export function drawStack(spec: StackSpec, frame: Frame, order: string[]): Drawing {
  const { mode, baseline } = spec;
  const { palette } = frame;
  const bars = scaled(spec).map((bar) => ({ ...bar, parts: [...bar.parts].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)) }));
  const used = order.filter((name) => names(bars).includes(name));
  const colours = new Map(order.map((name, i) => [name, spec.colour(name, i)]));
  const all = bars.flatMap((bar) => pieces(bar, spec));
  const ends = bars.map((bar) => {
    const reach = bar.parts.reduce((sum, part) => (part.side === -1 ? sum : sum + part.value), 0) / bar.divisor;
    const range = mode === "share" || bar.missing || bar.low === undefined || bar.high === undefined ? null : { low: bar.low / bar.divisor, high: bar.high / bar.divisor };
    const says = { absolute: spec.format(total(bar)), relative: ratio(total(bar) / bar.divisor), share: "" }[mode];
    return { group: bar.group, label: bar.label, x: Math.max(reach, range?.high ?? 0), says: bar.missing ?? says, range, missing: bar.missing !== undefined };
  });
  const reach = cutAt(ends.map((end) => end.x), mode);
  const shown = ends.map((end) => (end.x > reach ? { ...end, x: reach, says: `${end.says} →` } : end));
  const layout = layoutRows(shown, frame);
  const place = new Map(layout.rows.map((row) => [`${row.group}\n${row.label}`, row]));
  const within = (value: number) => Math.min(value, reach);
  const placed = all.filter((piece) => piece.x1 < reach).map((piece) => {
    const row = place.get(`${piece.group}\n${piece.label}`);
    return { ...piece, x2: within(piece.x2), fy: row?.fy ?? "", y: row?.y ?? "" };
  });
  const room = Math.max(...shown.map((end) => textWidth(end.says, LABEL_SIZE, palette.font)), 0) + 8;
  const back = Math.min(...all.map((piece) => piece.x2), 0);
  const tick = mode === "share" ? percent : mode === "relative" ? ratio : spec.format;
  const wanted = Math.max(2, Math.round(frame.width / 130));
  const ticks = mode === "absolute" && spec.ticks ? spec.ticks(back, reach, wanted) : wanted;
  const axis = mode === "share" ? "share" : mode === "relative" ? `relative to ${baseline}` : spec.axis;
  const ranges = layout.rows.flatMap((row) => (row.range && row.range.high <= reach ? [{ y: row.y, fy: row.fy, ...row.range }] : []));
  const plot = Plot.plot({
    ...layout.options,
    marginRight: Math.max(room + 4, 24),
    x: { domain: [back, reach], label: null },
    marks: [
      Plot.gridX({ ...layout.lines, stroke: palette.line, strokeOpacity: 1, ticks }),
      ...layout.marks,
      Plot.axisX({
        ticks,
        tickSize: 0,
        tickFormat: (value: number) => tick(Math.abs(value)),
        label: spec.sides ? `← ${spec.sides[0]} · ${axis} · ${spec.sides[1]} →` : axis,
        labelAnchor: spec.sides ? "center" : "right",
        labelArrow: "none",
        color: palette.soft,
      }),
      Plot.barX(placed, {
        x1: "x1",
        x2: "x2",
        y: "y",
        fy: "fy",
        fill: (piece: Piece) => colours.get(piece.name) ?? palette.soft,
        stroke: palette.ground,
        strokeWidth: 0.75,
        ...(frame.paper ? {} : { title: "says", tip: { fill: palette.ground, stroke: palette.line } }),
      }),
      Plot.ruleX([0], { ...layout.lines, stroke: palette.soft, strokeWidth: 1 }),
      Plot.ruleY(ranges, { x1: "low", x2: "high", y: "y", fy: "fy", stroke: palette.ground, strokeWidth: 3.4, strokeOpacity: 0.75 }),
      Plot.ruleY(ranges, { x1: "low", x2: "high", y: "y", fy: "fy", stroke: palette.ink, strokeWidth: 1.2 }),
      ...["low", "high"].map((x) => Plot.tickX(ranges, { x, y: "y", fy: "fy", stroke: palette.ink, strokeWidth: 1.2, inset: 3 })),
      ...[false, true].map((missing) =>
        Plot.text(
          layout.rows.filter((row) => row.missing === missing),
          { x: "x", y: "y", fy: "fy", text: "says", dx: 5, textAnchor: "start", fill: palette.soft, fontStyle: missing ? "italic" : "normal" },
        ),
      ),
    ],
  });
  return {
    plot: plot as SVGSVGElement,
    legend: used.map((name) => ({ label: spec.label(name), colour: colours.get(name) ?? palette.soft })),
  };
}

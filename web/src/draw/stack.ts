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
  colour(name: string, index: number): string;
  label(name: string): string;
  format(value: number): string;
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

// What a bar's length is divided by: nothing, its group's first bar, or itself.
function divisors(bars: Bar[], mode: StackMode): number[] {
  const first = new Map<string, number>();
  for (const bar of bars) if (!first.has(bar.group) && total(bar) > 0) first.set(bar.group, total(bar));
  return bars.map((bar) => {
    if (mode === "absolute") return 1;
    return (mode === "share" ? total(bar) : first.get(bar.group)) || 1;
  });
}

function pieces(bar: Bar, divisor: number, spec: StackSpec): Piece[] {
  const reach = { 1: 0, [-1]: 0 };
  const whole = total(bar);
  return bar.parts
    .filter((part) => part.value > 0)
    .map(({ name, value, side = 1 }) => {
      const x1 = reach[side];
      reach[side] += (side * value) / divisor;
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

export function drawStack(spec: StackSpec, frame: Frame, order: string[]): Drawing {
  const { bars, mode } = spec;
  const { palette } = frame;
  const used = order.filter((name) => names(bars).includes(name));
  const colours = new Map(order.map((name, i) => [name, spec.colour(name, i)]));
  const scale = divisors(bars, mode);
  const all = bars.flatMap((bar, i) => pieces(bar, scale[i] ?? 1, spec));
  const ends = bars.map((bar, i) => {
    const right = Math.max(0, ...all.filter((p) => p.group === bar.group && p.label === bar.label).map((p) => p.x2));
    const high = mode === "share" || bar.high === undefined ? right : Math.max(right, bar.high / (scale[i] ?? 1));
    const says = mode === "relative" ? ratio(total(bar) / (scale[i] ?? 1)) : spec.format(total(bar));
    return { group: bar.group, label: bar.label, x: high, right, says: bar.missing ?? says, low: bar.low, high: bar.high, scale: scale[i] ?? 1, missing: bar.missing !== undefined };
  });
  const layout = layoutRows(ends, frame);
  const place = new Map(layout.rows.map((row) => [`${row.group}\n${row.label}`, row]));
  const placed = all.map((piece) => {
    const row = place.get(`${piece.group}\n${piece.label}`);
    return { ...piece, fy: row?.fy ?? "", y: row?.y ?? "" };
  });
  const room = Math.max(...ends.map((end) => textWidth(end.says, LABEL_SIZE, palette.font)), 0) + 8;
  const reach = Math.max(...ends.map((end) => end.x), 0) || 1;
  const back = Math.min(...all.map((piece) => piece.x2), 0);
  const tick = mode === "share" ? percent : mode === "relative" ? ratio : spec.format;
  const axis = mode === "share" ? "share" : mode === "relative" ? `relative to the first` : spec.axis;
  const errors = mode === "share" ? [] : layout.rows.filter((row) => row.low !== undefined && row.high !== undefined && !row.missing);
  const plot = Plot.plot({
    ...layout.options,
    marginRight: room + 4,
    x: { domain: [back, reach], label: null },
    marks: [
      Plot.gridX({ stroke: palette.line, strokeOpacity: 1, ticks: Math.max(2, Math.round(frame.width / 130)) }),
      ...layout.marks,
      Plot.axisX({
        ticks: Math.max(2, Math.round(frame.width / 130)),
        tickSize: 0,
        tickFormat: (value: number) => tick(Math.abs(value)),
        label: spec.sides ? `← ${spec.sides[0]}   ${axis}   ${spec.sides[1]} →` : axis,
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
      Plot.ruleX([0], { stroke: palette.soft, strokeWidth: 1 }),
      Plot.ruleY(errors, { x1: (e) => (e.low ?? 0) / e.scale, x2: (e) => (e.high ?? 0) / e.scale, y: "y", fy: "fy", stroke: palette.ink, strokeWidth: 1.2 }),
      ...(["low", "high"] as const).map((end) =>
        Plot.tickX(errors, { x: (e) => (e[end] ?? 0) / e.scale, y: "y", fy: "fy", stroke: palette.ink, strokeWidth: 1.2, inset: 3 }),
      ),
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

import * as Plot from "@observablehq/plot";
import type { Drawing, Frame, Swatch } from "./drawing";
import { LABEL_SIZE, layoutRows, type Row } from "./rows";
import { textWidth } from "./text";

export interface PlainBar extends Row {
  value: number | null;
}

export interface BarSpec {
  bars: PlainBar[];
  axis: string;
  format(value: number): string;
  colour(bar: PlainBar): string;
  missing: string;
  legend?: Swatch[];
  // Where the bars' lengths are compared with one value, a line across them.
  rule?: number;
}

// One bar per row, its value at its end.
export function drawBars(spec: BarSpec, frame: Frame): Drawing {
  const { palette } = frame;
  const layout = layoutRows(spec.bars, frame);
  const shown = layout.rows.filter((row) => row.value !== null);
  const values = shown.map((row) => row.value ?? 0);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const end = high > low ? high : low + 1;
  const room = Math.max(...values.map((value) => textWidth(spec.format(value), LABEL_SIZE, palette.font)), 24) + 12;
  const wanted = Math.max(2, Math.round(frame.width / 130));
  const plot = Plot.plot({
    ...layout.options,
    marginRight: room,
    x: { domain: [low, end], label: null },
    marks: [
      Plot.gridX({ ...layout.lines, stroke: palette.line, strokeOpacity: 1, ticks: wanted }),
      ...layout.marks,
      Plot.axisX({ ticks: wanted, tickSize: 0, tickFormat: (value: number) => spec.format(value), label: spec.axis, labelArrow: "none", color: palette.soft }),
      Plot.barX(shown, {
        x1: 0,
        x2: (row: PlainBar) => row.value ?? 0,
        y: "y",
        fy: "fy",
        fill: (row: PlainBar) => spec.colour(row),
        ...(frame.paper
          ? {}
          : {
              title: (row: PlainBar) => `${row.group ? `${row.group}\n` : ""}${row.label}: ${spec.format(row.value ?? 0)}`,
              tip: { fill: palette.ground, stroke: palette.line },
            }),
      }),
      Plot.ruleX([0], { ...layout.lines, stroke: palette.soft, strokeWidth: 1 }),
      ...(spec.rule === undefined ? [] : [Plot.ruleX([spec.rule], { ...layout.lines, stroke: palette.ink, strokeWidth: 1 })]),
      Plot.text(shown, {
        x: (row: PlainBar) => Math.max(0, row.value ?? 0),
        y: "y",
        fy: "fy",
        text: (row: PlainBar) => spec.format(row.value ?? 0),
        dx: 5,
        textAnchor: "start",
        fontSize: LABEL_SIZE,
        fill: palette.ink,
      }),
      Plot.text(layout.rows.filter((row) => row.value === null), { x: 0, y: "y", fy: "fy", text: () => spec.missing, dx: 5, textAnchor: "start", fontStyle: "italic", fill: palette.soft }),
    ],
  });
  return { plot: plot as SVGSVGElement, legend: spec.legend ?? [] };
}

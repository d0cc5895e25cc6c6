import * as Plot from "@observablehq/plot";
import type { Frame } from "./drawing";
import { fitted, textWidth } from "./text";

export const LABEL_SIZE = 11;
const HEADING = 22;
const BAR = 19;
const GAP = 6;

export interface Row {
  group: string;
  label: string;
}

// How labelled rows stand in groups: a heading above each group where there are several groups of
// several rows; where every group has a single row, the group's name is the row's name.
export interface RowLayout<T extends Row> {
  rows: (T & { fy: string; y: string })[];
  options: Plot.PlotOptions;
  marks: Plot.Markish[];
  // Leaves the headings free of the lines that cross the rows.
  lines: { insetTop: number };
}

export function layoutRows<T extends Row>(rows: T[], frame: Frame, axisRoom = 34): RowLayout<T> {
  const groups = [...new Set(rows.map((row) => row.group))];
  const labels = [...new Set(rows.map((row) => row.label))];
  const flat = groups.length === 1 || labels.length === 1;
  const byGroup = flat && labels.length === 1 && groups.length > 1;
  const names = byGroup ? groups : labels;
  const placed = rows.map((row) => ({ ...row, fy: flat ? "" : row.group, y: byGroup ? row.group : row.label }));
  const { font } = frame.palette;
  const widest = Math.max(...names.map((name) => textWidth(name, LABEL_SIZE, font)), 0);
  const left = Math.ceil(Math.min(widest, frame.width * 0.36)) + 10;
  const heading = flat ? 0 : HEADING;
  const facets = flat ? 1 : groups.length;
  const height = facets * (heading + names.length * BAR + (flat ? 0 : GAP)) + axisRoom;
  const marks: Plot.Markish[] = [
    Plot.axisY({
      tickSize: 0,
      tickPadding: 6,
      label: null,
      fontSize: LABEL_SIZE,
      tickFormat: (name: string) => fitted(name, left - 10, LABEL_SIZE, font),
    }),
  ];
  if (!flat) {
    marks.push(
      Plot.text(groups, {
        fy: (group: string) => group,
        text: (group: string) => fitted(group, frame.width - 8, LABEL_SIZE + 0.5, font, 600),
        title: (group: string) => group,
        frameAnchor: "top-left",
        dx: -left,
        dy: 4,
        fontSize: LABEL_SIZE + 0.5,
        fontWeight: 600,
        fill: frame.palette.ink,
      }),
    );
  }
  return {
    rows: placed,
    marks,
    lines: { insetTop: heading },
    options: {
      width: frame.width,
      height,
      marginLeft: left,
      marginTop: 2,
      marginBottom: axisRoom,
      marginRight: 16,
      insetTop: heading,
      insetBottom: flat ? 0 : GAP,
      style: { fontFamily: font, fontSize: `${LABEL_SIZE}px`, color: frame.palette.ink, background: "none", overflow: "visible" },
      y: { domain: names, type: "band", padding: 0.22, label: null },
      fy: { domain: flat ? [""] : groups, padding: 0, axis: null },
    },
  };
}

import * as Plot from "@observablehq/plot";
import { s } from "../dom";
import { ofDesign } from "../palette";
import type { Drawing, Frame } from "./drawing";
import { LABEL_SIZE } from "./rows";
import { fitted, textWidth } from "./text";
import { logTicks } from "./ticks";

export interface Line {
  name: string;
  points: { x: number; y: number }[];
}

export interface LineSpec {
  series: Line[];
  x: string;
  log: boolean;
  format(value: number, digits: number): string;
}

const TOP = 10;
const BOTTOM = 34;
const PITCH = 14;
const COLOURS = 10;
const LEADER = 18;

interface Label {
  name: string;
  series: number;
  x: number;
  y: number;
  from: number;
}

// Heights moved apart to at least PITCH, kept in their order and between the edges.
function apart(labels: Label[], low: number, high: number): Label[] {
  const placed = [...labels].sort((a, b) => a.y - b.y);
  let floor = low;
  for (const label of placed) {
    label.y = Math.max(label.y, floor);
    floor = label.y + PITCH;
  }
  let ceiling = high;
  for (const label of [...placed].reverse()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - PITCH;
  }
  return placed;
}

function wholeTicks([low, high]: [number, number], count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, rough))));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step) * step;
  const ticks = first - low > step / 2 ? [low] : [];
  for (let value = first; value <= high; value += step) ticks.push(value);
  return ticks;
}

function domain(values: number[], log: boolean): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) return [low / 1.15, high * 1.15];
  const room = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.1 || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

// Digits that tell the ticks of an axis apart.
function digitsOf([low, high]: [number, number]): number {
  const size = Math.max(Math.abs(low), Math.abs(high));
  return Math.min(9, Math.max(3, Math.ceil(Math.log10((10 * size) / (high - low))) + 1));
}

// Curves over one axis, each with its name at its end. Colours come round after ten; from there on lines
// are broken.
export function drawLines(spec: LineSpec, frame: Frame): Drawing {
  const { palette } = frame;
  const { font } = palette;
  const points = spec.series.flatMap((one, series) => one.points.map((point) => ({ ...point, series })));
  const xs = points.map((point) => point.x);
  const ys = domain(points.map((point) => point.y), spec.log);
  const across: [number, number] = [Math.min(...xs), Math.max(...xs)];
  if (across[0] === across[1]) across[1] = across[0] + 1;
  const digits = digitsOf(ys);
  const format = (value: number) => spec.format(value, digits);
  const height = Math.max(frame.width > 700 ? 300 : 250, spec.series.length * PITCH + TOP + BOTTOM + 20);
  const named = spec.series.length > 1;
  const room = frame.width * 0.34;
  const shown = spec.series.map((one) => fitted(one.name, room, LABEL_SIZE, font));
  const right = named ? Math.ceil(Math.max(...shown.map((name) => textWidth(name, LABEL_SIZE, font)))) + LEADER + 6 : 20;
  const scale = spec.log ? Math.log : (value: number) => value;
  const pixel = (y: number) => TOP + ((scale(ys[1]) - scale(y)) / (scale(ys[1]) - scale(ys[0]))) * (height - TOP - BOTTOM);
  const ends = spec.series.map((one, series): Label => {
    const last = one.points[one.points.length - 1] ?? { x: 0, y: 0 };
    return { name: shown[series] ?? "", series, x: last.x, y: pixel(last.y), from: pixel(last.y) };
  });
  const labels = named ? apart(ends, TOP + 4, height - BOTTOM - 4) : [];
  const colour = (series: number) => ofDesign(palette, series);
  const broken = (series: number) => series >= COLOURS;
  const ticksAcross = Math.max(2, Math.round((frame.width - right) / 70));
  const ticksUp = spec.log ? logTicks(ys[0], ys[1], 6) : 6;
  const widest = Math.max(...[ys[0], (ys[0] + ys[1]) / 2, ys[1]].map((value) => textWidth(format(value), LABEL_SIZE, font)));
  const marginLeft = Math.ceil(Math.max(36, 12 + widest));
  const whole = xs.every(Number.isInteger);
  const plot = Plot.plot({
    width: frame.width,
    height,
    marginTop: TOP,
    marginBottom: BOTTOM,
    marginLeft,
    marginRight: right,
    style: { fontFamily: font, fontSize: `${LABEL_SIZE}px`, color: palette.ink, background: "none", overflow: "visible" },
    x: { domain: across, label: null },
    y: { domain: ys, type: spec.log ? "log" : "linear", label: null },
    marks: [
      Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: ticksUp }),
      Plot.axisY({ ticks: ticksUp, tickSize: 0, tickFormat: format, color: palette.soft }),
      Plot.axisX({
        ticks: whole ? wholeTicks(across, ticksAcross) : ticksAcross,
        tickSize: 4,
        tickFormat: (value: number) => String(value),
        label: spec.x,
        labelAnchor: "right",
        labelArrow: "none",
        color: palette.soft,
      }),
      Plot.ruleY([ys[0]], { stroke: palette.soft }),
      ...spec.series.map((one, series) =>
        Plot.lineY(one.points, { x: "x", y: "y", stroke: colour(series), strokeWidth: 1.8, ...(broken(series) ? { strokeDasharray: "5 3" } : {}) }),
      ),
      Plot.dot(points, {
        x: "x",
        y: "y",
        r: xs.length / spec.series.length > 30 ? 0.5 : spec.series.length > 6 ? 1.6 : 2.2,
        fill: (point: { series: number }) => colour(point.series),
        ...(frame.paper
          ? {}
          : {
              title: (point: { x: number; y: number; series: number }) => `${spec.series[point.series]?.name ?? ""}\n${spec.x} ${point.x}: ${spec.format(point.y, digits + 1)}`,
              tip: { fill: palette.ground, stroke: palette.line },
            }),
      }),
    ],
  });
  for (const label of labels) {
    const x = marginLeft + ((label.x - across[0]) / (across[1] - across[0])) * (frame.width - marginLeft - right);
    const edge = frame.width - right;
    const leader = `M${(x + 3).toFixed(1)} ${label.from.toFixed(1)}H${(edge + 3).toFixed(1)}L${(edge + LEADER - 4).toFixed(1)} ${label.y.toFixed(1)}`;
    plot.append(
      s("path", { d: leader, fill: "none", stroke: colour(label.series), "stroke-width": 0.8, "stroke-opacity": 0.8 }),
      s("text", { x: edge + LEADER, y: (label.y + LABEL_SIZE * 0.36).toFixed(1), "text-anchor": "start", "font-size": LABEL_SIZE, fill: palette.ink }, label.name),
    );
  }
  return {
    plot: plot as SVGSVGElement,
    legend: named ? spec.series.map((one, series) => ({ label: one.name, colour: colour(series), ...(broken(series) ? { symbol: "dash" as const } : {}) })) : [],
  };
}

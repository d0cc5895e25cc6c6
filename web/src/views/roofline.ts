import * as Plot from "@observablehq/plot";
import type { Swatch } from "../draw/drawing";
import { LABEL_SIZE } from "../draw/rows";
import { fitted } from "../draw/text";
import { logTicks } from "../draw/ticks";
import { rate, short } from "../format";
import { sum, type Entry, type Study } from "../model";
import { ofDesign } from "../palette";
import type { View } from "../view";

interface Point extends Entry {
  intensity: number;
  achieved: number;
}

interface Roof {
  designs: string[];
  peak: number;
  bandwidth: number | null;
}

// Two operations per effectual multiplication, over the bytes that cross the DRAM pins.
function points(study: Study): Point[] {
  return study.entries.flatMap((entry) => {
    const { multiplications, traffic_bytes, seconds } = entry.result;
    const dram = traffic_bytes["dram"];
    const operations = 2 * (multiplications?.effectual ?? 0);
    const moved = dram ? sum(dram.read) + sum(dram.write) : 0;
    if (!(operations > 0) || !(moved > 0) || !(seconds > 0)) return [];
    return [{ ...entry, intensity: operations / moved, achieved: operations / seconds }];
  });
}

function bandwidth(study: Study, { result }: Entry): number | null {
  const configured = result.config["dram_bytes_per_second"];
  if (typeof configured === "number" && configured > 0) return configured;
  return study.report.bandwidths[result.accelerator] || null;
}

function roofs(study: Study, shown: Point[]): Roof[] {
  const found = new Map<string, Roof>();
  for (const point of shown) {
    const slots = point.result.slots?.count ?? 0;
    if (slots === 0) continue;
    const peak = 2 * slots * point.result.clock_hz;
    const bytes = bandwidth(study, point);
    const key = `${peak} ${bytes}`;
    const roof = found.get(key) ?? { designs: [], peak, bandwidth: bytes };
    if (!roof.designs.includes(point.design)) roof.designs.push(point.design);
    found.set(key, roof);
  }
  return [...found.values()];
}

// The corner points of a roof between the plot's left and right end.
function corners(roof: Roof, left: number, right: number): { x: number; y: number }[] {
  const flat = (x: number) => ({ x, y: roof.peak });
  if (roof.bandwidth === null) return [flat(left), flat(right)];
  const ridge = roof.peak / roof.bandwidth;
  const slope = (x: number) => ({ x, y: x * (roof.bandwidth ?? 0) });
  if (ridge <= left) return [flat(left), flat(right)];
  if (ridge >= right) return [slope(left), slope(right)];
  return [slope(left), flat(ridge), flat(right)];
}

// The designs that share one peak, or one bandwidth, under one label.
function merged(lines: Roof[], of: (roof: Roof) => number | null): { value: number; designs: string[] }[] {
  const found = new Map<number, string[]>();
  for (const roof of lines) {
    const value = of(roof);
    if (value !== null) found.set(value, [...(found.get(value) ?? []), ...roof.designs]);
  }
  return [...found].map(([value, designs]) => ({ value, designs }));
}

const SYMBOLS = ["circle", "square", "diamond", "triangle"] as const;

export const roofline: View = {
  id: "roofline",
  title: "Roofline",
  wide: true,
  make(study) {
    const shown = points(study);
    if (shown.length === 0) return null;
    const lines = roofs(study, shown);
    const missing = study.entries.length - shown.length;
    const unbounded = lines.some((roof) => roof.bandwidth === null);
    const notes = [
      ...(missing > 0 ? [`${missing} of ${study.entries.length} results move no DRAM bytes or take no time and are not shown.`] : []),
      ...(unbounded ? ["A flat roof alone means an ideal memory or one whose bandwidth the configuration does not give."] : []),
    ];
    return {
      caption: "Effectual operations per second against operations per DRAM byte. The roof is every multiplier busy in every cycle.",
      notes,
      draw(frame) {
        const { palette } = frame;
        const xs = shown.map((p) => p.intensity).concat(lines.flatMap((r) => (r.bandwidth ? [r.peak / r.bandwidth] : [])));
        const among = (designs: string[]) => (designs.length === study.designs.length ? "" : `${designs.join(", ")}: `);
        const fit = (says: string, margin: number) => fitted(says, frame.width - margin, LABEL_SIZE, palette.font);
        const margin = Math.max(2.2, Math.sqrt(30 / (Math.max(...xs) / Math.min(...xs))));
        const [left, right] = [Math.min(...xs) / margin, Math.max(...xs) * margin];
        const ys = shown.map((p) => p.achieved).concat(lines.map((r) => r.peak));
        const colour = (design: string) => ofDesign(palette, study.designs.indexOf(design));
        const several = study.designs.length > 1;
        const symbol = (design: string) => SYMBOLS[study.designs.indexOf(design) % SYMBOLS.length] ?? "circle";
        const labelled = shown.length <= 8 && frame.width > 420;
        const top = Math.max(...ys) * 1.8;
        const bottom = Math.min(Math.min(...ys) / 2.5, top / 30);
        const peaks = merged(lines, (roof) => roof.peak).map((p) => ({ ...p, says: fit(`${among(p.designs)}${rate(p.value, "op/s")}`, 100) }));
        const slopes = merged(lines, (roof) => roof.bandwidth).flatMap(({ value, designs }) => {
          const x = Math.max(left, bottom / value);
          return x * value < top ? [{ x, y: x * value, says: fit(`${among(designs)}${rate(value, "B/s")}`, 200) }] : [];
        });
        const height = Math.round(Math.min(400, Math.max(280, frame.width * 0.5)));
        const perDecade = (pixels: number, low: number, high: number) => pixels / Math.log10(high / low);
        const tilt = (Math.atan2(perDecade(height - 62, bottom, top), perDecade(frame.width - 88, left, right)) * 180) / Math.PI;
        const xTicks = logTicks(left, right, Math.max(2, Math.round(frame.width / 90)));
        const yTicks = logTicks(bottom, top, 7);
        const plot = Plot.plot({
          width: frame.width,
          height,
          marginLeft: 72,
          marginRight: 16,
          marginTop: 22,
          marginBottom: 40,
          style: { fontFamily: palette.font, fontSize: `${LABEL_SIZE}px`, color: palette.ink, background: "none", overflow: "visible" },
          x: { type: "log", domain: [left, right], label: null },
          y: { type: "log", domain: [bottom, top], label: null },
          symbol: { domain: study.designs, range: study.designs.map(symbol) },
          marks: [
            Plot.gridX({ stroke: palette.line, strokeOpacity: 1, ticks: xTicks }),
            Plot.gridY({ stroke: palette.line, strokeOpacity: 1, ticks: yTicks }),
            Plot.axisX({ ticks: xTicks, tickSize: 0, text: (v: number) => short(v), label: "effectual operations per DRAM byte", labelArrow: "none", labelAnchor: "center", color: palette.soft }),
            Plot.axisY({ ticks: yTicks, tickSize: 0, text: (v: number) => rate(v, "op/s"), label: null, color: palette.soft }),
            ...lines.map((roof) => Plot.line(corners(roof, Math.max(left, bottom / (roof.bandwidth ?? Infinity)), right), { x: "x", y: "y", stroke: palette.ink, strokeWidth: 1.4 })),
            Plot.text(peaks, { x: () => right, y: "value", text: "says", textAnchor: "end", dy: -9, fill: palette.ink }),
            Plot.text(slopes, { x: "x", y: "y", text: "says", textAnchor: "start", rotate: -tilt, dx: 8, dy: -8 - 8 * Math.tan((tilt * Math.PI) / 180), fill: palette.ink }),
            Plot.dot(shown, {
              x: "intensity",
              y: "achieved",
              symbol: "design",
              fill: (p: Point) => colour(p.design),
              stroke: palette.ground,
              strokeWidth: 1,
              r: 5.5,
              ...(frame.paper
                ? {}
                : {
                    title: (p: Point) => `${p.operation}\n${p.design}\n${rate(p.achieved, "op/s")} at ${short(p.intensity)} op/byte`,
                    tip: { fill: palette.ground, stroke: palette.line },
                  }),
            }),
            ...(labelled && study.operations.length > 1
              ? [Plot.text(shown, { x: "intensity", y: "achieved", text: "operation", dy: 14, fill: palette.soft })]
              : []),
          ],
        });
        const legend: Swatch[] = several
          ? study.designs.filter((design) => shown.some((p) => p.design === design)).map((label) => ({ label, colour: colour(label), symbol: symbol(label) }))
          : [];
        return { plot: plot as SVGSVGElement, legend };
      },
    };
  },
};

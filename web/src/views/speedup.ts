import * as Plot from "@observablehq/plot";
import { LABEL_SIZE, layoutRows } from "../draw/rows";
import { logTicks } from "../draw/ticks";
import { ratio } from "../format";
import { meanSpeedup, speedup as faster } from "../model";
import { ofDesign } from "../palette";
import type { View } from "../view";

interface Bar {
  group: string;
  label: string;
  value: number | null;
}

export const speedup: View = {
  id: "speed-up",
  title: "Speed-up",
  wide: true,
  make(study) {
    const [first, ...others] = study.designs;
    if (first === undefined || others.length === 0) return null;
    const means: Bar[] = others.map((label) => ({ group: "Geometric mean", label, value: meanSpeedup(study, label) }));
    const each: Bar[] = study.operations.flatMap((group) =>
      others.map((label) => ({ group, label, value: faster(study.cell(group, first), study.cell(group, label)) })),
    );
    const bars = study.operations.length > 1 ? means.concat(each) : each;
    const known = bars.map((bar) => bar.value).filter((value): value is number => value !== null);
    if (known.length === 0) return null;
    const low = Math.min(1, ...known) / 1.08;
    const end = Math.max(2 * low, Math.max(1, ...known) * 1.08);
    return {
      caption: `Time of ${first} divided by time of the design, on a logarithmic axis; right of 1× is faster.`,
      draw(frame) {
        const { palette } = frame;
        const layout = layoutRows(bars, frame);
        const shown = layout.rows.filter((row) => row.value !== null);
        const ticks = logTicks(low, end, 5);
        const says = (row: Bar) => `${row.group}\n${row.label}: ${ratio(row.value ?? 0)}`;
        const plot = Plot.plot({
          ...layout.options,
          marginRight: 52,
          x: { type: "log", domain: [low, end], label: null },
          marks: [
            Plot.gridX({ ...layout.lines, stroke: palette.line, strokeOpacity: 1, ticks }),
            ...layout.marks,
            Plot.axisX({ ticks, tickSize: 0, text: (value: number) => ratio(value), label: `speed-up over ${first}`, labelArrow: "none", color: palette.soft }),
            Plot.barX(shown, {
              x1: 1,
              x2: (row: Bar) => row.value ?? 1,
              y: "y",
              fy: "fy",
              fill: (row: Bar) => ofDesign(palette, study.designs.indexOf(row.label)),
              ...(frame.paper ? {} : { title: says, tip: { fill: palette.ground, stroke: palette.line } }),
            }),
            Plot.ruleX([1], { ...layout.lines, stroke: palette.ink, strokeWidth: 1 }),
            Plot.text(shown, {
              x: (row: Bar) => Math.max(1, row.value ?? 1),
              y: "y",
              fy: "fy",
              text: (row: Bar) => ratio(row.value ?? 0),
              dx: 5,
              textAnchor: "start",
              fontSize: LABEL_SIZE,
              fill: palette.ink,
            }),
            Plot.text(layout.rows.filter((row) => row.value === null), { x: 1, y: "y", fy: "fy", text: () => "no time to compare", dx: 5, textAnchor: "start", fontStyle: "italic", fill: palette.soft }),
          ],
        });
        return { plot: plot as SVGSVGElement, legend: [] };
      },
    };
  },
};

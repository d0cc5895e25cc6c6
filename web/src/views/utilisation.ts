import * as Plot from "@observablehq/plot";
import { layoutRows } from "../draw/rows";
import { percent } from "../format";
import type { Palette } from "../palette";
import type { Swatch } from "../draw/drawing";
import type { View } from "../view";

const MEASURES = ["stationary", "compute", "overall"] as const;
type Measure = (typeof MEASURES)[number];

const SYMBOLS = { stationary: "square", compute: "diamond", overall: "circle" } as const;

function colour(palette: Palette, measure: Measure): string {
  const { colours } = palette;
  return { stationary: colours.cyan, compute: colours.rose, overall: colours.indigo }[measure];
}

export const utilisation: View = {
  id: "utilisation",
  title: "Utilisation",
  make(study) {
    const rows = study.entries.map(({ design, operation, result }) => ({ group: operation, label: design, shares: result.utilisation }));
    if (rows.every((row) => row.shares === null)) return null;
    return {
      caption:
        "Stationary: mapped multipliers that hold a non-zero. Compute and overall: useful latency over streaming and over total latency.",
      draw(frame) {
        const { palette } = frame;
        const layout = layoutRows(rows, frame);
        const dots = layout.rows.flatMap((row) =>
          MEASURES.flatMap((measure) => {
            const share = row.shares?.[measure] ?? null;
            return share === null ? [] : [{ ...row, measure, share }];
          }),
        );
        const spans = layout.rows.flatMap((row) => {
          const known = dots.filter((dot) => dot.y === row.y && dot.fy === row.fy).map((dot) => dot.share);
          return known.length === 0 ? [] : [{ ...row, low: Math.min(...known), high: Math.max(...known) }];
        });
        const plot = Plot.plot({
          ...layout.options,
          x: { domain: [0, Math.max(1, ...dots.map((dot) => dot.share))], label: null },
          symbol: { domain: [...MEASURES], range: MEASURES.map((measure) => SYMBOLS[measure]) },
          insetRight: 6,
          marginRight: 20,
          marks: [
            Plot.gridX({ ...layout.lines, stroke: palette.line, strokeOpacity: 1, ticks: 5 }),
            ...layout.marks,
            Plot.axisX({ ticks: 5, tickSize: 0, tickFormat: percent, label: null, color: palette.soft }),
            Plot.ruleX([0], { ...layout.lines, stroke: palette.soft }),
            Plot.ruleY(spans, { x1: "low", x2: "high", y: "y", fy: "fy", stroke: palette.soft, strokeOpacity: 0.55, strokeWidth: 1.5 }),
            Plot.dot(dots, {
              x: "share",
              y: "y",
              fy: "fy",
              symbol: "measure",
              fill: (dot: { measure: Measure }) => colour(palette, dot.measure),
              stroke: palette.ground,
              strokeWidth: 1,
              r: 5,
              ...(frame.paper
                ? {}
                : {
                    title: (dot: { group: string; label: string; measure: Measure; share: number }) =>
                      `${dot.group}\n${dot.label}\n${dot.measure}: ${percent(dot.share)}`,
                    tip: { fill: palette.ground, stroke: palette.line },
                  }),
            }),
            Plot.text(layout.rows.filter((row) => row.shares === null), { x: 0, y: "y", fy: "fy", text: () => "not reported", dx: 5, textAnchor: "start", fontStyle: "italic", fill: palette.soft }),
          ],
        });
        const legend: Swatch[] = MEASURES.filter((measure) => dots.some((dot) => dot.measure === measure)).map((measure) => ({
          label: measure,
          colour: colour(palette, measure),
          symbol: SYMBOLS[measure],
        }));
        return { plot: plot as SVGSVGElement, legend };
      },
    };
  },
};

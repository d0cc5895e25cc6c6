import * as Plot from "@observablehq/plot";
import { LABEL_SIZE } from "../draw/rows";
import { fitted, textWidth } from "../draw/text";
import { logTicks } from "../draw/ticks";
import type { Result } from "../data";
import { count, energy } from "../format";
import { ofDesign } from "../palette";
import type { View } from "../view";

const MEASURES = [
  { value: "cycles", label: "Cycles", of: (result: Result) => result.cycles, format: count },
  { value: "energy", label: "Energy", of: (result: Result) => result.energy_pj?.total ?? 0, format: energy },
];
const ROW = 16;
const FOOT = 34;

interface Dot {
  layer: string;
  design: string;
  value: number;
}

// A network's layers down the picture, a dot for every design.
export const layers: View = {
  id: "layers",
  title: "Layer by layer",
  wide: true,
  make(study) {
    const entries = study.entries.filter(({ result }) => result.operation.kind === "conv2d");
    const names = study.operations.filter((operation) => entries.some((entry) => entry.operation === operation));
    const measures = MEASURES.filter((measure) => entries.some(({ result }) => measure.of(result) > 0));
    const first = measures[0];
    if (names.length < 2 || !first) return null;
    return {
      caption: "Every layer once, in the network's order, on a logarithmic axis; left is better.",
      choices: [{ id: "measure", label: "Measure", options: measures }],
      draw(frame, chosen) {
        const { palette } = frame;
        const measure = measures.find((one) => one.value === chosen["measure"]) ?? first;
        const dots: Dot[] = entries
          .map(({ design, operation, result }) => ({ layer: operation, design, value: measure.of(result) }))
          .filter((dot) => dot.value > 0);
        const [low, high] = [Math.min(...dots.map((dot) => dot.value)) / 1.2, Math.max(...dots.map((dot) => dot.value)) * 1.2];
        const widest = Math.max(...names.map((name) => textWidth(name, LABEL_SIZE, palette.font)));
        const left = Math.ceil(Math.min(widest, frame.width * 0.34)) + 10;
        const ticks = logTicks(low, high, Math.max(2, Math.round(frame.width / 130)));
        const colour = (design: string) => ofDesign(palette, study.designs.indexOf(design));
        const plot = Plot.plot({
          width: frame.width,
          height: names.length * ROW + FOOT + 4,
          marginLeft: left,
          marginTop: 4,
          marginBottom: FOOT,
          marginRight: 16,
          style: { fontFamily: palette.font, fontSize: `${LABEL_SIZE}px`, color: palette.ink, background: "none", overflow: "visible" },
          x: { type: "log", domain: [low, high], label: null },
          y: { type: "band", domain: names, label: null },
          marks: [
            Plot.gridX({ stroke: palette.line, strokeOpacity: 1, ticks }),
            Plot.axisY({ tickSize: 0, tickPadding: 6, label: null, fontSize: LABEL_SIZE, tickFormat: (name: string) => fitted(name, left - 10, LABEL_SIZE, palette.font) }),
            Plot.axisX({ ticks, tickSize: 0, tickFormat: (value: number) => measure.format(value), label: measure.label.toLowerCase(), labelArrow: "none", color: palette.soft }),
            Plot.ruleY(dots, Plot.groupY({ x1: "min", x2: "max" }, { y: "layer", x: "value", stroke: palette.line, strokeWidth: 2 })),
            Plot.dot(dots, {
              x: "value",
              y: "layer",
              r: 4,
              fill: (dot: Dot) => colour(dot.design),
              fillOpacity: 0.9,
              ...(frame.paper
                ? {}
                : {
                    title: (dot: Dot) => `${dot.layer}\n${dot.design}: ${measure.format(dot.value)}`,
                    tip: { fill: palette.ground, stroke: palette.line },
                  }),
            }),
          ],
        });
        return {
          plot: plot as SVGSVGElement,
          legend: study.designs.length > 1 ? study.designs.map((design) => ({ label: design, colour: colour(design), symbol: "circle" as const })) : [],
        };
      },
    };
  },
};

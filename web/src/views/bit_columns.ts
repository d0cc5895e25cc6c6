import { drawBars } from "../draw/bars";
import { ratio, short } from "../format";
import { ofDesign } from "../palette";
import type { Result } from "../data";
import type { View } from "../view";

// Zero columns of 8 in the mean group, and 8 bits a weight over the bits stored.
const MEASURES = [
  { value: "zero", label: "Zero columns", axis: "zero columns per group, of 8", format: (value: number) => short(value), of: zeroColumns },
  { value: "ratio", label: "Compression", axis: "", format: ratio, of: compression },
];

function zeroColumns({ counters }: Result): number | null {
  const groups = counters["bitwave.groups"] ?? 0;
  const zero = counters["bitwave.zero_columns"];
  return groups > 0 && zero !== undefined ? zero / groups : null;
}

function compression({ counters, operation }: Result): number | null {
  const bits = counters["bitwave.compressed_bits"] ?? 0;
  return bits > 0 ? (8 * operation.m * operation.k) / bits : null;
}

export const bitColumns: View = {
  id: "bit-columns",
  title: "Bit columns",
  make(study) {
    const measures = MEASURES.filter((measure) => study.entries.some(({ result }) => measure.of(result) !== null));
    const first = measures[0];
    if (!first) return null;
    const entries = study.entries.filter(({ result }) => measures.some((measure) => measure.of(result) !== null));
    return {
      caption: "Columns of a group's bits without a one, and what storing the others alone saves over 8 bit a weight, the index included.",
      choices: [{ id: "measure", label: "Measure", options: measures }],
      draw(frame, chosen) {
        const measure = measures.find((one) => one.value === chosen["measure"]) ?? first;
        const bars = entries.map(({ design, operation, result }) => ({ group: operation, label: design, value: measure.of(result) }));
        return drawBars(
          {
            bars,
            axis: measure.axis,
            format: measure.format,
            missing: "not counted",
            colour: (bar) => ofDesign(frame.palette, study.designs.indexOf(bar.label)),
            ...(measure.value === "ratio" ? { rule: 1 } : {}),
          },
          frame,
        );
      },
    };
  },
};

import { drawBars } from "../draw/bars";
import { percent } from "../format";
import { ofDesign } from "../palette";
import type { Result } from "../data";
import type { View } from "../view";

const MEASURES = [
  { value: "str", label: "STR cache", misses: "str_cache.misses", accesses: "str_cache.reads" },
  { value: "l1", label: "All operands", misses: "published.l1_misses", accesses: "published.l1_accesses" },
];

function rate(result: Result, measure: (typeof MEASURES)[number]): number | null {
  const accesses = result.counters[measure.accesses] ?? 0;
  const misses = result.counters[measure.misses];
  return accesses > 0 && misses !== undefined ? misses / accesses : null;
}

export const misses: View = {
  id: "misses",
  title: "Cache misses",
  make(study) {
    const measures = MEASURES.filter((measure) => study.entries.some(({ result }) => rate(result, measure) !== null));
    const first = measures[0];
    if (!first) return null;
    const cached = study.designs.filter((design) => study.entries.some((entry) => entry.design === design && measures.some((m) => rate(entry.result, m) !== null)));
    return {
      caption:
        "Line misses over element reads: an operand streamed once misses once per line. All operands: the misses of A, B and re-read C over their reads, as the authors count them.",
      choices: [{ id: "measure", label: "Reads", options: measures }],
      draw(frame, chosen) {
        const measure = measures.find((one) => one.value === chosen["measure"]) ?? first;
        const bars = study.entries
          .filter(({ design }) => cached.includes(design))
          .map(({ design, operation, result }) => ({ group: operation, label: design, value: rate(result, measure) }));
        return drawBars(
          { bars, axis: "misses per read", format: percent, missing: "no reads", colour: (bar) => ofDesign(frame.palette, study.designs.indexOf(bar.label)) },
          frame,
        );
      },
    };
  },
};

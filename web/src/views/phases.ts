import { drawStack, names, type Bar } from "../draw/stack";
import { count, words } from "../format";
import { ofName } from "../palette";
import type { View } from "../view";
import { chosenMode, modeChoice, ordered } from "./modes";

const ORDER = ["load", "stream", "stall_distribution", "stall_memory", "stall_imbalance", "reduce", "merge", "write", "control"];

export const phases: View = {
  id: "phases",
  title: "Where the cycles go",
  make(study) {
    const bars: Bar[] = study.entries.map(({ design, operation, result }) => ({
      group: operation,
      label: design,
      parts: Object.entries(result.phases).map(([name, value]) => ({ name, value })),
      ...(Object.keys(result.phases).length === 0 ? { missing: "no phases reported" } : {}),
    }));
    if (bars.every((bar) => bar.missing)) return null;
    const order = ordered(ORDER, names(bars));
    return {
      caption: "Every cycle of the critical path belongs to exactly one phase.",
      choices: [modeChoice(study, "Cycles")],
      draw: (frame, chosen) =>
        drawStack(
          { bars, mode: chosenMode(chosen), baseline: study.designs[0] ?? "", axis: "cycles", format: count, label: words, colour: (name, i) => ofName(frame.palette, name, i) },
          frame,
          order,
        ),
    };
  },
};

import { drawStack, names, type Bar } from "../draw/stack";
import { energy as format, words } from "../format";
import { ofPart } from "../palette";
import type { View } from "../view";
import { chosenMode, modeChoice } from "./modes";

export const energy: View = {
  id: "energy",
  title: "Energy",
  make(study) {
    const bars: Bar[] = study.entries.map(({ design, operation, result }) => {
      const spent = result.energy_pj;
      if (!spent) return { group: operation, label: design, parts: [], missing: "not reported" };
      const parts = Object.entries(spent.by_component).map(([name, value]) => ({ name, value }));
      const named = parts.reduce((sum, part) => sum + part.value, 0);
      if (spent.total - named > 1e-6 * spent.total) parts.push({ name: "other", value: spent.total - named });
      return { group: operation, label: design, parts, low: spent.low, high: spent.high };
    });
    if (bars.every((bar) => bar.missing)) return null;
    return {
      caption: "Energy by component; the whisker spans the low and the high entries of the technology table.",
      choices: [modeChoice(study, "Energy")],
      draw: (frame, chosen) =>
        drawStack(
          { bars, mode: chosenMode(chosen), baseline: study.designs[0] ?? "", axis: "energy", format, label: words, colour: (_, i) => ofPart(frame.palette, i) },
          frame,
          names(bars),
        ),
    };
  },
};

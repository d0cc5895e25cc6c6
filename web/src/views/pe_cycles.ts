import { drawStack, names, type Bar } from "../draw/stack";
import { count, words } from "../format";
import { ofName } from "../palette";
import type { View } from "../view";
import { chosenMode, modeChoice, ordered } from "./modes";

const ORDER = ["useful", "zero_operand", "imbalance", "operand_stall", "reduce_stall", "memory_stall", "fill_drain", "idle"];

export const peCycles: View = {
  id: "pe-cycles",
  title: "What the multipliers do",
  make(study) {
    const bars: Bar[] = study.entries.map(({ design, operation, result }) => ({
      group: operation,
      label: design,
      parts: ORDER.concat(Object.keys(result.pe_cycles).filter((name) => !ORDER.includes(name))).map((name) => ({
        name,
        value: result.pe_cycles[name] ?? 0,
      })),
      ...(Object.keys(result.pe_cycles).length === 0 ? { missing: "has no slots" } : {}),
    }));
    if (bars.every((bar) => bar.missing)) return null;
    const order = ordered(ORDER, names(bars));
    const unit = study.entries.find((entry) => entry.result.slots)?.result.slots?.unit ?? "slot";
    return {
      caption: `Each ${unit} in each cycle does exactly one of these.`,
      choices: [modeChoice(study, "PE-cycles", "share")],
      draw: (frame, chosen) =>
        drawStack(
          { bars, mode: chosenMode(chosen), baseline: study.designs[0] ?? "", axis: `${unit} × cycles`, format: count, label: words, colour: (name, i) => ofName(frame.palette, name, i) },
          frame,
          order,
        ),
    };
  },
};

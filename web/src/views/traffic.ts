import { drawStack, names, type Bar } from "../draw/stack";
import { byteTicks } from "../draw/ticks";
import { bytes, words } from "../format";
import type { Study } from "../model";
import { ofName } from "../palette";
import type { View } from "../view";
import { chosenMode, modeChoice, ordered } from "./modes";

const TENSORS = ["a", "b", "c", "psum", "metadata"];
const NAMES: Record<string, string> = { a: "A", b: "B", c: "C", psum: "partial sums" };

// Outermost first.
const LEVELS = ["dram", "psram", "str_cache", "cache", "buffer", "sta_fifo", "scratchpad", "register"];

function barsOf(study: Study, level: string, grouped: boolean): Bar[] {
  return study.entries.map(({ design, operation, result }) => {
    const flows = result.traffic_bytes[level];
    const parts = TENSORS.concat(Object.keys({ ...flows?.read, ...flows?.write }).filter((t) => !TENSORS.includes(t))).flatMap(
      (name) => [
        { name, value: flows?.read[name] ?? 0, side: -1 as const },
        { name, value: flows?.write[name] ?? 0, side: 1 as const },
      ],
    );
    return { group: grouped ? words(level) : operation, label: design, parts, ...(flows ? {} : { missing: "not reported" }) };
  });
}

export const traffic: View = {
  id: "traffic",
  title: "Traffic",
  make(study) {
    const moved = (level: string) =>
      study.entries.some(({ result }) => {
        const flows = result.traffic_bytes[level];
        return Object.values({ ...flows?.read }).concat(Object.values({ ...flows?.write })).some((value) => value > 0);
      });
    const found = new Set(study.entries.flatMap(({ result }) => Object.keys(result.traffic_bytes)));
    const levels = ordered(LEVELS, [...found].filter(moved));
    if (levels.length === 0) return null;
    const single = study.operations.length === 1 && levels.length > 1;
    const all = [{ value: "*", label: "All levels" }];
    const options = [...(single ? all : []), ...levels.map((level) => ({ value: level, label: words(level) }))];
    return {
      caption: "Bytes moved at each level of the memory, by tensor: reads to the left, writes to the right.",
      choices: [{ id: "level", label: "Level", options }, modeChoice(study, "Bytes")],
      draw(frame, chosen) {
        const level = chosen["level"] ?? levels[0] ?? "";
        const bars = level === "*" ? levels.flatMap((name) => barsOf(study, name, true)) : barsOf(study, level, false);
        return drawStack(
          {
            bars,
            mode: chosenMode(chosen), baseline: study.designs[0] ?? "",
            axis: level === "*" ? "bytes" : `${words(level)} bytes`,
            format: bytes,
            ticks: byteTicks,
            sides: ["read", "write"],
            label: (name) => NAMES[name] ?? words(name),
            colour: (name, i) => ofName(frame.palette, name, i),
          },
          frame,
          ordered(TENSORS, names(bars)),
        );
      },
    };
  },
};

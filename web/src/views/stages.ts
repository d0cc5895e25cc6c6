import { drawStack, names, type Bar } from "../draw/stack";
import { count } from "../format";
import type { Entry, Study } from "../model";
import { ofName } from "../palette";
import type { Figure, View } from "../view";
import { chosenMode, modeChoice, ordered } from "./modes";

const ORDER = ["SORE", "FF", "EW", "BP", "WU", "WUVE", "linear1", "qk", "softmax", "sv", "linear2"];

const MEANINGS: Record<string, string> = {
  SORE: "SORE, N:M compression",
  FF: "FF, forward",
  EW: "EW, element-wise",
  BP: "BP, backward",
  WU: "WU, weight gradient",
  WUVE: "WUVE, update",
  linear1: "Q, K and V",
  qk: "Q Kᵀ",
  softmax: "softmax",
  sv: "S V",
  linear2: "output and feed-forward",
};

function figure(study: Study, bars: Bar[], caption: string): Figure {
  const order = ordered(ORDER, names(bars));
  return {
    caption,
    choices: [modeChoice(study, "Cycles", "absolute")],
    draw: (frame, chosen) =>
      drawStack(
        {
          bars,
          mode: chosenMode(chosen),
          baseline: study.designs[0] ?? "",
          axis: "cycles",
          format: count,
          label: (name) => MEANINGS[name] ?? name,
          colour: (name, i) => ofName(frame.palette, name, i),
        },
        frame,
        order,
      ),
  };
}

const staged = (study: Study) => study.entries.filter((entry) => entry.result.stages.length > 0);

const parts = ({ result }: Entry, times: number) => result.stages.map(({ stage, cycles }) => ({ name: stage, value: cycles * times }));

// A machine that runs training steps or attention says what each layer's stages take.
export const stages: View = {
  id: "stages",
  title: "Stages, by layer",
  make(study) {
    const entries = staged(study);
    if (entries.length === 0) return null;
    const bars = entries.map((entry): Bar => ({ group: entry.operation, label: entry.design, parts: parts(entry, 1) }));
    const repeated = entries.some(({ result }) => result.operation.repeat > 1);
    return figure(study, bars, `One after the other, they are the layer’s cycles.${repeated ? " A layer that occurs several times is drawn once." : ""}`);
  },
};

// The same, summed over a network's layers; nothing where each network has a single one.
export const wholeStep: View = {
  id: "step",
  title: "All layers, by stage",
  wide: true,
  make(study) {
    const sums = new Map<string, Bar & { layers: number }>();
    for (const entry of staged(study)) {
      const { network, repeat } = entry.result.operation;
      const key = `${network}\n${entry.design}`;
      const sum = sums.get(key) ?? { group: network, label: entry.design, parts: [], layers: 0 };
      sum.layers += repeat;
      for (const part of parts(entry, repeat)) {
        const known = sum.parts.find((one) => one.name === part.name);
        if (known) known.value += part.value;
        else sum.parts.push(part);
      }
      sums.set(key, sum);
    }
    const bars = [...sums.values()];
    if (bars.every((bar) => bar.layers < 2)) return null;
    return figure(study, bars, "All layers, each as often as it occurs.");
  },
};

import { drawBars } from "../draw/bars";
import { drawStack, names, type Bar } from "../draw/stack";
import { ratio, short, words } from "../format";
import { meanSpeedup, type Study } from "../model";
import { ofDesign, ofPart, type Palette } from "../palette";
import type { View } from "../view";

const squareMillimetres = (value: number) => `${short(value)}\u202fmm²`;
const watts = (value: number) => (value >= 1 || value === 0 ? `${short(value)}\u202fW` : `${short(value * 1e3)}\u202fmW`);

function partsOf(total: number, named: Record<string, number>) {
  const parts = Object.entries(named).map(([name, value]) => ({ name, value }));
  const sum = parts.reduce((all, part) => all + part.value, 0);
  if (total - sum > 1e-6 * total) parts.push({ name: "other", value: total - sum });
  return parts;
}

const areaOf = (study: Study, design: string) => study.entries.find((entry) => entry.design === design)?.result.area_mm2 ?? null;

function areaBars(study: Study): Bar[] {
  return study.designs.map((label) => {
    const area = areaOf(study, label);
    return { group: "", label, parts: area ? partsOf(area.total, area.by_component) : [], ...(area ? {} : { missing: "not reported" }) };
  });
}

// Energy over time, both summed over the operations as often as they run.
function powerBars(study: Study): Bar[] {
  return study.designs.map((label) => {
    const spent = new Map<string, number>();
    let time = 0;
    for (const { design, result } of study.entries) {
      if (design !== label || !result.energy_pj) continue;
      const { repeat } = result.operation;
      time += result.seconds * repeat;
      for (const { name, value } of partsOf(result.energy_pj.total, result.energy_pj.by_component)) {
        spent.set(name, (spent.get(name) ?? 0) + value * repeat);
      }
    }
    if (!(time > 0)) return { group: "", label, parts: [], missing: "not reported" };
    return { group: "", label, parts: [...spent].map(([name, picojoules]) => ({ name, value: (picojoules * 1e-12) / time })) };
  });
}

function perArea(study: Study): { group: string; label: string; value: number | null }[] {
  const base = areaOf(study, study.designs[0] ?? "")?.total ?? null;
  return study.designs.map((label, d) => {
    const area = areaOf(study, label)?.total ?? null;
    const speedup = d === 0 ? 1 : meanSpeedup(study, label);
    return { group: "", label, value: area && base && speedup !== null ? speedup / (area / base) : null };
  });
}

export const area: View = {
  id: "area",
  title: "Area and power",
  make(study) {
    const areas = areaBars(study);
    const powers = powerBars(study);
    const ratios = perArea(study);
    const options = [
      ...(areas.some((bar) => !bar.missing) ? [{ value: "area", label: "Area" }] : []),
      ...(powers.some((bar) => !bar.missing) ? [{ value: "power", label: "Power" }] : []),
      ...(study.designs.length > 1 && ratios.filter((bar) => bar.value !== null).length > 1 ? [{ value: "per-area", label: "Performance per area" }] : []),
    ];
    if (options.length === 0) return null;
    const first = study.designs[0] ?? "";
    const stack = (bars: Bar[], axis: string, format: (value: number) => string) => {
      const order = [...new Set([...names(areas), ...names(powers)])];
      return (palette: Palette) => ({ bars, mode: "absolute" as const, baseline: first, axis, format, label: words, colour: (name: string) => ofPart(palette, order.indexOf(name)) });
    };
    return {
      caption:
        "Area by block. Power: energy over time, averaged over the operations here, memory included." +
        (study.designs.length > 1 ? ` Performance per area: geometric mean of the speed-ups over ${first}, divided by the ratio of areas.` : ""),
      choices: [{ id: "show", label: "Show", options }],
      draw(frame, chosen) {
        if (chosen["show"] === "per-area") {
          return drawBars(
            { bars: ratios, axis: `performance per area, ${first} = 1`, format: ratio, missing: "not reported", rule: 1, colour: (bar) => ofDesign(frame.palette, study.designs.indexOf(bar.label)) },
            frame,
          );
        }
        const power = chosen["show"] === "power";
        const bars = power ? powers : areas;
        const spec = power ? stack(bars, "average power", watts) : stack(bars, "area", squareMillimetres);
        return drawStack(spec(frame.palette), frame, names(bars));
      },
    };
  },
};

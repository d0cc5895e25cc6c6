import { h } from "./dom";
import { bytes, energy, percent, ratio, seconds, whole } from "./format";
import { meanSpeedup, sum, type Study } from "./model";

interface Highlight {
  value: string;
  label: string;
}

function single(study: Study): Highlight[] {
  const result = study.entries[0]?.result;
  if (!result) return [];
  const dram = result.traffic_bytes["dram"];
  const overall = result.utilisation?.overall ?? null;
  return [
    { value: whole(result.cycles), label: "cycles" },
    { value: seconds(result.seconds), label: `at ${Math.round(result.clock_hz / 1e6)} MHz` },
    ...(overall === null ? [] : [{ value: percent(overall), label: "overall efficiency" }]),
    ...(dram ? [{ value: bytes(sum(dram.read) + sum(dram.write)), label: "DRAM traffic" }] : []),
    ...(result.energy_pj ? [{ value: energy(result.energy_pj.total), label: "energy" }] : []),
  ];
}

function compared(study: Study): Highlight[] {
  const [first, ...others] = study.designs;
  const over = study.operations.length > 1 ? `geometric mean over ${study.operations.length} operations` : (study.operations[0] ?? "");
  return others.flatMap((design) => {
    const mean = meanSpeedup(study, design);
    if (mean === null) return [];
    const how = Math.abs(mean - 1) < 5e-4 ? "as fast as" : mean > 1 ? "faster than" : "slower than";
    return [{ value: ratio(mean >= 1 ? mean : 1 / mean), label: `${design} is ${how} ${first ?? ""}, ${over}` }];
  });
}

// The two or three numbers a reader came for.
export function highlights(study: Study): HTMLElement | null {
  const numbers = study.designs.length > 1 ? compared(study) : study.entries.length === 1 ? single(study) : [];
  if (numbers.length === 0) return null;
  const items = numbers.map(({ value, label }) => h("div", {}, h("dt", {}, label), h("dd", {}, value)));
  const says = study.entries.length === 1 ? study.entries[0]?.result.explanation : "";
  return h("section", { class: "highlights" }, h("dl", {}, ...items), says ? h("p", {}, says) : null);
}

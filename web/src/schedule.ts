import { h } from "./dom";
import { bytes, whole } from "./format";
import type { Study } from "./model";

const DATAFLOWS: Record<string, string> = { os: "output-stationary", ws: "weight-stationary" };

// The dataflow that was chosen offline for each GEMM of a training step.
export function scheduleTable(study: Study): HTMLElement | null {
  const several = study.designs.length > 1;
  const rows = study.entries.flatMap(({ design, operation, result }) => {
    const gemms = result.stages.flatMap(({ stage, gemms: found }) => found.map((gemm) => ({ stage, ...gemm })));
    return gemms.map((gemm, i) =>
      h(
        "tr",
        i === 0 ? { class: "first" } : {},
        i === 0 ? h("th", { scope: "rowgroup", rowspan: String(gemms.length) }, h("span", { class: "name" }, operation)) : null,
        several && i === 0 ? h("th", { scope: "rowgroup", rowspan: String(gemms.length) }, design) : null,
        h("th", { scope: "row" }, gemm.name.startsWith(gemm.stage) ? gemm.name : `${gemm.stage} · ${gemm.name}`),
        h("td", {}, DATAFLOWS[gemm.dataflow] ?? gemm.dataflow),
        h("td", {}, whole(gemm.cycles)),
        h("td", {}, bytes(gemm.dram_bytes)),
      ),
    );
  });
  if (rows.length === 0) return null;
  const titles = ["Layer", ...(several ? ["Design"] : []), "GEMM", "Dataflow", "Cycles", "DRAM"];
  const head = h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)));
  const table = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Schedule" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)));
  return h(
    "section",
    { class: "card wide", id: "schedule" },
    h("header", {}, h("h2", {}, "Schedule")),
    h("p", { class: "caption" }, "The dataflow of each GEMM, decided offline."),
    table,
  );
}

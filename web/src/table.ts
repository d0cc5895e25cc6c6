import type { Result, Summary } from "./data";
import { h } from "./dom";
import { bytes, count, energy, percent, ratio, seconds, short, whole } from "./format";
import { speedup, sum, type Entry, type Study } from "./model";

interface Column {
  title: string;
  cell(entry: Entry, baseline: Result | undefined): string | null;
}

const orNull = (value: number | null | undefined, format: (value: number) => string) =>
  value === null || value === undefined ? null : format(value);

const COLUMNS: Column[] = [
  { title: "Cycles", cell: ({ result }) => whole(result.cycles) },
  { title: "Time", cell: ({ result }) => (result.seconds > 0 ? seconds(result.seconds) : null) },
  { title: "Speed-up", cell: ({ result }, baseline) => (baseline === result ? "1×" : orNull(speedup(baseline, result), ratio)) },
  { title: "Stationary", cell: ({ result }) => orNull(result.utilisation?.stationary, percent) },
  { title: "Compute", cell: ({ result }) => orNull(result.utilisation?.compute, percent) },
  { title: "Overall", cell: ({ result }) => orNull(result.utilisation?.overall, percent) },
  { title: "Effectual", cell: ({ result }) => orNull(result.multiplications?.effectual, count) },
  {
    title: "DRAM",
    cell: ({ result }) => {
      const dram = result.traffic_bytes["dram"];
      return dram ? bytes(sum(dram.read) + sum(dram.write)) : null;
    },
  },
  { title: "Energy", cell: ({ result }) => orNull(result.energy_pj?.total, energy) },
  { title: "Area, mm²", cell: ({ result }) => orNull(result.area_mm2?.total, (value) => short(value)) },
  { title: "Output", cell: ({ result }) => (result.output?.checked ? "checked" : null) },
];

function row(study: Study, entry: Entry, columns: Column[], heading: HTMLElement | null): HTMLElement {
  const baseline = study.designs.length > 1 ? study.cell(entry.operation, study.designs[0] ?? "") : undefined;
  const cells = columns.map((column) => {
    const says = column.cell(entry, baseline);
    return h("td", says === null ? { class: "none" } : {}, says ?? "–");
  });
  return h("tr", heading ? { class: "first" } : {}, heading, h("th", { scope: "row" }, entry.design), ...cells);
}

export function comparisonTable(study: Study): HTMLElement {
  const columns = COLUMNS.filter((column) =>
    study.entries.some((entry) => {
      const baseline = study.designs.length > 1 ? study.cell(entry.operation, study.designs[0] ?? "") : undefined;
      return column.cell(entry, baseline) !== null;
    }),
  );
  const rows = study.operations.flatMap((operation) => {
    const entries = study.entries.filter((entry) => entry.operation === operation);
    const shape = entries[0]?.result.operation;
    const dimensions = shape ? `${whole(shape.m)} × ${whole(shape.n)} × ${whole(shape.k)}${shape.repeat > 1 ? `, ${shape.repeat} times` : ""}` : "";
    return entries.map((entry, i) =>
      row(
        study,
        entry,
        columns,
        i > 0
          ? null
          : h("th", { scope: "rowgroup", rowspan: String(entries.length), title: operation }, h("span", { class: "name" }, operation), h("span", { class: "shape" }, dimensions)),
      ),
    );
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "Operation"), h("th", { scope: "col" }, "Design"), ...columns.map((c) => h("th", { scope: "col" }, c.title)));
  return h(
    "section",
    { class: "card wide", id: "table" },
    h("header", {}, h("h2", {}, "Results")),
    h("p", { class: "caption" }, "M × N × K under each name."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Results" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))),
  );
}

export function summaryTable(summaries: Summary[]): HTMLElement | null {
  if (summaries.length === 0) return null;
  const titles = ["Workload", "Design", "Operations", "Cycles", "Time", "Energy"];
  const rows = summaries.map((summary) =>
    h(
      "tr",
      { class: "first" },
      h("th", { scope: "row" }, h("span", { class: "name" }, summary.network)),
      h("th", { scope: "row" }, summary.accelerator),
      h("td", {}, whole(summary.operations)),
      h("td", {}, whole(summary.cycles)),
      h("td", {}, seconds(summary.seconds)),
      h("td", summary.energy_pj === null ? { class: "none" } : {}, summary.energy_pj === null ? "–" : energy(summary.energy_pj)),
    ),
  );
  const head = h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)));
  return h(
    "section",
    { class: "card wide", id: "totals" },
    h("header", {}, h("h2", {}, "Totals")),
    h("p", { class: "caption" }, "All operations one after the other, repeats included."),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Totals" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))),
  );
}

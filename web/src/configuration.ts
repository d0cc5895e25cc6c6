import type { Json, JsonObject } from "./data";
import { h } from "./dom";
import type { Study } from "./model";

function flat(config: JsonObject, prefix = ""): [string, string][] {
  return Object.entries(config).flatMap(([name, value]): [string, string][] => {
    const key = prefix + name;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return flat(value, `${key}.`);
    return [[key, says(value)]];
  });
}

function says(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function designConfig(study: Study, design: string): HTMLElement | null {
  const entries = study.entries.filter((entry) => entry.design === design);
  const first = entries[0]?.result;
  if (!first) return null;
  const type = first.data_type.operand ? `${first.data_type.operand} operands, ${first.data_type.accumulate} accumulation` : "";
  const facts: [string, string][] = [
    ...(first.timing && !("timing" in first.config) ? [["timing", first.timing] as [string, string]] : []),
    ...(first.clock_hz > 0 && !("clock_mhz" in first.config) ? [["clock", `${first.clock_hz / 1e6} MHz`] as [string, string]] : []),
    ...(first.slots ? [["slots", `${first.slots.count} ${first.slots.unit}s`] as [string, string]] : []),
    ...(type ? [["data type", type] as [string, string]] : []),
    ...(first.seed === null ? [] : [["seed", String(first.seed)] as [string, string]]),
  ];
  const rows = (pairs: [string, string][]) => pairs.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value)));
  const config = flat(first.config);
  return h("details", { open: "" }, h("summary", {}, design), h("dl", { class: "facts" }, ...rows(facts)), config.length > 0 ? h("dl", {}, ...rows(config)) : null);
}

export function configurations(study: Study): HTMLElement {
  return h(
    "section",
    { class: "card wide configuration", id: "configuration" },
    h("header", {}, h("h2", {}, "Configuration")),
    h("div", { class: "columns" }, ...study.designs.map((design) => designConfig(study, design))),
  );
}

// What the models want said beside their numbers, each sentence once.
export function notes(study: Study): HTMLElement | null {
  const found = new Map<string, string[]>();
  for (const { design, operation, result } of study.entries) {
    for (const note of result.notes) found.set(note, [...(found.get(note) ?? []), study.operations.length > 1 ? `${design}, ${operation}` : design]);
  }
  const mappings = study.entries.length > 1 ? study.entries.filter((entry) => entry.result.explanation) : [];
  if (found.size === 0 && mappings.length === 0) return null;
  const said = (places: string[]) => (places.length > 2 ? `${places[0]} and ${places.length - 1} more` : places.join(" and "));
  const items = [...found].map(([note, places]) => h("li", {}, note, h("span", { class: "where" }, ` ${said(places)}`)));
  const mapped = mappings.map((e) => h("li", {}, h("span", { class: "where" }, `${e.design}, ${e.operation} `), e.result.explanation));
  return h(
    "section",
    { class: "card wide", id: "notes" },
    h("header", {}, h("h2", {}, "Notes")),
    items.length > 0 ? h("ul", { class: "notes" }, ...items) : null,
    mapped.length > 0 ? h("details", {}, h("summary", {}, "How each operation was mapped"), h("ul", { class: "notes" }, ...mapped)) : null,
  );
}

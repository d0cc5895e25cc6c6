import type { Cell, StudyBars, StudyLines, StudySection, StudyTable } from "./data";
import { h } from "./dom";
import { drawBars } from "./draw/bars";
import { drawLines } from "./draw/lines";
import { figureCard } from "./figure";
import { short, words } from "./format";
import { ofDesign } from "./palette";
import type { Figure } from "./view";

const shown = (cell: Cell) => (typeof cell === "number" ? short(cell) : cell);

function table({ title, columns, rows }: StudyTable): HTMLElement[] {
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const body = rows.map(([first, ...others]) =>
    h("tr", { class: "first" }, h("th", { scope: "row" }, first === undefined ? "" : shown(first)), ...others.map((cell) => h("td", {}, shown(cell)))),
  );
  return [
    ...(title ? [h("h3", {}, title)] : []),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title || "Table" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...body))),
  ];
}

// "x" or "×" follows its number at once, "%" and other units after a narrow space.
function withUnit(unit: string): (value: number, digits?: number) => string {
  if (unit === "x" || unit === "×") return (value, digits) => `${short(value, digits)}×`;
  return (value, digits) => (unit === "" ? short(value, digits) : `${short(value, digits)}\u202f${unit}`);
}

function figure({ unit, labels, series }: StudyBars): Figure | null {
  const bars = labels.flatMap((group, i) => series.map(({ name, values }) => ({ group, label: name, value: values[i] ?? null })));
  if (bars.every((bar) => bar.value === null)) return null;
  return {
    caption: series.length > 1 ? "" : (series[0]?.name ?? ""),
    draw: (frame) =>
      drawBars(
        { bars, axis: unit === "x" || unit === "×" ? "" : words(unit), format: withUnit(unit), missing: "no value", colour: (bar) => ofDesign(frame.palette, series.findIndex((one) => one.name === bar.label)) },
        frame,
      ),
  };
}

// A logarithmic axis is offered for values above zero that span a factor of ten, as losses do.
function curves({ unit, x, series }: StudyLines): Figure | null {
  const drawn = series.filter((one) => one.points.length > 0);
  const ys = drawn.flatMap((one) => one.points.map((point) => point.y));
  if (ys.length === 0) return null;
  const span = unit !== "%" && Math.min(...ys) > 0 ? Math.max(...ys) / Math.min(...ys) : 1;
  const scales = [{ value: "linear", label: "Linear" }, { value: "log", label: "Logarithmic" }];
  return {
    caption: "",
    choices: span > 10 ? [{ id: "scale", label: "Scale", options: scales }] : [],
    draw: (frame, chosen) => drawLines({ series: drawn, x, format: withUnit(unit), log: chosen["scale"] === "log" }, frame),
  };
}

export interface StudyCard {
  id: string;
  title: string;
  listed: boolean;
  card: HTMLElement;
}

// A study as the page shows it: its words and tables in one card, then a card for each of its pictures.
// A title that already stands over the page is not repeated.
export function studyCards(study: StudySection, pageTitle: string): StudyCard[] {
  const words = h(
    "section",
    { class: "card wide study", id: study.id },
    study.title === pageTitle ? null : h("header", {}, h("h2", {}, study.title)),
    ...study.text.map((paragraph) => h("p", {}, paragraph)),
    ...study.tables.flatMap(table),
  );
  const drawn = [
    ...study.bars.map((bars) => ({ title: bars.title, wide: bars.labels.length * bars.series.length > 16, made: figure(bars) })),
    ...study.lines.map((lines) => ({ title: lines.title, wide: lines.series.length > 6, made: curves(lines) })),
  ];
  const pictures = drawn.flatMap(({ title, wide, made }, i) => {
    const view = { id: `${study.id}-${i + 1}`, title: title || study.title, wide, make: () => made };
    return made ? [{ id: view.id, title: view.title, listed: false, card: figureCard(view, made) }] : [];
  });
  return [{ id: study.id, title: study.title, listed: true, card: words }, ...pictures];
}

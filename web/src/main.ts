import "./style.css";
import { configurations, notes } from "./configuration";
import { h } from "./dom";
import { figureCard } from "./figure";
import { pageHeader } from "./header";
import { highlights } from "./highlights";
import { study as studyOf } from "./model";
import { readReport } from "./read";
import { comparisonTable, summaryTable } from "./table";
import { VIEWS } from "./views";

function render(source: string): Node[] {
  const report = readReport(source);
  const study = studyOf(report);
  document.title = `${report.title} · nonzero`;
  if (report.results.length === 0) {
    return [pageHeader(study, []), h("main", {}, summaryTable(report.summaries), h("p", { class: "empty" }, "This report holds no results."))];
  }
  const cards = VIEWS.flatMap((view) => {
    const figure = view.make(study);
    return figure ? [{ id: view.id, title: view.title, card: figureCard(view, figure) }] : [];
  });
  // Narrow pictures stand in pairs; one left over takes the whole row.
  const narrow = cards.filter(({ card }) => !card.classList.contains("wide"));
  if (narrow.length % 2 === 1) narrow[narrow.length - 1]?.card.classList.add("wide");
  const networks = summaryTable(report.summaries);
  const remarks = notes(study);
  const contents = [
    ...cards,
    { id: "table", title: "Results" },
    ...(remarks ? [{ id: "notes", title: "Notes" }] : []),
    { id: "configuration", title: "Configuration" },
  ];
  return [
    pageHeader(study, contents),
    h("main", {}, highlights(study), networks, ...cards.map(({ card }) => card), comparisonTable(study), remarks, configurations(study)),
  ];
}

const page = document.getElementById("page");
const data = document.getElementById("nonzero-data");
try {
  page?.replaceChildren(...render(data?.textContent ?? "null"));
} catch (problem) {
  page?.replaceChildren(h("p", { class: "empty" }, problem instanceof Error ? problem.message : String(problem)));
}

import "./style.css";
import { configurations, notes } from "./configuration";
import { h } from "./dom";
import { figureCard } from "./figure";
import { pageHeader } from "./header";
import { highlights } from "./highlights";
import { study as studyOf } from "./model";
import { readReport } from "./read";
import { scheduleTable } from "./schedule";
import { studyCards } from "./study";
import { comparisonTable, summaryTable } from "./table";
import { VIEWS } from "./views";

function render(source: string): Node[] {
  const report = readReport(source);
  const study = studyOf(report);
  document.title = `${report.title} · nonzero`;
  const studies = report.studies.flatMap((one) => studyCards(one, report.title));
  const listed = studies.filter((one) => one.listed);
  const cards = VIEWS.filter((view) => view.alone || report.results.length > 0).flatMap((view) => {
    const figure = view.make(study);
    return figure ? [{ id: view.id, title: view.title, card: figureCard(view, figure) }] : [];
  });
  if (report.results.length === 0) {
    const totals = summaryTable(report.summaries);
    const nothing = totals === null && studies.length + cards.length === 0 ? h("p", { class: "empty" }, "This report holds no results.") : null;
    return [pageHeader(study, listed.length > 1 ? [...listed, ...cards] : []), h("main", {}, totals, ...pairs([...studies, ...cards]), nothing)];
  }
  const networks = summaryTable(report.summaries);
  const remarks = notes(study);
  const schedule = scheduleTable(study);
  const contents = [
    ...cards,
    ...listed,
    { id: "table", title: "Results" },
    ...(schedule ? [{ id: "schedule", title: "Schedule" }] : []),
    ...(remarks ? [{ id: "notes", title: "Notes" }] : []),
    { id: "configuration", title: "Configuration" },
  ];
  return [
    pageHeader(study, contents),
    h("main", {}, highlights(study), networks, ...pairs(cards), ...pairs(studies), comparisonTable(study), schedule, remarks, configurations(study)),
  ];
}

// Narrow pictures stand in pairs; one left alone between wide ones takes the whole row.
function pairs(cards: { card: HTMLElement }[]): HTMLElement[] {
  let open: HTMLElement | null = null;
  for (const { card } of cards) {
    if (!card.classList.contains("wide")) {
      open = open ? null : card;
      continue;
    }
    open?.classList.add("wide");
    open = null;
  }
  open?.classList.add("wide");
  return cards.map(({ card }) => card);
}

const page = document.getElementById("page");
const data = document.getElementById("nonzero-data");
try {
  page?.replaceChildren(...render(data?.textContent ?? "null"));
} catch (problem) {
  page?.replaceChildren(h("p", { class: "empty" }, problem instanceof Error ? problem.message : String(problem)));
}

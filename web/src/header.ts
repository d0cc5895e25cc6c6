import { h, s } from "./dom";
import { plural } from "./format";
import type { Study } from "./model";
import { themeSwitch } from "./theme";

function mark(): SVGSVGElement {
  const cells = [[0, 0], [2, 0], [1, 1], [0, 2]];
  return s(
    "svg",
    { width: 20, height: 20, viewBox: "0 0 20 20", "aria-hidden": "true" },
    ...[0, 1, 2].flatMap((y) =>
      [0, 1, 2].map((x) => {
        const full = cells.some((cell) => cell[0] === x && cell[1] === y);
        return s("rect", { x: x * 7, y: y * 7, width: 6, height: 6, rx: 1.5, class: full ? "full" : "zero" });
      }),
    ),
  );
}

function commandLine(command: string): HTMLElement {
  const copy = h("button", { type: "button", class: "copy" }, "Copy");
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(command).then(
      () => (copy.textContent = "Copied"),
      () => (copy.textContent = "Copy failed"),
    );
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return h("div", { class: "command" }, h("code", {}, command), copy);
}

export function pageHeader(study: Study, contents: { id: string; title: string }[]): HTMLElement {
  const { report } = study;
  const version = report.results.find((result) => result.version)?.version;
  const facts = [
    ...(version ? [`nonzero ${version}`] : []),
    ...(report.results.length === 0
      ? []
      : [plural(study.designs.length, "design"), plural(study.operations.length, "operation"), plural(report.results.length, "result")]),
  ];
  const links = contents.map(({ id, title }) => h("a", { href: `#${id}` }, title));
  return h(
    "header",
    { class: "page-header" },
    h("div", { class: "bar" }, h("span", { class: "wordmark" }, mark(), "nonzero"), themeSwitch()),
    h("h1", {}, report.title),
    h("p", { class: "facts" }, facts.join("  ·  ")),
    report.command ? commandLine(report.command) : null,
    h("nav", { "aria-label": "Contents" }, ...links),
  );
}

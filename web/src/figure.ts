import { h, s } from "./dom";
import { PAPER_FRAME, download, standalone } from "./draw/save";
import { swatchShape, type Swatch } from "./draw/drawing";
import { onThemeChange, palette } from "./theme";
import { stepper } from "./stepper";
import type { Choice, Chosen, Figure, View } from "./view";

function segments(choice: Choice, chosen: Chosen, changed: () => void): HTMLElement {
  const buttons = choice.options.map((option) => h("button", { type: "button", "data-value": option.value }, option.label));
  const show = () => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset["value"] === chosen[choice.id])));
  for (const button of buttons) {
    button.addEventListener("click", () => {
      chosen[choice.id] = button.dataset["value"] ?? "";
      show();
      changed();
    });
  }
  show();
  return h("div", { class: "segments", role: "group", "aria-label": choice.label }, ...buttons);
}

function key(legend: Swatch[]): HTMLElement {
  const items = legend.map((swatch) =>
    h("li", {}, s("svg", { width: 10, height: 10, viewBox: "0 0 10 10", "aria-hidden": "true" }, swatchShape(swatch)), swatch.label),
  );
  return h("ul", { class: "key" }, ...items);
}

// The card of one view: it draws itself again when its width, the theme or a choice changes.
export function figureCard(view: View, figure: Figure): HTMLElement {
  const chosen: Chosen = {};
  for (const choice of figure.choices ?? []) chosen[choice.id] = choice.start ?? choice.options[0]?.value ?? "";
  const canvas = h("div", { class: "canvas" });
  const legend = h("div", {});
  let width = 0;
  const draw = () => {
    if (width < 40) return;
    const drawing = figure.draw({ width, palette: palette(), paper: false }, chosen);
    legend.replaceChildren(...(drawing.legend.length > 0 ? [key(drawing.legend)] : []));
    canvas.replaceChildren(drawing.plot);
  };
  new ResizeObserver(() => {
    const measured = Math.floor(canvas.clientWidth);
    if (measured === width) return;
    width = measured;
    draw();
  }).observe(canvas);
  onThemeChange(draw);
  const save = h("button", { type: "button", class: "save" }, "Save SVG");
  save.addEventListener("click", () => {
    download(`nonzero-${view.id}.svg`, standalone(figure.draw(PAPER_FRAME, chosen), view.title), "image/svg+xml");
  });
  const choices = (figure.choices ?? []).filter((choice) => choice.options.length > 1);
  const steps = figure.steps ? stepper(figure.steps, chosen, draw) : null;
  const changed = () => {
    steps?.restart();
    draw();
  };
  return h(
    "section",
    { class: view.wide ? "card wide" : "card", id: view.id },
    h("header", {}, h("h2", {}, view.title), save),
    figure.caption ? h("p", { class: "caption" }, figure.caption) : h("div", { class: "gap" }),
    choices.length > 0 ? h("div", { class: "choices" }, ...choices.map((choice) => segments(choice, chosen, changed))) : null,
    steps?.element ?? null,
    legend,
    canvas,
    ...(figure.notes ?? []).map((note) => h("p", { class: "note" }, note)),
  );
}

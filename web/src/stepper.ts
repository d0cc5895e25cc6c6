import { h } from "./dom";
import type { Chosen, Steps } from "./view";

// Buttons that walk through a picture's steps; the arrow keys, Home and End do the same while the
// stepper has the focus.
export function stepper(steps: Steps, chosen: Chosen, changed: () => void): { element: HTMLElement; restart(): void } {
  const previous = h("button", { type: "button", class: "previous" }, "← Previous");
  const next = h("button", { type: "button", class: "next" }, "Next →");
  const name = h("output", {});
  const show = () => {
    const step = Number(chosen["step"]);
    name.textContent = steps.name(chosen, step);
    previous.setAttribute("aria-disabled", String(step === 0));
    next.setAttribute("aria-disabled", String(step >= steps.count(chosen) - 1));
  };
  const go = (wanted: number) => {
    const step = Math.max(0, Math.min(steps.count(chosen) - 1, wanted));
    if (String(step) === chosen["step"]) return;
    chosen["step"] = String(step);
    show();
    changed();
  };
  const by = (distance: number) => go(Number(chosen["step"]) + distance);
  previous.addEventListener("click", () => by(-1));
  next.addEventListener("click", () => by(1));
  const element = h("div", { class: "stepper", role: "group", "aria-label": "Steps", tabindex: "0" }, previous, name, next);
  const keys: Record<string, () => void> = {
    ArrowLeft: () => by(-1),
    ArrowRight: () => by(1),
    Home: () => go(0),
    End: () => go(Number.MAX_SAFE_INTEGER),
  };
  element.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  const restart = () => {
    chosen["step"] = "0";
    show();
  };
  restart();
  return { element, restart };
}

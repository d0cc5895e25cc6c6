import { DARK, LIGHT, type Palette } from "./palette";
import { h } from "./dom";

type Setting = "auto" | "light" | "dark";

const SETTINGS: Setting[] = ["auto", "light", "dark"];
const KEY = "nonzero-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

let setting: Setting = "auto";
const listeners: (() => void)[] = [];

// A page opened from a file may be denied storage; the choice then lasts as long as the page.
function stored(): Setting {
  try {
    return SETTINGS.find((known) => known === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}

function store(value: Setting): void {
  try {
    localStorage.setItem(KEY, value);
  } catch {
    return;
  }
}

function isDark(): boolean {
  return setting === "dark" || (setting === "auto" && prefersDark.matches);
}

export function palette(): Palette {
  return isDark() ? DARK : LIGHT;
}

export function onThemeChange(listener: () => void): void {
  listeners.push(listener);
}

function apply(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

export function themeSwitch(): HTMLElement {
  setting = stored();
  const buttons = SETTINGS.map((value) => h("button", { type: "button", "data-value": value }, value));
  const show = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset["value"] === setting)));
  for (const button of buttons) {
    button.addEventListener("click", () => {
      setting = SETTINGS.find((known) => known === button.dataset["value"]) ?? "auto";
      store(setting);
      show();
      apply();
    });
  }
  prefersDark.addEventListener("change", apply);
  show();
  apply();
  return h("div", { class: "segments theme", role: "group", "aria-label": "Theme" }, ...buttons);
}

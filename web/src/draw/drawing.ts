import type { Palette } from "../palette";
import { s } from "../dom";
import { textWidth } from "./text";

export interface Swatch {
  label: string;
  colour: string;
  symbol?: "square" | "circle" | "diamond" | "triangle" | "ring" | "dash";
}

// What a view gives back: its key, and the picture itself.
export interface Drawing {
  legend: Swatch[];
  plot: SVGSVGElement;
}

export interface Frame {
  width: number;
  palette: Palette;
  paper: boolean;
}

export function swatchShape(swatch: Swatch): SVGElement {
  const { colour } = swatch;
  switch (swatch.symbol) {
    case "circle":
      return s("circle", { cx: 5, cy: 5, r: 4.2, fill: colour });
    case "ring":
      return s("circle", { cx: 5, cy: 5, r: 3.6, fill: "none", stroke: colour, "stroke-width": 1.6 });
    case "diamond":
      return s("path", { d: "M5 0L10 5L5 10L0 5Z", fill: colour });
    case "triangle":
      return s("path", { d: "M5 0L10 9H0Z", fill: colour });
    case "dash":
      return s("path", { d: "M0 5H4M6 5H10", stroke: colour, "stroke-width": 2, fill: "none" });
    default:
      return s("rect", { width: 10, height: 10, rx: 2, fill: colour });
  }
}

const ROW = 18;
const SIZE = 11;

// The legend as rows of swatches inside an SVG, for a picture that leaves the page.
export function legendRows(legend: Swatch[], width: number, palette: Palette): { group: SVGGElement; height: number } {
  const group = s("g", { "font-size": SIZE, fill: palette.ink });
  let [x, y] = [0, 0];
  for (const swatch of legend) {
    const needed = 15 + textWidth(swatch.label, SIZE, palette.font);
    if (x > 0 && x + needed > width) [x, y] = [0, y + ROW];
    const label = s("text", { x: 15, y: 9 }, swatch.label);
    group.append(s("g", { transform: `translate(${x.toFixed(1)},${y + 2})` }, swatchShape(swatch), label));
    x += needed + 16;
  }
  return { group, height: legend.length > 0 ? y + ROW + 6 : 0 };
}

import { PAPER } from "../palette";
import { s } from "../dom";
import type { Drawing, Frame } from "./drawing";
import { legendRows } from "./drawing";

const SVG = "http://www.w3.org/2000/svg";
// Two columns of an A4 or letter paper; at 96 px per inch the type comes out at 8 pt.
const PAPER_MM = 178;
const PX_PER_MM = 96 / 25.4;
const MARGIN = 8;

export const PAPER_FRAME: Frame = { width: Math.round(PAPER_MM * PX_PER_MM) - 2 * MARGIN, palette: PAPER, paper: true };

// Leaves nothing that only a browser with our page's styles understands: no style sheets, no
// variables, no currentColor, no classes, no interaction.
function plain(element: Element): void {
  for (const style of [...element.querySelectorAll("style")]) style.remove();
  for (const node of [element, ...element.querySelectorAll("*")]) {
    node.removeAttribute("class");
    for (const attribute of [...node.attributes]) {
      const value = attribute.value
        .replaceAll("currentColor", PAPER.ink)
        .replace(/var\(--plot-background\)/g, PAPER.ground);
      if (value !== attribute.value) node.setAttribute(attribute.name, value);
    }
  }
}

// The picture with its legend as one SVG file: white ground, fonts every system has, sizes in mm.
export function standalone(drawing: Drawing, title: string): string {
  const legend = legendRows(drawing.legend, PAPER_FRAME.width, PAPER);
  const plotWidth = Number(drawing.plot.getAttribute("width"));
  const plotHeight = Number(drawing.plot.getAttribute("height"));
  const width = Math.max(plotWidth, PAPER_FRAME.width) + 2 * MARGIN;
  const height = plotHeight + legend.height + 2 * MARGIN;
  const scale = Math.min(1, (PAPER_MM * PX_PER_MM) / width);
  plain(drawing.plot);
  const plot = s("g", { transform: `translate(${MARGIN},${MARGIN + legend.height})` });
  for (const name of ["font-size", "text-anchor", "fill"]) {
    const value = drawing.plot.getAttribute(name);
    if (value !== null) plot.setAttribute(name, value);
  }
  plot.append(...drawing.plot.childNodes);
  legend.group.setAttribute("transform", `translate(${MARGIN},${MARGIN})`);
  const file = s(
    "svg",
    {
      xmlns: SVG,
      width: `${((width * scale) / PX_PER_MM).toFixed(2)}mm`,
      height: `${((height * scale) / PX_PER_MM).toFixed(2)}mm`,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": PAPER.font,
      "font-size": 10.67,
    },
    s("title", {}, title),
    s("rect", { width: "100%", height: "100%", fill: PAPER.ground }),
    legend.group,
    plot,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`;
}

export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

import { s } from "../dom";
import type { Palette } from "../palette";
import { fitted } from "./text";

function channel(value: number): number {
  const share = value / 255;
  return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

// Black or white, whichever stands out from a colour given as "#rrggbb".
export function onColour(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => channel(Number.parseInt(colour.slice(at, at + 2), 16)));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0) > 0.3 ? "#000000" : "#ffffff";
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

// A coloured box with a word in it, cut where it does not fit.
export function tile(box: Box, colour: string, says: string, palette: Palette, size = 11, title = ""): SVGGElement {
  const rect = s("rect", { ...box, rx: 3, fill: colour });
  const label = s(
    "text",
    { x: box.x + box.width / 2, y: box.y + box.height / 2 + size * 0.36, "text-anchor": "middle", "font-size": size, fill: onColour(colour) },
    fitted(says, box.width - 4, size, palette.font),
  );
  return s("g", {}, title ? s("title", {}, title) : null, rect, box.width >= 14 ? label : null);
}

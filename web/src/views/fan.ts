import type { Fan } from "../data";
import type { Drawing, Frame } from "../draw/drawing";
import { textWidth } from "../draw/text";
import { s } from "../dom";
import { plural, whole } from "../format";
import type { View } from "../view";

const LEVEL = 34;
const TOP = 26;
const LANE_HEIGHT = 12;

interface Place {
  x: number;
  y: number;
}

interface Geometry {
  pitch: number;
  floor: number;
  lane(index: number): Place;
  adder(index: number): Place;
}

function geometry(fan: Fan, width: number): Geometry {
  const pitch = Math.max(width / fan.lanes, 5.2);
  const levels = Math.max(...fan.adders.map((adder) => adder.level), 0) + 1;
  const floor = TOP + levels * LEVEL;
  const level = new Map(fan.adders.map((adder) => [adder.index, adder.level]));
  return {
    pitch,
    floor,
    lane: (i) => ({ x: (i + 0.5) * pitch, y: floor }),
    adder: (i) => ({ x: (i + 1) * pitch, y: floor - LEVEL * ((level.get(i) ?? 0) + 1) + 6 }),
  };
}

// Neighbouring groups take colours that differ in hue and in lightness.
function groupColours(fan: Fan, frame: Frame): Map<number, string> {
  const { colours } = frame.palette;
  const turn = [colours.indigo, colours.sand, colours.teal, colours.rose, colours.cyan, colours.wine, colours.olive];
  const byLane = new Map<number, string>();
  fan.groups.forEach((group, i) => {
    for (let lane = group.first; lane < group.first + group.count; ++lane) byLane.set(lane, turn[i % turn.length] ?? colours.blue);
  });
  return byLane;
}

// An adder's operands: straight from a lane at level 0, else along a tree link (one level down) or
// a forwarding link, which skips levels and is drawn bent.
function link(from: Place, to: Place, skipped: number): string {
  if (skipped === 0) return `M${from.x.toFixed(2)} ${from.y.toFixed(2)}L${to.x.toFixed(2)} ${to.y.toFixed(2)}`;
  const bendY = to.y + 4;
  return `M${from.x.toFixed(2)} ${from.y.toFixed(2)}C${from.x.toFixed(2)} ${bendY.toFixed(2)} ${from.x.toFixed(2)} ${bendY.toFixed(2)} ${to.x.toFixed(2)} ${to.y.toFixed(2)}`;
}

function links(fan: Fan, at: Geometry, colour: Map<number, string>, frame: Frame): SVGGElement {
  const idle = s("g", { fill: "none", stroke: frame.palette.line, "stroke-width": 1 });
  const used = s("g", { fill: "none", "stroke-width": Math.min(2, Math.max(1.1, at.pitch / 6)) });
  const level = new Map(fan.adders.map((adder) => [adder.index, adder.level]));
  for (const adder of fan.adders) {
    const to = at.adder(adder.index);
    const stroke = colour.get(adder.index) ?? frame.palette.soft;
    const reach = 2 ** (adder.level - 1);
    const sides = [
      { source: adder.left, lane: adder.index, nearest: adder.index - 1, child: adder.index - reach },
      { source: adder.right, lane: adder.index + 1, nearest: adder.index + 1, child: adder.index + reach },
    ];
    for (const { source, lane, nearest, child } of sides) {
      if (!adder.enabled) {
        if (adder.level === 0) idle.append(s("path", { d: link(at.lane(lane), to, 0) }));
        else if (level.has(child)) idle.append(s("path", { d: link(at.adder(child), to, 0) }));
        continue;
      }
      // A lane that stands alone beside a higher adder comes through the nearest link.
      const via = source < 0 && adder.level > 0 ? nearest : source;
      if (source < 0) used.append(s("path", { d: link(at.lane(lane), via < 0 ? to : at.adder(via), 0), stroke }));
      if (via < 0) continue;
      const skipped = adder.level - 1 - (level.get(via) ?? 0);
      used.append(s("path", { d: link(at.adder(via), to, skipped), stroke, ...(skipped > 0 ? { "stroke-dasharray": "4 2" } : {}) }));
    }
  }
  return s("g", {}, idle, used);
}

function adders(fan: Fan, at: Geometry, colour: Map<number, string>, frame: Frame): SVGGElement {
  const { palette } = frame;
  const roots = new Set(fan.groups.map((group) => group.root));
  const radius = Math.min(5, Math.max(2, at.pitch * 0.36));
  const group = s("g", {});
  for (const adder of fan.adders) {
    const { x, y } = at.adder(adder.index);
    const fill = colour.get(adder.index) ?? palette.soft;
    if (!adder.enabled) {
      group.append(s("circle", { cx: x, cy: y, r: radius * 0.55, fill: palette.ground, stroke: palette.line, "stroke-width": 1.2 }));
      continue;
    }
    const root = roots.has(adder.index);
    const node = s("circle", { cx: x, cy: y, r: root ? radius * 1.25 : radius, fill, stroke: root ? palette.ink : palette.ground, "stroke-width": root ? 1.6 : 0.8 });
    if (!frame.paper) node.append(s("title", {}, `adder ${adder.index}, level ${adder.level}${root ? ", root of its group" : ""}`));
    group.append(node);
  }
  return group;
}

function lanes(fan: Fan, at: Geometry, colour: Map<number, string>, frame: Frame): SVGGElement {
  const { palette } = frame;
  const group = s("g", {});
  for (let lane = 0; lane < fan.lanes; ++lane) {
    const { x, y } = at.lane(lane);
    const width = Math.max(at.pitch - 1, 1);
    const busy = colour.get(lane);
    const box = s("rect", { x: x - width / 2, y, width, height: LANE_HEIGHT, rx: Math.min(2, width / 3), fill: busy ?? palette.ground, ...(busy ? {} : { stroke: palette.line }) });
    if (!frame.paper) box.append(s("title", {}, busy ? `multiplier ${lane}, row ${fan.vec_ids[lane] ?? "?"}` : `multiplier ${lane}, idle`));
    group.append(box);
  }
  return group;
}

// The row of each group under its lanes, where the number fits; a bracket always.
function rowLabels(fan: Fan, at: Geometry, frame: Frame): SVGGElement {
  const { palette } = frame;
  const size = 10;
  const y = at.floor + LANE_HEIGHT + 3;
  const group = s("g", { "font-size": size, fill: palette.ink, "text-anchor": "middle" });
  for (const { row, first, count } of fan.groups) {
    const [left, right] = [first * at.pitch + 1, (first + count) * at.pitch - 1];
    group.append(s("path", { d: `M${left.toFixed(2)} ${y}V${y + 3}H${right.toFixed(2)}V${y}`, fill: "none", stroke: palette.soft, "stroke-width": 0.8 }));
    if (textWidth(String(row), size, palette.font) <= right - left + 1) {
      group.append(s("text", { x: (left + right) / 2, y: y + 15 }, String(row)));
    }
  }
  return group;
}

function draw(fan: Fan, frame: Frame): Drawing {
  const { palette } = frame;
  const at = geometry(fan, frame.width);
  const colour = groupColours(fan, frame);
  const width = Math.ceil(at.pitch * fan.lanes);
  const height = at.floor + LANE_HEIGHT + 24;
  const label = `FAN of ${fan.lanes} lanes with ${plural(fan.groups.length, "group")}`;
  const plot = s(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": palette.font, "font-size": 10, role: "img", "aria-label": label },
    links(fan, at, colour, frame),
    adders(fan, at, colour, frame),
    lanes(fan, at, colour, frame),
    rowLabels(fan, at, frame),
  );
  return {
    plot,
    legend: [
      { label: "adds (colour: its group)", colour: palette.colours.indigo, symbol: "circle" },
      { label: "group leaves here", colour: palette.ink, symbol: "ring" },
      { label: "not needed", colour: palette.soft, symbol: "ring" },
      { label: "forwarding link", colour: palette.soft, symbol: "dash" },
    ],
  };
}

export const fan: View = {
  id: "fan",
  title: "The adder tree of one fold",
  wide: true,
  make(study) {
    const view = study.report.fan;
    if (!view) return null;
    const busy = view.groups.reduce((sum, group) => sum + group.count, 0);
    return {
      caption:
        `${view.operation ? `${view.operation}: ` : ""}fold ${view.fold}, Flex-DPE ${view.flex_dpe}. ` +
        `${whole(busy)} of ${view.lanes} multipliers feed ${plural(view.groups.length, "group")}; the number under a group is its output row.`,
      draw: (frame) => draw(view, frame),
    };
  },
};

import type { MappedLayer, NetworkMap } from "../data";
import { dataflowColour, dataflowTitle } from "../dataflow";
import type { Drawing, Frame } from "../draw/drawing";
import { LABEL_SIZE } from "../draw/rows";
import { fitted, textWidth } from "../draw/text";
import { onColour, tile } from "../draw/tile";
import { s } from "../dom";
import { count, plural, ratio, whole } from "../format";
import type { View } from "../view";

const ROW = 22;
const STRIP = 26;
const TOP = STRIP + 34;

const spent = (layer: MappedLayer) => layer.cycles * layer.repeat;

function says(layer: MappedLayer, i: number): string {
  const converts = layer.conversion > 0 ? `\nconversions before it and between its repeats: ${whole(layer.conversion)} cycles` : "";
  return `${i + 1}. ${layer.operation}${layer.repeat > 1 ? `, ${layer.repeat} times` : ""}\n${dataflowTitle(layer.dataflow)}, ${whole(spent(layer))} cycles, leaves ${layer.format}${converts}`;
}

// All layers in a line, in their order; a notch above where one is preceded by a conversion.
function strip(map: NetworkMap, frame: Frame): SVGGElement {
  const { palette } = frame;
  const pitch = frame.width / map.layers.length;
  const gap = pitch > 6 ? 1 : 0;
  const group = s("g", {});
  map.layers.forEach((layer, i) => {
    const colour = dataflowColour(palette, layer.dataflow);
    const rect = s("rect", { x: (i * pitch).toFixed(2), y: 8, width: Math.max(pitch - gap, 0.6).toFixed(2), height: STRIP, fill: colour });
    if (!frame.paper) rect.append(s("title", {}, says(layer, i)));
    group.append(rect);
    const title = dataflowTitle(layer.dataflow);
    if (pitch - gap > textWidth(title, 10, palette.font) + 4) {
      group.append(s("text", { x: ((i + 0.5) * pitch).toFixed(2), y: 8 + STRIP / 2 + 3.6, "text-anchor": "middle", "font-size": 10, fill: onColour(colour) }, title));
    }
    if (layer.conversion > 0) {
      const x = i * pitch;
      group.append(s("path", { d: `M${(x - 4).toFixed(2)} 0H${(x + 4).toFixed(2)}L${x.toFixed(2)} 7Z`, fill: palette.colours.rose }));
    }
  });
  return group;
}

interface Columns {
  name: number;
  dataflow: number;
  format: number;
  bars: number;
  end: number;
}

function columns(map: NetworkMap, frame: Frame): Columns {
  const { font } = frame.palette;
  const widest = Math.max(...map.layers.map((layer, i) => textWidth(`${i + 1}  ${layer.operation}`, LABEL_SIZE, font)));
  const name = Math.min(widest, frame.width * 0.34) + 10;
  return { name, dataflow: 62, format: 44, bars: name + 62 + 44 + 8, end: frame.width - 62 };
}

function row(layer: MappedLayer, i: number, at: Columns, scale: number, frame: Frame): SVGGElement {
  const { palette } = frame;
  const y = TOP + i * ROW;
  const middle = y + ROW / 2 + 4;
  const text = (x: number, what: string, attributes: Record<string, string> = {}) => s("text", { x, y: middle, "font-size": LABEL_SIZE, fill: palette.ink, ...attributes }, what);
  const colour = dataflowColour(palette, layer.dataflow);
  const before = layer.conversion * scale;
  const own = spent(layer) * scale;
  return s(
    "g",
    {},
    frame.paper ? null : s("title", {}, says(layer, i)),
    text(0, fitted(`${i + 1}  ${layer.operation}`, at.name - 8, LABEL_SIZE, palette.font)),
    tile({ x: at.name, y: y + 2, width: at.dataflow - 4, height: ROW - 4 }, colour, dataflowTitle(layer.dataflow), palette),
    text(at.name + at.dataflow + 4, layer.format, { fill: palette.soft }),
    layer.conversion > 0 ? s("rect", { x: at.bars, y: y + 4, width: Math.max(before, 2).toFixed(2), height: ROW - 8, fill: palette.colours.rose }) : null,
    s("rect", { x: (at.bars + (before > 0 ? Math.max(before, 2) : 0)).toFixed(2), y: y + 4, width: Math.max(own, 0.5).toFixed(2), height: ROW - 8, fill: colour }),
    text(at.bars + (before > 0 ? Math.max(before, 2) : 0) + own + 5, count(spent(layer) + layer.conversion), { fill: palette.soft }),
  );
}

function draw(map: NetworkMap, frame: Frame): Drawing {
  const { palette } = frame;
  const at = columns(map, frame);
  const longest = Math.max(...map.layers.map((layer) => spent(layer) + layer.conversion), 1);
  const scale = Math.max(20, at.end - at.bars) / longest;
  const width = Math.max(frame.width, Math.ceil(at.bars + 84));
  const height = TOP + map.layers.length * ROW + 6;
  const heading = (x: number, what: string) => s("text", { x, y: TOP - 6, "font-size": LABEL_SIZE, fill: palette.soft }, what);
  const plot = s(
    "svg",
    { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": palette.font, role: "img", "aria-label": `Dataflows of ${plural(map.layers.length, "layer")}` },
    strip(map, frame),
    heading(0, "layer"),
    heading(at.name, "dataflow"),
    heading(at.name + at.dataflow + 4, "leaves"),
    heading(at.bars, "cycles"),
    ...map.layers.map((layer, i) => row(layer, i, at, scale, frame)),
  );
  const used = [...new Set(map.layers.map((layer) => layer.dataflow))];
  return {
    plot,
    legend: [
      ...used.map((name) => ({ label: dataflowTitle(name), colour: dataflowColour(palette, name) })),
      ...(map.layers.some((layer) => layer.conversion > 0) ? [{ label: "conversion of the input before it", colour: palette.colours.rose }] : []),
    ],
  };
}

function compared(map: NetworkMap): string {
  const over = (cycles: number) => ratio(cycles / map.total);
  if (!(map.total > 0)) return "";
  const alone = map.bestPerLayer === null ? [] : [`each layer’s best alone, with the conversions that it forces, ${over(map.bestPerLayer)}`];
  const throughout = map.fixed ? [`${dataflowTitle(map.fixed.dataflow)} throughout ${over(map.fixed.cycles)}`] : [];
  const others = [...alone, ...throughout];
  return others.length > 0 ? ` Other ways take: ${others.join(", ")}.` : "";
}

export const networkMap: View = {
  id: "network-map",
  title: "Dataflows over the network",
  wide: true,
  make(study) {
    const maps = study.report.summaries.flatMap((summary) => (summary.map ? [{ summary, map: summary.map }] : []));
    const first = maps[0];
    if (!first) return null;
    const { map } = first;
    const converted = map.layers.filter((layer) => layer.conversion > 0).length;
    const options = maps.map(({ summary }, i) => ({ value: String(i), label: `${summary.accelerator} · ${summary.network}` }));
    return {
      caption:
        `${plural(map.layers.length, "layer")} in their order, ${plural(converted, "conversion")}, ${whole(map.total)} cycles` +
        `${map.activations ? `; the activations are operand ${map.activations}` : ""}.${compared(map)}`,
      choices: [{ id: "map", label: "Network", options }],
      draw: (frame, chosen) => draw((maps[Number(chosen["map"] ?? 0)] ?? first).map, frame),
    };
  },
};

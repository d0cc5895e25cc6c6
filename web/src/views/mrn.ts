import type { MergeElement, MergeNode, MergeStep, Merging } from "../data";
import type { Drawing, Frame } from "../draw/drawing";
import { fitted, textWidth } from "../draw/text";
import { onColour } from "../draw/tile";
import { s } from "../dom";
import { plural, short } from "../format";
import type { Palette } from "../palette";
import type { View } from "../view";

const LEVEL = 94;
const NODE = { width: 92, height: 36 };
const CHIP = 18;
const SLOT = 22;
const SHOWN = 6;
const SMALL = 10;
const SIZE = 11;

const DID: Record<string, string> = {
  smaller: "the smaller goes up",
  sum: "adds equal ones",
  forward: "lets it through",
  end: "ends the fiber",
  wait: "waits",
};

interface Place {
  x: number;
  y: number;
}

interface Geometry {
  width: number;
  height: number;
  pitch: number;
  left: number;
  floor: number;
  perLine: number;
  chip: number;
  lines: Map<number, number>;
  node(level: number, index: number): Place;
  leaf(index: number): Place;
}

const valueOf = (element: MergeElement) => (element.value === null ? "" : short(element.value));

function chipWidth(elements: MergeElement[], font: string): number {
  const widest = (texts: string[]) => Math.max(...texts.map((text) => textWidth(text, SIZE, font)), 8);
  const values = elements.map(valueOf).filter((text) => text !== "");
  return widest(elements.map((element) => String(element.coordinate))) + 10 + (values.length > 0 ? widest(values) + 10 : 0);
}

function rowsOf(walk: Merging): number[] {
  return [...new Set(walk.fibers.map((fiber) => fiber.row))];
}

const outputOf = (walk: Merging, row: number, until: number) =>
  walk.steps.slice(0, until + 1).flatMap((step, i) => step.emitted.filter((element) => element.row === row).map((element) => ({ element, now: i === until })));

function geometry(walk: Merging, frame: Frame): Geometry {
  const { font } = frame.palette;
  const all = walk.fibers.flatMap((fiber) => fiber.elements).concat(walk.steps.flatMap((step) => step.emitted));
  const chip = Math.max(30, Math.ceil(chipWidth(all, font)));
  const pitch = Math.max(chip + 12, 64, Math.min(170, frame.width / walk.leaves));
  const width = Math.max(frame.width, Math.ceil(pitch * walk.leaves));
  const perLine = Math.max(1, Math.floor((width - 96) / (chip + 5)));
  const lines = new Map<number, number>();
  let y = 4;
  for (const row of rowsOf(walk)) {
    lines.set(row, y);
    y += Math.max(1, Math.ceil(outputOf(walk, row, walk.steps.length - 1).length / perLine)) * SLOT + 4;
  }
  const left = (width - pitch * walk.leaves) / 2;
  const root = y + CHIP + 24;
  const floor = root + walk.levels * LEVEL - 14;
  return {
    width,
    height: floor + 44 + SLOT * Math.min(SHOWN + 1, Math.max(...walk.fibers.map((fiber) => fiber.length), 0)),
    pitch,
    left,
    floor,
    perLine,
    chip,
    lines,
    node: (level, index) => ({ x: left + (index + 0.5) * pitch * 2 ** level, y: root + (walk.levels - level) * LEVEL }),
    leaf: (index) => ({ x: left + (index + 0.5) * pitch, y: floor }),
  };
}

// Elements of one coordinate have one colour, so that those that meet can be seen to.
function coordinateColours(walk: Merging, palette: Palette): (coordinate: number) => string {
  const { colours } = palette;
  const turn = [colours.indigo, colours.sand, colours.teal, colours.rose, colours.cyan, colours.wine, colours.olive, colours.blue, colours.purple, colours.green];
  const known = [...new Set(walk.fibers.flatMap((fiber) => fiber.elements.map((element) => element.coordinate)))].sort((a, b) => a - b);
  const rank = new Map(known.map((coordinate, i) => [coordinate, i]));
  return (coordinate) => turn[(rank.get(coordinate) ?? 0) % turn.length] ?? colours.blue;
}

class Picture {
  private readonly palette: Palette;
  private readonly at: Geometry;
  private readonly colour: (coordinate: number) => string;

  constructor(private readonly walk: Merging, private readonly step: number, private readonly frame: Frame) {
    this.palette = frame.palette;
    this.at = geometry(walk, frame);
    this.colour = coordinateColours(walk, frame.palette);
  }

  plot(): SVGSVGElement {
    const { width, height } = this.at;
    const state = this.walk.steps[this.step];
    const label = `${this.walk.title}, cycle ${state?.cycle ?? 0}`;
    const plot = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": this.palette.font, "font-size": SIZE, role: "img", "aria-label": label });
    if (!state) return plot;
    plot.append(this.links(state), ...state.nodes.map((node) => this.node(node, state)), ...this.outputs(), ...this.walk.fibers.map((_, leaf) => this.fiber(leaf, state)), ...this.idleLeaves());
    return plot;
  }

  private text(x: number, y: number, says: string, attributes: Record<string, string | number> = {}): SVGTextElement {
    return s("text", { x, y, fill: this.palette.ink, "text-anchor": "middle", ...attributes }, says);
  }

  // A coordinate and its value, centred on x.
  private chip(element: MergeElement, x: number, y: number, now = false): SVGGElement {
    const { chip } = this.at;
    const colour = this.colour(element.coordinate);
    const value = valueOf(element);
    const head = value === "" ? chip : Math.max(textWidth(String(element.coordinate), SIZE, this.palette.font) + 10, chip * 0.4);
    const start = x - chip / 2;
    return s(
      "g",
      { "data-coordinate": element.coordinate },
      s("rect", { x: start, y, width: chip, height: CHIP, rx: 3, fill: this.palette.ground }),
      s("path", { d: `M${start + head} ${y}H${start + 3}Q${start} ${y} ${start} ${y + 3}V${y + CHIP - 3}Q${start} ${y + CHIP} ${start + 3} ${y + CHIP}H${start + head}Z`, fill: colour }),
      s("rect", { x: start, y, width: chip, height: CHIP, rx: 3, fill: "none", stroke: now ? this.palette.ink : colour, "stroke-width": now ? 2 : 1.2 }),
      this.text(start + head / 2, y + 13, String(element.coordinate), { fill: onColour(colour) }),
      value === "" ? null : this.text(start + head + (chip - head) / 2, y + 13, value),
    );
  }

  private endMark(x: number, y: number): SVGGElement {
    return s(
      "g",
      {},
      s("rect", { x: x - 16, y, width: 32, height: CHIP, rx: 3, fill: this.palette.ground, stroke: this.palette.soft, "stroke-dasharray": "3 2" }),
      this.text(x, y + 13, "end", { fill: this.palette.soft, "font-size": SMALL }),
    );
  }

  private links(state: MergeStep): SVGGElement {
    const group = s("g", { fill: "none", "stroke-width": 1.4 });
    for (const node of state.nodes) {
      const to = this.at.node(node.level, node.index);
      for (const side of [0, 1]) {
        const child = 2 * node.index + side;
        const below = node.level === 1 ? null : state.nodes.find((one) => one.level === node.level - 1 && one.index === child);
        const used = node.level === 1 ? child < this.walk.fibers.length : below?.mode !== "OFF";
        const from = node.level === 1 ? this.at.leaf(child) : this.at.node(node.level - 1, child);
        const x = to.x + (side === 0 ? -NODE.width / 4 : NODE.width / 4);
        group.append(
          s("path", {
            d: `M${from.x} ${from.y}V${to.y + NODE.height + 12}H${x}V${to.y + NODE.height}`,
            stroke: used ? this.palette.soft : this.palette.line,
            ...(used ? {} : { "stroke-dasharray": "3 3" }),
          }),
        );
      }
    }
    const root = this.at.node(this.walk.levels, 0);
    group.append(s("path", { d: `M${root.x} ${root.y}V${root.y - 6}`, stroke: this.palette.soft }));
    return group;
  }

  private modeColour(mode: string): string {
    const { colours, soft, line } = this.palette;
    return { CMP: colours.teal, SPLIT: colours.rose, ADD: colours.indigo, ADD3: colours.indigo, PASS: soft }[mode] ?? line;
  }

  private node(node: MergeNode, state: MergeStep): SVGGElement {
    const { x, y } = this.at.node(node.level, node.index);
    const off = node.mode === "OFF";
    const colour = this.modeColour(node.mode);
    const width = Math.min(NODE.width, this.at.pitch * 2 - 8);
    const active = node.did !== "" && node.did !== "wait";
    const title = `node ${node.index} of level ${node.level}: ${node.mode}${DID[node.did] ? `, ${DID[node.did]}` : ""}`;
    const group = s(
      "g",
      { "data-node": `${node.level}.${node.index}` },
      this.frame.paper ? null : s("title", {}, title),
      s("rect", { x: x - width / 2, y, width, height: NODE.height, rx: 7, fill: this.palette.ground, stroke: colour, "stroke-width": active ? 2.4 : 1.3, ...(off ? { "stroke-dasharray": "3 3" } : {}) }),
      this.text(x, y + (off ? 22 : 15), node.mode, { "font-weight": 600, fill: off ? this.palette.soft : this.palette.ink }),
      off ? null : this.text(x, y + 29, fitted(DID[node.did] ?? "done", width - 4, 9.5, this.palette.font), { "font-size": 9.5, fill: this.palette.soft }),
    );
    const over = y - CHIP - 6;
    const out = state.emitted.filter((element) => element.level === node.level && element.index === node.index);
    const beside = node.held && out.length > 0;
    for (const element of out) {
      const at = beside ? x - this.at.chip / 2 - 4 : x;
      const side = beside ? -1 : 1;
      const to = this.text(at + side * (this.at.chip / 2 + 6), over + 13, "to C", { "text-anchor": beside ? "end" : "start", "font-size": SMALL, fill: this.palette.soft });
      group.append(this.chip(element, at, over, true), to);
    }
    if (!node.held) return group;
    const at = beside ? x + this.at.chip / 2 + 4 : x;
    group.append(node.element ? this.chip(node.element, at, over) : this.endMark(at, over));
    return group;
  }

  private outputs(): SVGGElement[] {
    return [...this.at.lines].map(([row, y]) => {
      const group = s("g", { "data-output": row }, this.text(0, y + 13, `${this.walk.outermost} ${row} of C`, { "text-anchor": "start", "font-weight": 600 }));
      outputOf(this.walk, row, this.step).forEach(({ element, now }, i) => {
        const x = 96 + (i % this.at.perLine) * (this.at.chip + 5) + this.at.chip / 2;
        group.append(this.chip(element, x, y + Math.floor(i / this.at.perLine) * SLOT, now));
      });
      return group;
    });
  }

  // What its leaf has still to read, the head on top.
  private fiber(leaf: number, state: MergeStep): SVGGElement {
    const { x, y } = this.at.leaf(leaf);
    const fiber = this.walk.fibers[leaf];
    const group = s("g", { "data-leaf": leaf });
    if (!fiber) return group;
    const read = state.read[leaf] ?? 0;
    const several = rowsOf(this.walk).length > 1;
    group.append(
      s("rect", { x: x - 30, y, width: 60, height: 20, rx: 4, fill: this.palette.line }),
      this.text(x, y + 14, `k ${fiber.k}`),
      several ? this.text(x, y + 32, `${this.walk.outermost} ${fiber.row}`, { "font-size": SMALL, fill: this.palette.soft }) : s("g"),
    );
    const top = y + (several ? 38 : 28);
    const waiting = fiber.elements.slice(read, read + SHOWN);
    waiting.forEach((element, i) => group.append(this.chip(element, x, top + i * SLOT)));
    const more = fiber.length - read - waiting.length;
    const below = top + waiting.length * SLOT;
    if (more > 0) group.append(this.text(x, below + 12, `${more} more`, { "font-size": SMALL, fill: this.palette.soft }));
    if (more === 0 && waiting.length < SHOWN) group.append(this.text(x, below + 12, waiting.length === 0 ? "all read" : "end", { "font-size": SMALL, fill: this.palette.soft }));
    return group;
  }

  private idleLeaves(): SVGGElement[] {
    return Array.from({ length: this.walk.leaves - this.walk.fibers.length }, (_, i) => {
      const { x, y } = this.at.leaf(this.walk.fibers.length + i);
      return s(
        "g",
        {},
        s("rect", { x: x - 30, y, width: 60, height: 20, rx: 4, fill: "none", stroke: this.palette.line, "stroke-dasharray": "3 3" }),
        this.text(x, y + 14, "off", { fill: this.palette.soft }),
      );
    });
  }
}

export const mrn: View = {
  id: "mrn",
  title: "The network that merges, step by step",
  wide: true,
  make(study) {
    const walks = study.report.mergings;
    const first = walks[0];
    if (!first) return null;
    const walkOf = (chosen: Record<string, string>) => walks[Number(chosen["walk"] ?? 0)] ?? first;
    const cut = walks.filter((walk) => !walk.finished).map((walk) => `${walk.title}: its first ${plural(walk.steps.length, "cycle")}.`);
    return {
      caption:
        "Each leaf reads a fiber, a column of coordinate and value. A node compares the heads of its two sides, sends the smaller coordinate up, " +
        "and adds the two where they are equal; it waits for a side that has nothing yet. The arrow keys step, too.",
      notes: [...new Set(walks.map((walk) => `${walk.title}: ${walk.note}`)), ...cut],
      choices: [{ id: "walk", label: "Example", options: walks.map((walk, i) => ({ value: String(i), label: walk.title })) }],
      steps: {
        count: (chosen) => walkOf(chosen).steps.length,
        name: (chosen, step) => `Cycle ${walkOf(chosen).steps[step]?.cycle ?? step + 1} of ${walkOf(chosen).steps.length}`,
      },
      draw(frame, chosen): Drawing {
        const walk = walkOf(chosen);
        const step = Math.min(Number(chosen["step"] ?? 0), walk.steps.length - 1);
        const { colours, soft } = frame.palette;
        const used = (mode: string) => walk.steps.some((one) => one.nodes.some((node) => node.mode === mode));
        return {
          plot: new Picture(walk, step, frame).plot(),
          legend: [
            { label: "CMP: compares two sides", colour: colours.teal, symbol: "ring" },
            ...(used("PASS") ? [{ label: "PASS: one side in use", colour: soft, symbol: "ring" as const }] : []),
            ...(used("SPLIT") ? [{ label: `SPLIT: two ${walk.outermost}s part`, colour: colours.rose, symbol: "ring" as const }] : []),
          ],
        };
      },
    };
  },
};

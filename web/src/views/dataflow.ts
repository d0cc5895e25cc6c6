import { DATAFLOW_NAMES, dataflowColour, dataflowTitle, dataflowsOf, runnerUp } from "../dataflow";
import type { Drawing, Frame } from "../draw/drawing";
import { LABEL_SIZE } from "../draw/rows";
import { fitted, textWidth } from "../draw/text";
import { tile } from "../draw/tile";
import { s } from "../dom";
import { short, whole } from "../format";
import type { Study } from "../model";
import type { View } from "../view";

const ROW = 24;
const HEAD = 22;
const ALL = "*";

// A dataflow that is a hair slower shall not read as equal.
const ratio = (factor: number) => `${short(factor, factor < 1.1 ? 4 : 3)}×`;

interface Cell {
  says: string;
  title: string;
  colour: string;
  faint: boolean;
}

interface Grid {
  columns: string[];
  rows: { name: string; cells: (Cell | null)[]; remark: string }[];
}

// One design: a column per dataflow, its cycles over those of the chosen one.
function byDataflow(study: Study, design: string, frame: Frame): Grid {
  const choices = study.operations.map((operation) => dataflowsOf(study.cell(operation, design)));
  const tried = DATAFLOW_NAMES.filter((name) => choices.some((choice) => choice?.cycles.has(name)));
  const rows = study.operations.map((name, i) => {
    const choice = choices[i];
    if (!choice) return { name, cells: tried.map(() => null), remark: "" };
    const own = choice.cycles.get(choice.chosen) ?? 0;
    const next = runnerUp(choice);
    const cells = tried.map((dataflow): Cell | null => {
      const cycles = choice.cycles.get(dataflow);
      if (cycles === undefined) return null;
      const best = dataflow === choice.chosen;
      return {
        says: best ? dataflowTitle(dataflow) : own > 0 ? ratio(cycles / own) : "–",
        title: `${name}\n${dataflowTitle(dataflow)}: ${whole(cycles)} cycles`,
        colour: dataflowColour(frame.palette, dataflow),
        faint: !best,
      };
    });
    return { name, cells, remark: next ? `${ratio(next.factor)} over ${dataflowTitle(next.name)}` : "" };
  });
  return { columns: tried.map(dataflowTitle), rows };
}

// All designs: the dataflow each took, and its time over the fastest design's.
function byDesign(study: Study, frame: Frame): Grid {
  const rows = study.operations.map((name) => {
    const times = study.designs.map((design) => study.cell(name, design)?.seconds ?? 0);
    const fastest = Math.min(...times.filter((time) => time > 0));
    const cells = study.designs.map((design, d): Cell | null => {
      const result = study.cell(name, design);
      const choice = dataflowsOf(result);
      if (!result || !choice) return null;
      const factor = (times[d] ?? 0) / fastest;
      const slower = Number.isFinite(factor) && factor > 1.0005;
      return {
        says: `${dataflowTitle(choice.chosen)}${slower ? `  ${ratio(factor)}` : ""}`,
        title: `${name}\n${design}: ${result.explanation}`,
        colour: dataflowColour(frame.palette, choice.chosen),
        faint: slower,
      };
    });
    return { name, cells, remark: "" };
  });
  return { columns: study.designs, rows };
}

function draw(grid: Grid, frame: Frame, remarks: string): Drawing {
  const { palette } = frame;
  const { font } = palette;
  const widest = (texts: string[]) => Math.max(...texts.map((text) => textWidth(text, LABEL_SIZE, font)), 0);
  const left = Math.ceil(Math.min(widest(grid.rows.map((row) => row.name)), frame.width * 0.3)) + 10;
  const right = frame.width >= 560 && remarks ? Math.ceil(widest([remarks, ...grid.rows.map((row) => row.remark)])) + 12 : 0;
  const pitch = Math.min(150, Math.max(34, (frame.width - left - right) / grid.columns.length));
  const width = Math.max(frame.width, Math.ceil(left + right + pitch * grid.columns.length));
  const height = HEAD + grid.rows.length * ROW + 4;
  const label = (x: number, y: number, says: string, attributes: Record<string, string>) =>
    s("text", { x, y, "font-size": LABEL_SIZE, fill: palette.ink, ...attributes }, says);
  const plot = s("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": font, role: "img", "aria-label": "Dataflow of each operation" });
  grid.columns.forEach((name, c) =>
    plot.append(label(left + (c + 0.5) * pitch, 14, fitted(name, pitch - 4, LABEL_SIZE, font), { "text-anchor": "middle", fill: palette.soft })),
  );
  if (right > 0) plot.append(label(left + grid.columns.length * pitch + 10, 14, remarks, { fill: palette.soft }));
  grid.rows.forEach((row, r) => {
    const y = HEAD + r * ROW;
    plot.append(label(left - 8, y + ROW / 2 + 4, fitted(row.name, left - 10, LABEL_SIZE, font), { "text-anchor": "end" }));
    row.cells.forEach((cell, c) => {
      const box = { x: left + c * pitch + 1.5, y: y + 1.5, width: pitch - 3, height: ROW - 3 };
      if (!cell) return;
      const title = frame.paper ? "" : cell.title;
      if (!cell.faint) return plot.append(tile(box, cell.colour, cell.says, palette, LABEL_SIZE, title));
      const rect = s("rect", { ...box, rx: 3, fill: cell.colour, "fill-opacity": 0.16 });
      const says = label(box.x + box.width / 2, y + ROW / 2 + 4, fitted(cell.says, box.width - 4, LABEL_SIZE, font), { "text-anchor": "middle" });
      plot.append(s("g", {}, title ? s("title", {}, title) : null, rect, says));
    });
    if (right > 0) plot.append(label(left + grid.columns.length * pitch + 10, y + ROW / 2 + 4, row.remark, {}));
  });
  return { plot, legend: [] };
}

// How often each dataflow was the choice of a design.
function counted(study: Study, design: string): string {
  const wins = new Map<string, number>();
  for (const operation of study.operations) {
    const chosen = dataflowsOf(study.cell(operation, design))?.chosen;
    if (chosen) wins.set(chosen, (wins.get(chosen) ?? 0) + 1);
  }
  return [...wins].sort((a, b) => b[1] - a[1]).map(([name, times]) => `${dataflowTitle(name)} ${times}`).join(", ");
}

export const dataflow: View = {
  id: "dataflow",
  title: "Which dataflow wins",
  wide: true,
  make(study) {
    const tries = (design: string) => Math.max(...study.operations.map((operation) => dataflowsOf(study.cell(operation, design))?.cycles.size ?? 0));
    const choosing = study.designs.filter((design) => tries(design) > 1);
    const fixed = study.designs.some((design) => tries(design) === 1);
    if (choosing.length === 0) return null;
    const several = choosing.length > 1 || fixed;
    const options = [...choosing.map((value) => ({ value, label: value })), ...(several ? [{ value: ALL, label: "All designs" }] : [])];
    const wins = choosing.map((design) => `${design} chose ${counted(study, design)}`).join("; ");
    return {
      caption:
        `Cycles of each dataflow over those of the chosen one, which stands in full colour. ${wins}.` +
        (several ? " Of all designs: the dataflow each took, and its time over the fastest design’s." : ""),
      choices: [{ id: "design", label: "Design", options }],
      draw(frame, chosen) {
        const design = chosen["design"] ?? ALL;
        return design === ALL ? draw(byDesign(study, frame), frame, "") : draw(byDataflow(study, design, frame), frame, "runner-up");
      },
    };
  },
};

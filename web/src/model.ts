import type { Report, Result } from "./data";
import { percent } from "./format";

export interface Entry {
  design: string;
  operation: string;
  result: Result;
}

// Results laid out as designs × operations, each under a label that is unique on the page.
export interface Study {
  report: Report;
  designs: string[];
  operations: string[];
  entries: Entry[];
  cell(operation: string, design: string): Result | undefined;
}

function unique<T>(values: T[]): T[] {
  return [...new Set(values)];
}

// A design is named by its accelerator; where one accelerator stands here in several
// configurations, by what tells them apart.
function designLabels(results: Result[]): string[] {
  const variant = (result: Result) => JSON.stringify([result.timing, result.config]);
  const variants = new Map<string, string[]>();
  for (const result of results) {
    variants.set(result.accelerator, unique([...(variants.get(result.accelerator) ?? []), variant(result)]));
  }
  return results.map((result) => {
    const siblings = variants.get(result.accelerator) ?? [];
    if (siblings.length < 2) return result.accelerator;
    const timings = unique(results.filter((r) => r.accelerator === result.accelerator).map((r) => r.timing));
    if (timings.length === siblings.length) return `${result.accelerator} · ${result.timing}`;
    return `${result.accelerator} #${siblings.indexOf(variant(result)) + 1}`;
  });
}

function density(nnz: number | null, elements: number): string {
  return nnz === null || elements === 0 ? "?" : percent(nnz / elements);
}

// An operation is named by its name; where one name stands for several operands, by the densities too.
function operationLabels(results: Result[]): string[] {
  const exact = (r: Result) => JSON.stringify([r.operation.m, r.operation.n, r.operation.k, r.operation.nnz_a, r.operation.nnz_b]);
  const variants = new Map<string, Set<string>>();
  for (const result of results) {
    const known = variants.get(result.operation.name) ?? new Set();
    variants.set(result.operation.name, known.add(exact(result)));
  }
  return results.map((result) => {
    const { name, m, n, k, nnz_a, nnz_b } = result.operation;
    if ((variants.get(name)?.size ?? 1) < 2) return name;
    return `${name} · A ${density(nnz_a, m * k)}, B ${density(nnz_b, k * n)}`;
  });
}

export function study(report: Report): Study {
  const designs = designLabels(report.results);
  const operations = operationLabels(report.results);
  const cells = new Map<string, Result>();
  const entries: Entry[] = [];
  report.results.forEach((result, i) => {
    const design = designs[i] ?? "";
    const base = operations[i] ?? "";
    let operation = base;
    for (let copy = 2; cells.has(`${operation}\n${design}`); ++copy) operation = `${base} (${copy})`;
    cells.set(`${operation}\n${design}`, result);
    entries.push({ design, operation, result });
  });
  return {
    report,
    designs: unique(entries.map((entry) => entry.design)),
    operations: unique(entries.map((entry) => entry.operation)),
    entries,
    cell: (operation, design) => cells.get(`${operation}\n${design}`),
  };
}

// How many times faster `result` is than `baseline`, in wall-clock time of the machine.
export function speedup(baseline: Result | undefined, result: Result | undefined): number | null {
  if (!baseline || !result || !(baseline.seconds > 0) || !(result.seconds > 0)) return null;
  return baseline.seconds / result.seconds;
}

export function geometricMean(values: number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export function sum(tally: Record<string, number>): number {
  return Object.values(tally).reduce((total, value) => total + value, 0);
}

export function meanSpeedup(study: Study, design: string): number | null {
  const first = study.designs[0] ?? "";
  const ratios = study.operations.map((op) => speedup(study.cell(op, first), study.cell(op, design)));
  return geometricMean(ratios.filter((value): value is number => value !== null));
}

import type { Result } from "./data";
import type { Colour, Palette } from "./palette";

// Flexagon's six dataflows in the order of its Table 3: the method's hue, the N-stationary one lighter or
// darker of the two.
const DATAFLOWS: { name: string; title: string; colour: Colour }[] = [
  { name: "ip-m", title: "IP(M)", colour: "indigo" },
  { name: "op-m", title: "OP(M)", colour: "teal" },
  { name: "gust-m", title: "Gust(M)", colour: "sand" },
  { name: "ip-n", title: "IP(N)", colour: "cyan" },
  { name: "op-n", title: "OP(N)", colour: "green" },
  { name: "gust-n", title: "Gust(N)", colour: "olive" },
];

const known = (name: string) => DATAFLOWS.find((one) => one.name === name || one.title === name);

export const DATAFLOW_NAMES = DATAFLOWS.map((one) => one.name);

export function dataflowTitle(name: string): string {
  return known(name)?.title ?? name;
}

export function dataflowColour(palette: Palette, name: string): string {
  const found = known(name);
  return found ? palette.colours[found.colour] : palette.soft;
}

// The cycles of each dataflow that was tried, by its name, and the one whose result this is. Null where
// the machine has no dataflow to choose.
export interface Chosen {
  chosen: string;
  cycles: Map<string, number>;
}

export function dataflowsOf(result: Result | undefined): Chosen | null {
  if (!result) return null;
  const tried = DATAFLOW_NAMES.filter((name) => `cycles.${name}` in result.counters);
  if (tried.length === 0) return null;
  const cycles = new Map(tried.map((name) => [name, result.counters[`cycles.${name}`] ?? 0]));
  const said = known(result.explanation.split(":")[0] ?? "")?.name;
  const fastest = tried.reduce((best, name) => ((cycles.get(name) ?? 0) < (cycles.get(best) ?? 0) ? name : best));
  return { chosen: said !== undefined && cycles.has(said) ? said : fastest, cycles };
}

// The next best after the chosen one, and how many times longer it takes.
export function runnerUp({ chosen, cycles }: Chosen): { name: string; factor: number } | null {
  const own = cycles.get(chosen) ?? 0;
  const others = [...cycles].filter(([name]) => name !== chosen).sort((a, b) => a[1] - b[1]);
  const next = others[0];
  return next && own > 0 ? { name: next[0], factor: next[1] / own } : null;
}

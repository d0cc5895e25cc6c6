const NARROW_SPACE = "\u202f";

// Three significant digits, without a trailing ".0" and never in exponent form for |x| in [0.001, 10^6).
export function short(value: number, digits = 3): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2).replace(/\.?0*e\+?/, "e");
  return String(Number(value.toPrecision(size >= 10 ** digits ? Math.ceil(Math.log10(size + 1)) : digits)));
}

function scaled(value: number, units: [number, string][]): string {
  if (value === 0) return `0${NARROW_SPACE}${units[units.length - 1]?.[1] ?? ""}`.trim();
  const size = Math.abs(value);
  for (const [factor, unit] of units) {
    if (size >= factor * 0.9995) return `${short(value / factor)}${unit ? NARROW_SPACE + unit : ""}`;
  }
  const [factor, unit] = units[units.length - 1] ?? [1, ""];
  return `${short(value / factor)}${unit ? NARROW_SPACE + unit : ""}`;
}

export function count(value: number): string {
  return scaled(value, [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]]);
}

export function whole(value: number): string {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, NARROW_SPACE);
}

export function bytes(value: number): string {
  return scaled(value, [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]]);
}

export function seconds(value: number): string {
  return scaled(value, [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]]);
}

export function energy(picojoules: number): string {
  return scaled(picojoules, [[1e12, "J"], [1e9, "mJ"], [1e6, "µJ"], [1e3, "nJ"], [1, "pJ"]]);
}

export function rate(perSecond: number, unit: string): string {
  return scaled(perSecond, [[1e15, `P${unit}`], [1e12, `T${unit}`], [1e9, `G${unit}`], [1e6, `M${unit}`], [1e3, `k${unit}`], [1, unit]]);
}

export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && Math.abs(value) < 10 ? short(value, 2) : Math.round(value)}${NARROW_SPACE}%`;
}

export function ratio(value: number): string {
  return `${short(value)}×`;
}

const ABBREVIATIONS: Record<string, string> = {
  dram: "DRAM",
  psram: "PSRAM",
  str_cache: "STR cache",
  sta_fifo: "STA FIFO",
  write_fifo: "write FIFO",
  dn: "distribution network",
  rn: "reduction network",
};

// "stall_memory" -> "memory stall", "pass2" stays; names of counters read as words.
export function words(name: string): string {
  return ABBREVIATIONS[name] ?? name.replace(/^stall_(\w+)$/, "$1 stall").replaceAll("_", " ").replaceAll(".", " · ");
}

export function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

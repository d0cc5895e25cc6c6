// Colours after Paul Tol's "muted" scheme (SRON technical note 3.2), distinguishable under the common
// colour-vision deficiencies; the dark theme lifts the ones that would sink into its ground. Names
// of one meaning keep one colour on the whole page: memory stalls are rose in every picture.

export interface Palette {
  name: "light" | "dark" | "paper";
  ink: string;
  soft: string;
  line: string;
  ground: string;
  font: string;
  colours: Record<Colour, string>;
}

export type Colour = "indigo" | "cyan" | "teal" | "green" | "olive" | "sand" | "rose" | "wine" | "purple" | "grey" | "blue";

const SCREEN_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const ON_WHITE: Record<Colour, string> = {
  indigo: "#332288",
  blue: "#4477aa",
  cyan: "#88ccee",
  teal: "#44aa99",
  green: "#117733",
  olive: "#999933",
  sand: "#ddcc77",
  rose: "#cc6677",
  wine: "#882255",
  purple: "#aa4499",
  grey: "#d0d3d8",
};

export const LIGHT: Palette = {
  name: "light",
  ink: "#1b1f27",
  soft: "#626a78",
  line: "#dfe2e8",
  ground: "#ffffff",
  font: SCREEN_FONT,
  colours: ON_WHITE,
};

export const DARK: Palette = {
  name: "dark",
  ink: "#e6e8ed",
  soft: "#9aa2b1",
  line: "#333945",
  ground: "#191c23",
  font: SCREEN_FONT,
  colours: {
    indigo: "#7f7bdc",
    blue: "#6a9fd4",
    cyan: "#8fd0ee",
    teal: "#3fb3a1",
    green: "#3d9a5b",
    olive: "#a9a845",
    sand: "#e0cf80",
    rose: "#d9707f",
    wine: "#b04a80",
    purple: "#bd62ae",
    grey: "#4a505d",
  },
};

export const PAPER: Palette = { ...LIGHT, name: "paper", ink: "#000000", soft: "#444444", line: "#dddddd", font: "Helvetica, Arial, sans-serif" };

const MEANINGS: Record<string, Colour> = {
  load: "cyan",
  stream: "indigo",
  "stream.hot": "wine",
  "stream.cold": "cyan",
  stall_distribution: "sand",
  stall_memory: "rose",
  stall_imbalance: "purple",
  reduce: "teal",
  merge: "green",
  write: "olive",
  control: "grey",
  useful: "indigo",
  zero_operand: "cyan",
  imbalance: "purple",
  operand_stall: "sand",
  reduce_stall: "teal",
  memory_stall: "rose",
  fill_drain: "olive",
  idle: "grey",
  SORE: "rose",
  FF: "indigo",
  EW: "grey",
  BP: "teal",
  WU: "sand",
  WUVE: "purple",
  a: "indigo",
  b: "teal",
  c: "sand",
  psum: "rose",
  metadata: "grey",
};

const IN_TURN: Colour[] = ["blue", "rose", "teal", "sand", "indigo", "cyan", "olive", "purple", "green", "wine"];
const FOR_PARTS: Colour[] = ["indigo", "cyan", "teal", "sand", "rose", "olive", "purple", "green", "wine", "blue", "grey"];

function cycled(palette: Palette, colours: Colour[], index: number): string {
  return palette.colours[colours[index % colours.length] ?? "blue"];
}

export function ofDesign(palette: Palette, index: number): string {
  return cycled(palette, IN_TURN, index);
}

// `merge.pass2` takes the colour of `merge`; a name without a meaning takes the next in turn.
export function ofName(palette: Palette, name: string, index: number): string {
  const meaning = MEANINGS[name] ?? MEANINGS[name.split(".")[0] ?? ""];
  return meaning ? palette.colours[meaning] : ofPart(palette, index);
}

export function ofPart(palette: Palette, index: number): string {
  return cycled(palette, FOR_PARTS, index);
}

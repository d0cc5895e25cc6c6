import type { Drawing, Frame } from "./draw/drawing";
import type { Study } from "./model";

// A row of buttons above a picture. The first option is chosen unless `start` says otherwise.
export interface Choice {
  id: string;
  label: string;
  options: { value: string; label: string }[];
  start?: string;
}

export type Chosen = Record<string, string>;

// A picture in steps, one at a time: the number of steps, and each one's name. The step drawn is
// chosen.step, from "0" on.
export interface Steps {
  count(chosen: Chosen): number;
  name(chosen: Chosen, step: number): string;
}

export interface Figure {
  caption: string;
  notes?: string[];
  choices?: Choice[];
  steps?: Steps;
  draw(frame: Frame, chosen: Chosen): Drawing;
}

// One picture of the page. `make` answers null where the data holds nothing for it. One that stands alone is
// drawn on a page without results too.
export interface View {
  id: string;
  title: string;
  wide?: boolean;
  alone?: boolean;
  make(study: Study): Figure | null;
}

import type { View } from "../view";
import { energy } from "./energy";
import { fan } from "./fan";
import { peCycles } from "./pe_cycles";
import { phases } from "./phases";
import { roofline } from "./roofline";
import { speedup } from "./speedup";
import { traffic } from "./traffic";
import { utilisation } from "./utilisation";

// Every picture of the page, in order. A machine that has something of its own to show adds a file
// and a line here.
export const VIEWS: View[] = [speedup, phases, peCycles, utilisation, traffic, energy, roofline, fan];

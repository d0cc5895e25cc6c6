import type { View } from "../view";
import { area } from "./area";
import { bitColumns } from "./bit_columns";
import { bitGroups } from "./bit_groups";
import { dataflow } from "./dataflow";
import { diagonals } from "./diagonals";
import { energy } from "./energy";
import { fan } from "./fan";
import { layers } from "./layers";
import { misses } from "./misses";
import { mrn } from "./mrn";
import { networkMap } from "./network_map";
import { peCycles } from "./pe_cycles";
import { phases } from "./phases";
import { roofline } from "./roofline";
import { stages, wholeStep } from "./stages";
import { speedup } from "./speedup";
import { tileMap } from "./tile_map";
import { traffic } from "./traffic";
import { utilisation } from "./utilisation";

// Every picture of the page, in order. A machine that has something of its own to show adds a file
// and a line here.
export const VIEWS: View[] = [
  speedup, layers, bitColumns, dataflow, networkMap, wholeStep, stages, phases, peCycles, utilisation, traffic, misses, energy, area, roofline, fan, mrn, bitGroups, diagonals, tileMap,
];

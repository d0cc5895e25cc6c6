import type { Json, JsonObject, Tally } from "./data";

// What a reader takes from JSON of any shape: the value where it is of the kind wanted, else a fallback.

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined, fallback = ""): string {
  return typeof value === "string" ? value : fallback;
}

export function numberOrNull(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function number(value: Json | undefined, fallback = 0): number {
  return numberOrNull(value) ?? fallback;
}

export function tally(value: Json | undefined): Tally {
  const entries: Tally = {};
  for (const [key, amount] of Object.entries(object(value))) entries[key] = number(amount);
  return entries;
}

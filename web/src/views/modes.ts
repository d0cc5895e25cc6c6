import type { StackMode } from "../draw/stack";
import type { Study } from "../model";
import type { Choice, Chosen } from "../view";

// The three ways to read a stack. Operations differ by orders of magnitude, so a comparison over
// several starts relative to its first design.
export function modeChoice(study: Study, absolute: string, start?: StackMode): Choice {
  const comparing = study.designs.length > 1;
  const options = [
    { value: "absolute", label: absolute },
    ...(comparing ? [{ value: "relative", label: `Relative to ${study.designs[0] ?? "the first"}` }] : []),
    { value: "share", label: "Share" },
  ];
  return {
    id: "mode",
    label: "Scale",
    options,
    start: start ?? (comparing && study.operations.length > 1 ? "relative" : "absolute"),
  };
}

export function chosenMode(chosen: Chosen): StackMode {
  const mode = chosen["mode"];
  return mode === "relative" || mode === "share" ? mode : "absolute";
}

// Known names first, in their own order, then the others as they come.
export function ordered(known: string[], found: string[]): string[] {
  const family = (name: string) => {
    const at = known.indexOf(name.split(".")[0] ?? name);
    return at < 0 ? known.length : at;
  };
  return found
    .map((name, i) => ({ name, i }))
    .sort((a, b) => family(a.name) - family(b.name) || a.i - b.i)
    .map(({ name }) => name);
}

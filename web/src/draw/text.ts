const context = document.createElement("canvas").getContext("2d");

export function textWidth(text: string, size: number, font: string, weight = 400): number {
  if (!context) return text.length * size * 0.6;
  context.font = `${weight} ${size}px ${font}`;
  return context.measureText(text).width;
}

// The text itself, or its two ends around "…" where it is wider than `room`.
export function fitted(text: string, room: number, size: number, font: string, weight = 400): string {
  if (textWidth(text, size, font, weight) <= room) return text;
  for (let kept = text.length - 1; kept > 1; --kept) {
    const head = Math.ceil(kept * 0.6);
    const short = `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
    if (textWidth(short, size, font, weight) <= room) return short;
  }
  return "…";
}

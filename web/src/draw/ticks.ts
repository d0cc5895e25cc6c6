// Round values for an axis of bytes: 1, 2 or 5 times a power of ten of a binary unit, about `count` of them.
export function byteTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [0];
  const unit = 1024 ** Math.max(0, Math.floor(Math.log(rough) / Math.log(1024)));
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough / unit)));
  const step = unit * power * ([1, 2, 5, 10].find((factor) => factor * power * unit >= rough) ?? 10);
  const ticks: number[] = [];
  for (let value = Math.ceil(low / step); value <= Math.floor(high / step); ++value) ticks.push(value * step);
  return ticks;
}

// The powers of ten of a logarithmic axis; also their doubles and fives where the axis is short.
export function logTicks(low: number, high: number, count: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades < count / 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / count));
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); ++exponent) {
    if (exponent % every !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** exponent;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

// The scale by which gradients are coloured, as in viz/scale.py.

// A logarithmic scale from 10**low to 10**high that holds these sizes.
/** @type {(sizes: number[]) => Scale} */
function findScale(sizes) {
  const exponents = sizes.filter((size) => size > 0 && size < Infinity).map(Math.log10);
  const most = exponents.reduce((a, b) => Math.max(a, b), -Infinity);
  const least = exponents.reduce((a, b) => Math.min(a, b), Infinity);
  const high = Math.min(Math.max(exponents.length ? Math.ceil(most - 1e-9) : 0, -321), 308);
  return { low: Math.max(Math.min(exponents.length ? Math.floor(least + 1e-9) : 0, high - 2), -323), high };
}

// While numbers change, the scale only grows, so that colours do not jump.
/** @type {(a: Scale, b: Scale) => Scale} */
function widen(a, b) {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** @type {(scale: Scale, size: number) => number} */
function placeOn(scale, size) {
  if (!(size > 0)) return Number.isNaN(size) ? 1 : 0;
  return Math.min(Math.max((Math.log10(size) - scale.low) / (scale.high - scale.low), 0), 1);
}

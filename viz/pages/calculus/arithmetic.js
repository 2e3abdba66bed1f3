// The functions that formulas of the op table may call. Python writes the table itself (viz/pages/javascript.py).

const { abs, exp, log, log1p, expm1, log2, log10, sqrt, sin, cos, tan } = Math;
const { asin, acos, atan, atan2, sinh, cosh, tanh } = Math;

// As in C and IEEE 754, 1**nan and (-1)**inf are 1; JavaScript returns nan for both.
/** @type {(base: number, exponent: number) => number} */
function power(base, exponent) {
  if (base === 1) return 1;
  if (base === -1 && abs(exponent) === Infinity) return 1;
  return base ** exponent;
}

// As in Python, the result has the sign of the divisor, even if it is 0.
/** @type {(a: number, b: number) => number} */
function remainder(a, b) {
  const rest = a % b;
  if (rest === 0) return b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

// nan wins from either side
/** @type {(a: number, b: number) => number} */
function maximum(a, b) {
  return a > b || Number.isNaN(a) ? a : b;
}

/** @type {(a: number, b: number) => number} */
function minimum(a, b) {
  return a < b || Number.isNaN(a) ? a : b;
}

// From left to right, like a chain of +.
/** @type {(count: number, element: (index: number) => number) => number} */
function sum(count, element) {
  let total = 0;
  for (let i = 0; i < count; i++) total += element(i);
  return total;
}

// The shift that keeps exp() in range: the largest element, at most the largest float; nan where any is nan.
/** @type {(count: number, element: (index: number) => number) => number} */
function largest(count, element) {
  let most = element(0);
  for (let i = 1; i < count; i++) most = maximum(most, element(i));
  return maximum(minimum(most, Number.MAX_VALUE), -Number.MAX_VALUE);
}

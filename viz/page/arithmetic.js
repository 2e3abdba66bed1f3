// What the formulas of the op table may call. The table itself is written by Python (viz/page/javascript.py).

const { abs, exp, log, log1p, expm1, sqrt, sin, cos, tan, tanh } = Math;

// As in C and IEEE 754: 1**nan is 1, and so is (-1)**inf; JavaScript makes both nan.
function power(base, exponent) {
  if (base === 1) return 1;
  if (base === -1 && abs(exponent) === Infinity) return 1;
  return Math.pow(base, exponent);
}

// nan wins from either side
function maximum(a, b) {
  return a > b || a !== a ? a : b;
}

function minimum(a, b) {
  return a < b || a !== a ? a : b;
}

// From left to right, like a chain of +.
function sum(count, element) {
  let total = 0;
  for (let i = 0; i < count; i++) total += element(i);
  return total;
}

// The shift that keeps exp() in range: the largest element, or 0 where that is not finite.
function largest(count, element) {
  let most = element(0);
  for (let i = 1; i < count; i++) most = maximum(most, element(i));
  return Number.isFinite(most) ? most : 0;
}

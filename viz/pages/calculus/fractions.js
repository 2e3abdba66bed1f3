// Exact arithmetic with fractions, as Python's fractions.Fraction has it.

// A number as it is written, such as 1.5e-3; RangeError for inf and nan.
/** @type {(text: string) => Fraction} */
function readExactly(text) {
  const [, sign, whole, behind = "", exponent = "0"] = /^(-?)(\d+)\.?(\d*)(?:e([-+]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`${text} is not a number with an end`);
  const places = Number(exponent) - behind.length;
  const top = BigInt(`${sign}${whole}${behind}`);
  return places < 0 ? { top, bottom: 10n ** BigInt(-places) } : { top: top * 10n ** BigInt(places), bottom: 1n };
}

// The denominators of what is read are powers of ten, so that the smaller divides the larger.
/** @type {(a: Fraction, b: Fraction) => Fraction} */
function addExactly(a, b) {
  if (a.bottom % b.bottom === 0n) return { top: a.top + b.top * (a.bottom / b.bottom), bottom: a.bottom };
  if (b.bottom % a.bottom === 0n) return addExactly(b, a);
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

/** @type {(a: Fraction) => Fraction} */
function negate({ top, bottom }) {
  return { top: -top, bottom };
}

/** @type {(a: Fraction, b: Fraction) => Fraction} */
function divideExactly(a, b) {
  if (b.top === 0n) throw new RangeError("a division by 0");
  const sign = b.top < 0n ? -1n : 1n;
  return { top: sign * a.top * b.bottom, bottom: sign * a.bottom * b.top };
}

/** @type {(a: Fraction) => bigint} */
function floor({ top, bottom }) {
  return top / bottom - (top % bottom < 0n ? 1n : 0n);
}

// Below 0 where a is the smaller one, above 0 where it is the larger one.
/** @type {(a: Fraction, b: Fraction) => number} */
function order(a, b) {
  const gap = a.top * b.bottom - b.top * a.bottom;
  return gap < 0n ? -1 : gap > 0n ? 1 : 0;
}

/** @type {(a: Fraction) => number} */
function asNumber({ top, bottom }) {
  const digits = top.toString().length - bottom.toString().length;
  const shift = 20 - digits; // so that the quotient has 20 digits
  const quotient = shift > 0 ? (top * 10n ** BigInt(shift)) / bottom : top / (bottom * 10n ** BigInt(-shift));
  return Number(`${quotient}e${-shift}`);
}

/** @type {(base: Fraction, exponent: bigint) => Fraction} */
function multiplyOut({ top, bottom }, exponent) {
  if (exponent < 0n) return divideExactly({ top: 1n, bottom: 1n }, multiplyOut({ top, bottom }, -exponent));
  return { top: top ** exponent, bottom: bottom ** exponent };
}

/** @type {(a: Fraction) => Fraction} */
function reduce({ top, bottom }) {
  let [a, b] = [top < 0n ? -top : top, bottom];
  while (b) [a, b] = [b, a % b];
  return { top: top / a, bottom: bottom / a };
}

// Numbers as short text, and text as numbers: as viz/numbers.py and engine/teaching/mistakes.py have them.

// JSON has no infinity and no nan: they come as text.
/** @type {(number: Float) => number} */
function asFloat(number) {
  return typeof number === "number" ? number : Number(number.replace("inf", "Infinity"));
}

// Four significant digits; fewer where the number needs no more, so that 0.5 is exact and 0.5000 rounded.
/** @type {(x: number) => string} */
function formatNumber(x) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (Number.isInteger(x) && abs(x) < 1e6) return (Object.is(x, -0) ? "-" : "") + x.toFixed(1);
  const [digits, exponent] = roundToFour(abs(x));
  const sign = x < 0 ? "-" : "";
  const long = sign + place(digits, exponent);
  return Number(long) === x ? sign + place(digits.replace(/0+$/, ""), exponent) : long;
}

// The first four digits and the decimal exponent of the first. Exact ties go to the even digit, as in Python.
/** @type {(x: number) => [digits: string, exponent: number]} */
function roundToFour(x) {
  const [mantissa, exponent] = x.toExponential(3).split("e");
  let digits = mantissa.replace(".", "");
  const exact = x.toExponential(50).replace(".", "");
  if (/^\d{4}50*e/.test(exact) && Number(digits) % 2) digits = exact.slice(0, 4);
  return [digits, Number(exponent)];
}

/** @type {(digits: string, exponent: number) => string} */
function place(digits, exponent) {
  if (exponent < -4 || exponent >= 4) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return digits.length > exponent + 1 ? `${whole}.${digits.slice(exponent + 1)}` : whole;
}

// A number of things.
/** @type {(number: number | bigint) => string} */
function count(number) {
  return number.toLocaleString("en");
}

// All digits, as Python's repr has them.
/** @type {(x: number) => string} */
function exactNumber(x) {
  if (!Number.isFinite(x)) return formatNumber(x);
  const text = Object.is(x, -0) ? "-0" : String(x);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

// What a person typed, with a decimal point or comma, or null.
/** @type {(text: string) => number | null} */
function readNumber(text) {
  const plain = text.trim().replaceAll(",", ".").replaceAll("−", "-").toLowerCase();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain)) return Number(plain);
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(plain);
  if (!special) return null;
  return special[2] === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
}

// Whether a typed answer means `number`: it equals it, rounded to the digits typed, two of them at least.
/** @type {(answer: string, number: number) => boolean} */
function accepts(answer, number) {
  const typed = readNumber(answer);
  if (typed === null) return false;
  if (!Number.isFinite(typed) || !Number.isFinite(number)) return Object.is(typed, number);
  if (isClose(typed, number, 1e-9, 1e-12)) return true;
  const digits = answer
    .trim()
    .toLowerCase()
    .replace(/e.*/, "")
    .replace(/^[-+0.,−]+/, "")
    .replace(/[.,]/, "").length;
  if (digits < 2 || number === 0) return false;
  const unit = 10 ** (Number(number.toExponential(Math.min(digits - 1, 99)).split("e")[1]) - digits + 1);
  return abs(typed - number) <= 0.5 * unit * (1 + 1e-9);
}

/** @type {(a: number, b: number, relative: number, absolute?: number) => boolean} */
function isClose(a, b, relative, absolute = 0) {
  return a === b || abs(a - b) <= Math.max(relative * Math.max(abs(a), abs(b)), absolute);
}

// By more than rounding.
/** @type {(a: number, b: number) => boolean} */
function differs(a, b) {
  return !isClose(a, b, 1e-9, 1e-12) && !(Number.isNaN(a) && Number.isNaN(b));
}

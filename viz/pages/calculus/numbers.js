// Formats numbers and the signs between them, and reads answers, like viz/numbers.py and engine/teaching/answers.py.
// Every printed equation holds: the sign is ≈ where digits were dropped, and more digits are shown where terms cancel.

// JSON has neither infinity nor nan, so they are text.
/** @type {(number: Float) => number} */
function asFloat(number) {
  return typeof number === "number" ? number : Number(number.replace("inf", "Infinity"));
}

// Four significant digits; fewer where the number needs no more, so that 0.5 is exact and 0.5000 rounded.
/** @type {(x: number) => string} */
function formatNumber(x) {
  return formatDigits(x, DIGITS);
}

// This many significant digits. The sign of a zero is shown only with more than four.
/** @type {(x: number, digits: number) => string} */
function formatDigits(x, digits) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return digits > DIGITS && Object.is(x, -0) ? "-0.0" : "0.0";
  if (Number.isInteger(x) && abs(x) < 1e6) return x.toFixed(1);
  const [rounded, exponent] = roundDigits(abs(x), digits);
  const sign = x < 0 ? "-" : "";
  const long = sign + place(rounded, exponent, digits);
  return Number(long) === x ? sign + place(rounded.replace(/0+$/, ""), exponent, digits) : long;
}

// The first digits and the decimal exponent of the first. Exact ties go to the even digit, as in Python.
/** @type {(x: number, count: number) => [digits: string, exponent: number]} */
function roundDigits(x, count) {
  const [mantissa, exponent] = x.toExponential(count - 1).split("e");
  let digits = mantissa.replace(".", "");
  const exact = x.toExponential(50).replace(".", "");
  if (/^50*e/.test(exact.slice(count)) && Number(digits.at(-1)) % 2) digits = exact.slice(0, count);
  return [digits, Number(exponent)];
}

/** @type {(digits: string, exponent: number, count: number) => string} */
function place(digits, exponent, count) {
  if (exponent < -4 || exponent >= count) {
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

// The word for so many things.
/** @type {(number: number, word: string, several?: string) => string} */
function plural(number, word, several = `${word}s`) {
  return number === 1 ? word : several;
}

// All digits, as Python's repr has them.
/** @type {(x: number) => string} */
function exactNumber(x) {
  if (!Number.isFinite(x)) return formatNumber(x);
  const text = Object.is(x, -0) ? "-0" : String(x);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

// The number as a person reads it.
/** @type {(x: number, digits?: number) => number} */
function asShown(x, digits = DIGITS) {
  return asFloat(/** @type {Float} */ (formatDigits(x, digits)));
}

// The fewest digits, four or more, from which a side comes near the number, or as near as rounding allows.
// work: the side worked out from so many digits of each number in it
/** @type {(work: (digits: number) => number, number: number) => number} */
function findDigits(work, number) {
  const gaps = [];
  for (let digits = DIGITS; digits <= MOST_DIGITS; digits++) {
    const worked = work(digits);
    if (isNear(worked, number)) return digits;
    gaps.push(abs(worked - number));
  }
  const allowed = 100 * Math.min(...gaps);
  const found = gaps.findIndex((gap) => gap <= allowed);
  return found < 0 ? DIGITS : DIGITS + found; // none of nan
}

// What a side is that comes to `worked`: exact if that is the number as shown, else rounded.
// worked: a fraction, which is exact, or a float, which is near, but no fraction
/** @type {(worked: number | Fraction, number: number, digits?: number) => string} */
function compare(worked, number, digits = DIGITS) {
  const isFraction = typeof worked === "object";
  if (!Number.isFinite(number) || !(isFraction || Number.isFinite(worked))) {
    return worked === number || (Number.isNaN(worked) && Number.isNaN(number)) ? EXACT : ROUNDED;
  }
  const text = formatNumber(number);
  const length = text.replace(/e.*|[^0-9]/g, "").replace(/^0+/, "").length;
  const isShort = (text.endsWith(".0") || length < DIGITS) && asShown(number) === number;
  if (!isFraction) {
    if (isShort || digits > SURE_DIGITS) return ROUNDED;
    const tie = 0.5 * 10 ** findLastPlace(number);
    return abs(worked - asShown(number)) <= tie - 1e-15 * abs(worked) ? EXACT : ROUNDED;
  }
  const shown = readExactly(text);
  if (isShort) return order(worked, shown) === 0 ? EXACT : ROUNDED;
  const gap = addExactly(worked, negate(shown));
  const tie = divideExactly(readExactly(`1e${findLastPlace(number)}`), readExactly("2"));
  return order(gap, tie) <= 0 && order(negate(gap), tie) <= 0 ? EXACT : ROUNDED;
}

// The power of ten of the last digit shown; the largest floats are rounded up to no float.
/** @type {(number: number) => number} */
function findLastPlace(number) {
  const shown = Number.isFinite(asShown(number)) ? asShown(number) : number;
  return Number(shown.toExponential(DIGITS - 1).split("e")[1]) - DIGITS + 1;
}

// Whether a number is within half a percent of the other, or within one in its third digit.
/** @type {(answer: number, number: number) => boolean} */
function isNear(answer, number) {
  if (!Number.isFinite(answer) || !Number.isFinite(number) || number === 0) {
    return answer === number || (Number.isNaN(answer) && Number.isNaN(number));
  }
  const third = 10 ** (Number(number.toExponential(2).split("e")[1]) - 2);
  return abs(answer - number) <= Math.max(NEAR * abs(number), third) * (1 + 1e-9);
}

// Whether a typed answer is the number but for rounding in the last digits of a float: not even rounded.
/** @type {(answer: string, number: number) => boolean} */
function isExact(answer, number) {
  const typed = readNumber(answer);
  if (typed === null) return false;
  const left = typed && number ? 0 : 1e-15; // by rounding, of 0
  return isClose(typed, number, 1e-9, left) || (Number.isNaN(typed) && Number.isNaN(number));
}

// Whether a typed answer means `number`: it is near, or the number rounded to the digits typed, two of them at least.
/** @type {(answer: string, number: number) => boolean} */
function accepts(answer, number) {
  const typed = readNumber(answer);
  if (typed === null) return false;
  if (isExact(answer, number) || isNear(typed, number)) return true;
  const plain = plainAnswer(answer);
  const digits = PLAIN_NUMBER.test(plain)
    ? plain
        .replace(/e.*/, "")
        .replace(/^[-+0.]+/, "")
        .replace(".", "").length
    : 0;
  if (digits < 2 || number === 0 || !Number.isFinite(typed) || !Number.isFinite(number)) return false;
  // of the first digit: 9.96 is 10, but 9.5 is not, and 1.0 is not 0.96
  const exponents = [typed, number].map((each) => Number(each.toExponential(17).split("e")[1]));
  return abs(typed - number) <= 0.5 * 10 ** (Math.min(...exponents) - digits + 1) * (1 + 1e-9);
}

// What to say of a typed answer. rough: what the person gets who works the number out from the digits shown.
/** @type {(answer: string, number: number, rough?: number) => "right" | "rounded" | "wrong"} */
function judge(answer, number, rough = NaN) {
  if (isExact(answer, number)) return "right";
  const typed = readNumber(answer);
  return accepts(answer, number) || (typed !== null && isNear(typed, rough)) ? "rounded" : "wrong";
}

const PLAIN_NUMBER = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$/;

// What a person typed, with a decimal point or comma, or as arithmetic (+ - * / ** and brackets); or null.
/** @type {(text: string) => number | null} */
function readNumber(text) {
  const plain = plainAnswer(text);
  if (PLAIN_NUMBER.test(plain)) return asFloat(/** @type {Float} */ (plain.replace("infinity", "inf")));
  if (plain.length > LONGEST_ANSWER || !/^[0-9.e+*/() -]+$/.test(plain)) return null;
  const tokens = plain.match(/(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|\*\*|[^\s]/g) ?? [];
  const number = readSum();
  return tokens.length ? null : number;

  // Each takes the tokens that belong to it, from the left; null where they make no sense.
  /** @type {() => number | null} */
  function readSum() {
    return readChain(["+", "-"], () => readChain(["*", "/"], readSigned));
  }

  /** @type {(operators: string[], readPart: () => number | null) => number | null} */
  function readChain(operators, readPart) {
    let total = readPart();
    while (total !== null && operators.includes(tokens[0] ?? "")) {
      const operator = tokens.shift();
      const part = readPart();
      if (part === null) return null;
      total =
        operator === "+"
          ? total + part
          : operator === "-"
            ? total - part
            : operator === "*"
              ? total * part
              : total / part;
    }
    return total;
  }

  /** @type {() => number | null} */
  function readSigned() {
    if (tokens[0] !== "-" && tokens[0] !== "+") return readPower();
    const sign = tokens.shift();
    const number = readSigned();
    return number === null ? null : sign === "-" ? -number : number;
  }

  /** @type {() => number | null} */
  function readPower() {
    const base = readOperand();
    if (base === null || tokens[0] !== "**") return base;
    tokens.shift();
    const exponent = readSigned();
    return exponent === null ? null : power(base, exponent);
  }

  /** @type {() => number | null} */
  function readOperand() {
    const token = tokens.shift() ?? "";
    if (/\d/.test(token)) return Number(token);
    if (token !== "(") return null;
    const inner = readSum();
    return tokens.shift() === ")" ? inner : null;
  }
}

// An answer with the signs that a computer types: point, minus, times, power.
/** @type {(answer: string) => string} */
function plainAnswer(answer) {
  const text = answer
    .trim()
    .toLowerCase()
    .replace(/(?<=\d),(?=\d)|^,(?=\d)|(?<=\d),$/g, ".");
  return text.replaceAll("−", "-").replace(/[·×]/g, "*").replaceAll("^", "**");
}

/** @type {(a: number, b: number, relative: number, absolute?: number) => boolean} */
function isClose(a, b, relative, absolute = 0) {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return abs(a - b) <= Math.max(relative * Math.max(abs(a), abs(b)), absolute);
}

// Whether two numbers differ by more than rounding.
/** @type {(a: number, b: number) => boolean} */
function differs(a, b) {
  return !isClose(a, b, 1e-9, 1e-12) && !(Number.isNaN(a) && Number.isNaN(b));
}

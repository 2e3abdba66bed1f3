// Works sides of equations out: with floats, and exactly from the digits that are shown, like viz/words/exact.py.

// Thrown where a side is no fraction.
class NotExact extends Error {}

/** @type {Record<string, (...numbers: number[]) => number>} */
const ELEMENTARY = { exp, log, log1p, expm1, log2, log10, sqrt, sin, cos, tan };
Object.assign(ELEMENTARY, { asin, acos, atan, atan2, sinh, cosh, tanh });
/** @type {typeof ELEMENTARY} */
const FUNCTIONS = { ...ELEMENTARY, abs, maximum, minimum };

// How many digits to show of the numbers in a side that comes to `number`, and the sign between the two.
/** @type {(tree: Tree, numbers: Letters<number>, number: number) => [digits: number, sign: string]} */
function balance(tree, numbers, number) {
  const digits = findDigits((count) => evaluateShown(tree, numbers, count), number);
  return [digits, findSignOf(tree, numbers, number, digits)];
}

// The sign between a side and the number it comes to.
/** @type {(tree: Tree, numbers: Letters<number>, number: number, digits?: number) => string} */
function findSignOf(tree, numbers, number, digits = DIGITS) {
  let isFraction = true;
  try {
    const worked = evaluateExactly(
      tree,
      mapLetters(numbers, (each) => (Number.isFinite(each) ? readExactly(formatDigits(each, digits)) : null)),
    );
    if (worked && Number.isFinite(number)) return compare(worked, number);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof NotExact)) throw error;
    isFraction = error instanceof RangeError; // what makes an infinity
  }
  const worked = evaluateShown(tree, numbers, digits);
  if (isFraction || !Number.isFinite(worked)) {
    return compare(Number.isFinite(worked) ? readExactly(String(worked)) : worked, number, digits);
  }
  const beside = mapLetters(numbers, (each) => asBeside(each, digits));
  const gap = worked - evaluate(tree, beside);
  return [worked - gap, worked + gap].every((each) => compare(each, number, digits) === EXACT) ? EXACT : ROUNDED;
}

// The float beside the one that is shown, unless that is a whole number just as printed.
/** @type {(x: number, digits: number) => number} */
function asBeside(x, digits) {
  const near = asShown(x, digits);
  if (!Number.isFinite(near)) return near;
  const whole = Number.isInteger(near) ? { top: BigInt(near), bottom: 1n } : null;
  const isWhole = whole && order(whole, readExactly(formatDigits(x, digits))) === 0;
  return isWhole ? near : near * (1 - Number.EPSILON);
}

/** @type {<From, To>(meaning: Letters<From>, function_: (each: From) => To) => Letters<To>} */
function mapLetters(meaning, function_) {
  const pairs = Object.entries(meaning).map(([letter, value]) => [
    letter,
    Array.isArray(value) ? value.map(function_) : function_(value),
  ]);
  return Object.fromEntries(pairs);
}

// How many elements a sequence has.
/** @type {<Any>(meanings: Letters<Any>) => number} */
function countElements(meanings) {
  return Math.max(0, ...Object.values(meanings).map((meaning) => (Array.isArray(meaning) ? meaning.length : 0)));
}

// What a formula comes to from this many digits of each number.
/** @type {(tree: Tree, floats: Letters<number>, digits: number) => number} */
function evaluateShown(tree, floats, digits) {
  const shown = mapLetters(floats, (number) => asShown(number, digits));
  return evaluate(tree, shown);
}

// What a formula comes to, with a number for each letter, or an array of them for a sequence.
/** @type {(tree: Tree, floats: Letters<number>, place?: number) => number} */
function evaluate(tree, floats, place = 0) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") {
    const meaning = floats[tree];
    return Array.isArray(meaning) ? meaning[place] : meaning;
  }
  const [head, ...parts] = tree;
  if (head === "sum" || head === "largest") {
    return (head === "sum" ? sum : largest)(countElements(floats), (index) => evaluate(parts[0], floats, index));
  }
  if (head === "where") return evaluate(parts[evaluate(parts[0], floats, place) ? 1 : 2], floats, place);
  const numbers = parts.map((part) => evaluate(part, floats, place));
  const [left, right] = numbers;
  switch (head) {
    case "+":
      return left + right;
    case "-":
      return numbers.length === 1 ? -left : left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return remainder(left, right);
    case "**":
      return power(left, right);
    case "<":
      return Number(left < right);
    case ">":
      return Number(left > right);
    case "<=":
      return Number(left <= right);
    case ">=":
      return Number(left >= right);
    case "==":
      return Number(left === right);
    default:
      return (FUNCTIONS[head] ?? operations[head].forward)(...numbers);
  }
}

// Whether a comparison, or each of a product of them, holds of fractions; null beside an infinity.
/** @type {(condition: Branch, meanings: Letters<Fraction | null>, place: number) => boolean | null} */
function holdsExactly([comparison, ...sides], meanings, place) {
  if (comparison === "*") {
    const both = sides.map((side) => holdsExactly(/** @type {Branch} */ (side), meanings, place));
    return both.includes(null) ? null : !both.includes(false);
  }
  const [a, b] = sides.map((side) => evaluateExactly(side, meanings, place));
  return a && b ? Boolean(evaluate([comparison, order(a, b), 0], {})) : null;
}

// The same as a fraction; NotExact where it is none, RangeError for a division by 0. An infinity among the numbers is
// null, and so is all that is computed from it.
/** @type {(tree: Tree, meanings: Letters<Fraction | null>, place?: number) => Fraction | null} */
function evaluateExactly(tree, meanings, place = 0) {
  if (typeof tree === "number") return readExactly(String(tree));
  if (typeof tree === "string") {
    const meaning = meanings[tree];
    return Array.isArray(meaning) ? meaning[place] : meaning;
  }
  const [head, ...parts] = tree;
  if (head === "sum" || head === "largest") {
    const all = Array.from({ length: countElements(meanings) }, (_, index) =>
      evaluateExactly(parts[0], meanings, index),
    );
    const elements = all.filter((each) => each !== null);
    if (elements.length < all.length) return null;
    if (head === "largest") return elements.reduce((a, b) => (order(a, b) > 0 ? a : b));
    return elements.reduce(addExactly, readExactly("0"));
  }
  if (head === "where") {
    const [condition, then, otherwise] = /** @type {[Branch, Tree, Tree]} */ (parts);
    const holds = holdsExactly(condition, meanings, place);
    return holds === null ? null : evaluateExactly(holds ? then : otherwise, meanings, place);
  }
  const [a, b] = parts.map((part) => evaluateExactly(part, meanings, place));
  if (a === null || b === null) return null;
  switch (head) {
    case "+":
      return addExactly(a, b);
    case "-":
      return b === undefined ? negate(a) : addExactly(a, negate(b));
    case "*":
      return { top: a.top * b.top, bottom: a.bottom * b.bottom };
    case "/":
      return divideExactly(a, b);
    case "%":
      return addExactly(a, negate({ top: b.top * floor(divideExactly(a, b)), bottom: b.bottom }));
    case "**":
      return raiseExactly(a, b);
    case "abs":
      return { top: a.top < 0n ? -a.top : a.top, bottom: a.bottom };
    case "maximum":
      return order(a, b) > 0 ? a : b;
    case "minimum":
      return order(a, b) < 0 ? a : b;
  }
  if (head in ELEMENTARY) return applyExactly(head, a, b);
  const row = operations[head];
  if (row.term) throw new NotExact();
  return evaluateExactly(row.formulas[0], { a, b });
}

/** @type {(base: Fraction, exponent: Fraction) => Fraction} */
function raiseExactly(base, exponent) {
  const root = reduce(exponent);
  if (base.top === base.bottom || (base.top === 0n && root.top > 0n)) return base;
  if (root.bottom > MOST_EXPONENT || abs(Number(root.top)) > MOST_EXPONENT) throw new NotExact();
  if (root.bottom === 1n) return multiplyOut(base, root.top);
  const found = readResult(power(asNumber(base), asNumber(exponent)), base.top === 0n);
  if (order(multiplyOut(found, root.bottom), multiplyOut(base, root.top)) !== 0) throw new NotExact();
  return found;
}

// The float as a fraction; NotExact for what is too large for one, RangeError at a pole and for nan.
/** @type {(worked: number, isPole: boolean) => Fraction} */
function readResult(worked, isPole) {
  if (abs(worked) === Number.POSITIVE_INFINITY && !isPole) throw new NotExact();
  return readExactly(exactNumber(worked));
}

// An elementary function at the few fractions at which its value is one too.
/** @type {(name: string, x: Fraction, other?: Fraction) => Fraction} */
function applyExactly(name, x, other) {
  const worked = ELEMENTARY[name](asNumber(x), ...(other ? [asNumber(other)] : []));
  const y = readResult(worked, name.startsWith("log") && worked < 0);
  const one = { top: 1n, bottom: 1n };
  const base = { log2: 2n, log10: 10n }[name];
  const isExact =
    name === "sqrt"
      ? order(multiplyOut(y, 2n), x) === 0
      : base
        ? y.top % y.bottom === 0n && order(multiplyOut({ top: base, bottom: 1n }, y.top / y.bottom), x) === 0
        : name === "log" || name === "acos"
          ? order(x, one) === 0
          : x.top === 0n && (!other || other.top > 0n);
  if (!isExact) throw new NotExact();
  return y;
}

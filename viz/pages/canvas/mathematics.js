// Typesets formulas: italic names, a real minus, a dot for times, raised powers, fractions for slopes.

const NAME = /[\p{L}_][\p{L}\p{N}_]*(?:\[\d+\]|\.[\p{L}_][\p{L}\p{N}_]*|#\d+)*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]\d+)?/y;
const WHOLE = /\*\*(?:(\d+)(?:\.0)?|\((-\d+)(?:\.0)?\)|(-\d+)(?:\.0)?)(?![\d.])/y;
const MARK = { open: "\uE000", behind: "\uE001", close: "\uE002", quote: "\uE003", apart: "\uE004" }; // around a part of a formula, with its node
/** @type {Record<string, string>} */
const COMPARISONS = { "<=": "≤", ">=": "≥", "==": "=" };
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LONG_NUMBER = 12;
/** @type {Map<string, string[]>} */
const strangeNames = new Map(); // names of the graph that hold signs, by their first letter, the longest first

/** @type {(names: string[]) => void} */
function learnNames(names) {
  /** @type {(name: string) => boolean} */
  const isPlain = (name) => {
    NAME.lastIndex = 0;
    return NAME.exec(name)?.[0] === name || /^-?[\d.]+$/.test(name);
  };
  for (const name of names.filter((each) => each && !isPlain(each)).sort((a, b) => b.length - a.length)) {
    strangeNames.set(name[0], [...(strangeNames.get(name[0]) ?? []), name]);
  }
}

// A part of a formula as the text that `mathematics` turns into an element with the class "part" and its number.
/** @type {(number: number, text: string) => string} */
function mark(number, text) {
  return `${MARK.open}${number}${MARK.behind}${text}${MARK.close}`;
}

// A formula as one types it, set.
/** @type {(text: string, classes?: string) => Element} */
function mathematics(text, classes = "") {
  const whole = make("bdi", { class: `formula ${classes}`.trim() });
  setFormula(whole, text);
  return whole;
}

/** @type {(into: Element, text: string) => void} */
function setFormula(into, text) {
  let at = 0;
  let target = into;
  /** @type {(pattern: RegExp) => RegExpExecArray | null} */
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  while (at < text.length) {
    const strange = strangeNames.get(text[at])?.find((name) => text.startsWith(name, at));
    const raised = match(WHOLE);
    const name = match(NAME);
    const number = match(NUMBER);
    const letter = text[at];
    const comparison = COMPARISONS[text.slice(at, at + 2)];
    if (strange !== undefined) {
      target.append(setName(strange));
      at += strange.length;
    } else if (letter === MARK.open) {
      const end = text.indexOf(MARK.behind, at);
      const part = make("span", { class: "part", "data-part": text.slice(at + 1, end) });
      target.append(part);
      target = part;
      at = end + 1;
    } else if (letter === MARK.close) {
      if (target !== into) target = target.parentElement ?? into;
      at++;
    } else if (comparison) {
      target.append(comparison);
      at += 2;
    } else if (raised) {
      target.append(raise(raised[1] ?? raised[2] ?? raised[3]));
      at += raised[0].length;
    } else if (text.startsWith("**", at)) {
      const end = endOfAtom(text, at + 2);
      const power = make("sup", {}, make("span", { class: "unseen" }, "^"));
      setFormula(power, text.slice(at + 2, end).replace(/^\((.*)\)$/, "$1"));
      target.append(power);
      at = end;
    } else if (name) {
      at += name[0].length;
      target.append(text[at] === "(" ? name[0] : setName(name[0]));
    } else if (number) {
      const classes = number[0].length > LONG_NUMBER ? "" : "number"; // that stays on one line
      target.append(make("span", { class: classes }, number[0].replace("e-", "e−")));
      at += number[0].length;
    } else {
      target.append(letter === "*" ? "·" : letter === "-" ? "−" : letter);
      const isCall = letter === "(" && /[\p{L}\p{N}_\]]/u.test(text[at - 1] ?? "");
      if (letter === "*" || letter === "/" || isCall) target.append(make("wbr"));
      at++;
    }
  }
}

/** @type {(name: string) => Element} */
function setName(name) {
  return make("bdi", { class: "name" }, ...breakable(name.split(/(?<=[._])/)));
}

/** @type {(digits: string) => string} */
function raise(digits) {
  return digits.replace("-", "⁻").replace(/\d/g, (digit) => RAISED[Number(digit)]);
}

// Where a name, a number or something in parentheses ends that begins here.
/** @type {(text: string, start: number) => number} */
function endOfAtom(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (letter === "(" || letter === MARK.open) depth++;
    else if (letter === ")" || letter === MARK.close) {
      if (--depth < 0) return at;
      if (!depth) return at + 1;
    } else if (!depth && at > start && /[\s*/+,-]/.test(letter)) return at;
  }
  return text.length;
}

/** @type {(text: string) => string} */
function minus(text) {
  return text.replaceAll("-", "−");
}

// A formula in a sentence, for prose to set.
/** @type {(text: string) => string} */
function quote(text) {
  return `${MARK.quote}${text}${MARK.quote}`;
}

// A sentence with formulas in it.
/** @type {(text: string) => Element[]} */
function prose(text) {
  return text.split(MARK.quote).map((part, i) => (i % 2 ? mathematics(part) : make("span", {}, part)));
}

/** @type {(text: string) => string} */
function plain(text) {
  return text.replaceAll(MARK.quote, "");
}

// ∂y/∂x as a fraction.
/** @type {(above: string, below: string) => Element} */
function slope(above, below) {
  return make(
    "span",
    { class: "fraction" },
    make("span", {}, "∂", setName(above)),
    make("span", { class: "unseen" }, "/"),
    make("span", {}, "∂", setName(below)),
  );
}

// Names without the scope that they share, which is said beside them; a name that would then mean another stays.
/** @type {(graph: Graph, text: string, scope: string) => string} */
function dropScope(graph, text, scope) {
  if (!scope) return text;
  const known = new RegExp(
    `(?<![\\p{L}\\p{N}_.\\]])${scope.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\.([\\p{L}_][\\p{L}\\p{N}_[\\]]*)`,
    "gu",
  );
  return text.replace(known, (whole, last) => (graph.names.includes(last) ? whole : last));
}

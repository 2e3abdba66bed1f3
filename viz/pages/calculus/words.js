// Writes formulas with the names of operands and with their numbers, like viz/words/words.py and engine/formulas.py.

/** @type {Record<string, string[]>} */
const OPPOSITE = { "<": [">", "=="], ">": ["<", "=="], "<=": [">"], ">=": ["<"] };

// A formula tree as text; `texts` holds a text for each letter, or an array of them for a sequence.
/** @type {(tree: Tree, texts: Letters<string>) => string} */
function write(tree, texts) {
  return writeBound(tree, texts).text;
}

// The same, with how strongly it is bound; what a letter stands for may say so of itself.
/** @type {(tree: Tree, texts: Letters<string | Written>) => Written} */
function writeBound(tree, texts) {
  return build(tree, 0);

  /** @type {(node: Tree, index: number, inner?: boolean) => Written} */
  function build(node, index, inner = false) {
    if (typeof node === "number") return { text: String(node), binding: 9 };
    if (typeof node === "string") {
      if (!(node in texts)) return { text: node, binding: 9 };
      const chosen = Array.isArray(texts[node]) ? texts[node][index] : texts[node];
      if (typeof chosen !== "string") return chosen;
      return { text: inner && !isAtom(chosen) ? `(${chosen})` : chosen, binding: 9 };
    }
    const [head, ...parts] = node;
    if (head === "sum") return join("+", each(parts[0]));
    if (/\w/.test(head)) {
      const inside = head === "largest" ? each(parts[0]) : parts.map((part) => build(part, index));
      return { text: `${head}(${inside.map((part) => part.text).join(", ")})`, binding: 9 };
    }
    if (/[<>=]/.test(head)) {
      const [left, right] = parts.map((part) => build(part, index).text);
      return { text: `${left} ${head} ${right}`, binding: 0 };
    }
    const built = parts.map((part) => build(part, index, true));
    if (built.length === 1) return { text: `-${wrap(built[0], 3)}`, binding: 3 };
    return join(head, built);
  }

  // the elements of a sequence; of many the first two and the last
  /** @type {(element: Tree) => Written[]} */
  function each(element) {
    const count = Math.max(...Object.values(texts).map((text) => (Array.isArray(text) ? text.length : 0)));
    const all = [...Array(count).keys()];
    if (count <= MOST_WRITTEN) return all.map((index) => build(element, index, true));
    return [
      build(element, 0, true),
      build(element, 1, true),
      { text: "…", binding: 9 },
      build(element, count - 1, true),
    ];
  }
}

/** @type {Record<string, number>} */
const BINDING = { "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "**": 4 };
/** @type {Record<string, string>} */
const SPACED = { "+": " + ", "-": " - ", "*": "*", "/": " / ", "%": " % ", "**": "**" };

/** @type {(operator: string, parts: Written[]) => Written} */
function join(operator, parts) {
  if (parts.length === 1) return parts[0];
  const binding = BINDING[operator];
  const texts = parts.map((part, place) =>
    wrap(part, operator === "**" ? (place ? 3 : 5) : place ? binding + 1 : binding),
  );
  return { text: texts.join(SPACED[operator]), binding };
}

/** @type {(part: Written, least: number) => string} */
function wrap(part, least) {
  return part.binding < least ? `(${part.text})` : part.text;
}

// Whether a text can stand beside an operator without parentheses: a name, a plain number, a call.
/** @type {(text: string) => boolean} */
function isAtom(text) {
  return /^(?:[^\s+*/()-]+|[\d.]+e[+-]\d+|[\p{L}\p{N}_]+\([^()]*\))$/u.test(text);
}

// A text as a factor of a product: in parentheses where it needs them.
/** @type {(text: string) => string} */
function factor(text) {
  let bare = text;
  let before = "";
  while (bare !== before) {
    before = bare;
    bare = bare.replace(/\([^()]*\)/g, "");
  }
  return / |(?<!\de)[-+]/.test(bare) ? `(${text})` : text;
}

// The formula of a node (index null), or of its local derivative: as viz/words/words.py has it.
/** @type {(graph: Graph, pass: Pass, node: number, index?: number | null) => Words} */
function describe(graph, pass, node, index = null) {
  const row = operations[graph.ops[node]];
  const operands = graph.operands[node];
  const place = index === null ? 0 : letterOf(row, index, operands.length)[0] + 1;
  const tree = row.formulas[place];
  const symbols = letters(row, operands, index, node, (operand) => graph.names[operand]);
  const floats = letters(row, operands, index, node, (operand) => pass.values[operand]);
  const closed = index !== null && pass.closed[node][index];
  const notes = closed && !graph.isConstant(operands[index]) ? [CLOSED] : [];
  let term = "";
  if (row.term && row.termFormula && mentions(tree, "t")) {
    const letter = operands.some((operand) => graph.names[operand] === "t") ? "t'" : "t";
    term = `with ${letter} = ${write(row.termFormula, symbols)} = `;
    symbols.t = letter;
    floats.t = row.term(...[...row.letters].map((each) => floats[each]));
  }
  /** @type {string[]} */
  const branches = [];
  const taken = takeBranches(tree, floats, symbols, branches);
  const given = index === null ? pass.values[node] : closed ? 0 : pass.locals[node][index];
  const expected = evaluate(taken, floats);
  const unknown =
    Number.isNaN(expected) || Number.isNaN(given) || (index !== null && graph.isConstant(operands[index]));
  const outdated = !unknown && !isClose(expected, given, 1e-9, 1e-300);
  const digits = outdated ? DIGITS : findDigits((count) => evaluateShown(taken, floats, count), given);
  const numbers = mapLetters(floats, (number) => formatDigits(number, digits));
  if (term) notes.push(`${term}${numbers.t}`);
  if (outdated) notes.push("from before the numbers of its operands were changed");
  else for (const [condition, said] of row.remarks[place]) if (evaluate(condition, floats)) notes.push(said);
  return {
    symbols: write(taken, symbols),
    numbers: write(taken, numbers),
    taken,
    floats,
    rough: evaluateShown(taken, floats, DIGITS),
    digits,
    outdated,
    notes: [...branches, ...notes],
  };
}

// Whether a local derivative is how fast the result changes with the operand: not where there is a remark on it.
/** @type {(graph: Graph, pass: Pass, node: number, index: number) => boolean} */
function isSlope(graph, pass, node, index) {
  const row = operations[graph.ops[node]];
  const operands = graph.operands[node];
  const remarks = row.remarks[letterOf(row, index, operands.length)[0] + 1];
  const floats = letters(row, operands, index, node, (operand) => pass.values[operand]);
  return !remarks.some(([condition]) => evaluate(condition, floats));
}

// Operations that change at most in proportion to their operands: their kinks do not matter where the gradient is 0.
const STEADY = ["relu", "leaky_relu", "abs", "maximum", "minimum", "clip", "detach"];

// The first node on the ways from another where a local derivative is no slope, nor need the gradient be one; or -1.
/** @type {(graph: Graph, run: Run, start: number) => number} */
function findBreak(graph, run, start) {
  const moved = new Set([start]);
  return graph.operands.findIndex((operands, node) => {
    const uses = operands.flatMap((operand, index) => (moved.has(operand) ? [index] : []));
    const isBroken = !uses.every((index) => isSlope(graph, run, node, index));
    if (isBroken || !uses.every((index) => run.closed[node][index])) moved.add(node);
    return isBroken && (run.gradients[node] !== 0 || !STEADY.includes(graph.ops[node]));
  });
}

// What the numbers of a formula are beside what they should come to.
/** @type {(words: Words, number: number) => string} */
function compareWords({ outdated, taken, floats, digits }, number) {
  return outdated ? OUTDATED : findSignOf(taken, floats, number, digits);
}

// The gradient that a person gets who works it out from the digits shown: upstream gradients and values.
/** @type {(graph: Graph, run: Run, node: number) => number} */
function workOut(graph, run, node) {
  let total = 0;
  for (const number of run.ledger[node]) {
    const step = run.steps[number];
    if (step.kind !== "backward" || step.closed) continue;
    total += asShown(step.upstream) * describe(graph, run, step.node, step.index).rough;
  }
  return total;
}

// What a sum is beside its total, and its terms with the digits that it takes: ["1.0", "(-6.0)"], "=".
/** @type {(terms: number[], total: number) => [terms: string[], sign: string]} */
function describeSum(terms, total) {
  const [digits, sign] = balance(["sum", "a"], { a: terms }, total);
  const [first, ...others] = terms.map((term) => formatDigits(term, digits));
  return [[first, ...others.map(factor)], sign];
}

// What each letter stands for: the text of an operand, or an array of texts.
/** @type {<Text>(row: Row, operands: number[], index: number | null, node: number, text: (operand: number) => Text) => Letters<Text>} */
function letters(row, operands, index, node, text) {
  const bound = bind(row, operands, index);
  const meanings = bound.map((operand) => (Array.isArray(operand) ? operand.map(text) : text(operand)));
  return { ...Object.fromEntries(meanings.map((meaning, place) => [row.letters[place], meaning])), y: text(node) };
}

/** @type {(tree: Tree, letter: string) => boolean} */
function mentions(tree, letter) {
  return tree === letter || (Array.isArray(tree) && tree.slice(1).some((part) => mentions(part, letter)));
}

// Puts the branch that the numbers choose in place of each where(), and notes why; not where each element chooses.
/** @type {(tree: Tree, floats: Letters<number>, symbols: Letters<string>, notes: string[]) => Tree} */
function takeBranches(tree, floats, symbols, notes) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...parts] = tree;
  if (head === "sum" || head === "largest") return tree;
  if (head !== "where") return [head, ...parts.map((part) => takeBranches(part, floats, symbols, notes))];
  const [condition, then, otherwise] = /** @type {[Branch, Tree, Tree]} */ (parts);
  const [comparison, left, right] = condition;
  /** @type {(word: string, chosen: Tree) => void} */
  const note = (word, chosen) => {
    if (Array.isArray(chosen) && chosen[0] === "*") {
      // each of the two holds
      for (const each of chosen.slice(1)) note(word, each);
      return;
    }
    const text = `${word} ${write(chosen, symbols)}`;
    if (!notes.includes(text)) notes.push(text);
  };
  const holds = evaluate(condition, floats);
  if (holds) {
    note("as", condition);
  } else if (comparison in OPPOSITE) {
    // an == guards, no more
    /** @type {Branch[]} */
    const opposites = OPPOSITE[comparison].map((other) => [other, left, right]);
    const opposite = opposites.find((other) => evaluate(other, floats));
    if (opposite) note("as", opposite);
    else note("as not", condition); // nan compares with nothing
  }
  return takeBranches(holds ? then : otherwise, floats, symbols, notes);
}

// Which operand a use is, where another one of the node is the same, as in a*a: "operand 1 of 2"; else nothing.
// moving: or is one of these
/** @type {(graph: Graph, node: number, index: number, moving?: Set<number>) => string} */
function nameUse(graph, node, index, moving = new Set([graph.operands[node][index]])) {
  const operands = graph.operands[node];
  return operands.some((operand, place) => place !== index && moving.has(operand))
    ? `operand ${index + 1} of ${operands.length}`
    : "";
}

// What a node was computed from, as one would type it: x*w, tanh(v4).
/** @type {(graph: Graph, node: number) => string} */
function definition(graph, node) {
  const row = operations[graph.ops[node]];
  const operands = graph.operands[node];
  if (!/^\w+$/.test(row.name) || PLAIN.includes(row.name)) {
    const texts = letters(row, operands, null, node, (operand) => graph.names[operand]);
    return write(row.formulas[0], texts);
  }
  const names = operands.map((operand) => graph.names[operand]);
  if (names.length > MOST_WRITTEN) names.splice(3, names.length - 4, "…");
  return `${row.name}(${names.join(", ")})`;
}

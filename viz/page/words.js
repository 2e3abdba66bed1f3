// Formulas in words: with the operands' names, and with their numbers; as viz/words.py and engine/formulas.py write them.

const MOST_WRITTEN = 6; // operands that a formula writes out
const PLAIN = ["neg", "sum", "dot", "affine"]; // named operations that people write as a formula
const OPPOSITE = { "<": [">", "=="], ">": ["<", "=="], "<=": [">"], ">=": ["<"] };

// A formula tree as text; `texts` holds a text for each letter, or an array of them for a sequence.
function write(tree, texts) {
  return build(tree, 0).text;

  function build(node, index, inner = false) {
    if (typeof node === "number") return { text: String(node), binding: 9 };
    if (typeof node === "string") {
      if (!(node in texts)) return { text: node, binding: 9 };
      const chosen = Array.isArray(texts[node]) ? texts[node][index] : texts[node];
      return { text: inner && !isAtom(chosen) ? `(${chosen})` : chosen, binding: 9 };
    }
    const [head, ...parts] = node;
    if (head === "sum") return join("+", each(parts[0]));
    if (head === "largest")
      return {
        text: `largest(${each(parts[0])
          .map((part) => part.text)
          .join(", ")})`,
        binding: 9,
      };
    if (/\w/.test(head))
      return { text: `${head}(${parts.map((part) => build(part, index).text).join(", ")})`, binding: 9 };
    if (/[<>=]/.test(head)) {
      const [left, right] = parts.map((part) => build(part, index).text);
      return { text: `${left} ${head} ${right}`, binding: 0 };
    }
    const built = parts.map((part) => build(part, index, true));
    if (built.length === 1) return { text: `-${wrap(built[0], 3)}`, binding: 3 };
    return join(head, built);
  }

  // the elements of a sequence; of many the first two and the last
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

const BINDING = { "+": 1, "-": 1, "*": 2, "/": 2, "**": 4 };
const SPACED = { "+": " + ", "-": " - ", "*": "*", "/": " / ", "**": "**" };

function join(operator, parts) {
  const binding = BINDING[operator];
  const texts = parts.map((part, place) =>
    wrap(part, operator === "**" ? (place ? 3 : 5) : place ? binding + 1 : binding),
  );
  return { text: texts.join(SPACED[operator]), binding };
}

function wrap(part, least) {
  return part.binding < least ? `(${part.text})` : part.text;
}

// Whether a text can stand beside an operator without parentheses: a name, a plain number, a call.
function isAtom(text) {
  return /^(?:[^\s+*/()-]+|[\d.]+e[+-]\d+|[\p{L}\p{N}_]+\([^()]*\))$/u.test(text);
}

// A text as a factor of a product: in parentheses where it needs them.
function factor(text) {
  let bare = text;
  let before = "";
  while (bare !== before) {
    before = bare;
    bare = bare.replace(/\([^()]*\)/g, "");
  }
  return / |(?<!\de)[-+]/.test(bare) ? `(${text})` : text;
}

// The formula of a node (index null), or of its local derivative: { symbols, numbers, notes }.
function describe(graph, pass, node, index = null) {
  const row = operations[graph.ops[node]];
  const operands = graph.operands[node];
  const tree = row.formulas[index === null ? 0 : letterOf(row, index, operands.length)[0] + 1];
  const name = (operand) => graph.names[operand];
  const number = (operand) => formatNumber(pass.values[operand]);
  const value = (operand) => pass.values[operand];
  const [symbols, numbers, floats] = [name, number, value].map((text) => letters(row, operands, index, node, text));
  const notes = [];
  if (mentions(tree, "t")) {
    const term = row.term(...[...row.letters].map((letter) => floats[letter]));
    let letter = "t";
    if (operands.some((operand) => name(operand) === letter)) letter += "'";
    Object.assign(symbols, { t: letter });
    Object.assign(numbers, { t: formatNumber(term) });
    floats.t = term;
    notes.push(`with ${letter} = ${write(row.termFormula, symbols)} = ${formatNumber(term)}`);
  }
  const branches = [];
  const taken = takeBranches(tree, floats, symbols, branches);
  return { symbols: write(taken, symbols), numbers: write(taken, numbers), notes: [...branches, ...notes] };
}

// What each letter stands for: the text of an operand, or an array of texts.
function letters(row, operands, index, node, text) {
  const bound = bind(row, operands, index);
  const meaning = { y: text(node) };
  [...row.letters].forEach((letter, place) => {
    meaning[letter] = Array.isArray(bound[place]) ? bound[place].map(text) : text(bound[place]);
  });
  return meaning;
}

function mentions(tree, letter) {
  return tree === letter || (Array.isArray(tree) && tree.slice(1).some((part) => mentions(part, letter)));
}

// Puts the branch that the numbers choose in place of each where(), and notes why.
function takeBranches(tree, floats, symbols, notes) {
  if (!Array.isArray(tree)) return tree;
  const [head, ...parts] = tree;
  if (head !== "where") return [head, ...parts.map((part) => takeBranches(part, floats, symbols, notes))];
  const [condition, then, otherwise] = parts;
  const [comparison, left, right] = condition;
  const note = (word, chosen) => {
    const text = `${word} ${write(chosen, symbols)}`;
    if (!notes.includes(text)) notes.push(text);
  };
  const holds = evaluate(condition, floats);
  if (holds) {
    note("as", condition);
  } else if (comparison in OPPOSITE) {
    // an == guards, no more
    const opposite = OPPOSITE[comparison].map((other) => [other, left, right]).find((other) => evaluate(other, floats));
    if (opposite) note("as", opposite);
    else note("as not", condition); // nan compares with nothing
  }
  return takeBranches(holds ? then : otherwise, floats, symbols, notes);
}

// A condition: comparisons of letters and numbers, and products of them.
function evaluate(tree, floats) {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return floats[tree];
  const [left, right] = tree.slice(1).map((part) => evaluate(part, floats));
  switch (tree[0]) {
    case "*":
      return left * right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    case ">=":
      return left >= right;
    default:
      return left === right;
  }
}

// What a node was computed from, as one would type it: x*w, tanh(v4).
function definition(graph, node) {
  const row = operations[graph.ops[node]];
  const names = graph.operands[node].map((operand) => graph.names[operand]);
  if (!/^\w+$/.test(row.name) || PLAIN.includes(row.name)) {
    return write(
      row.formulas[0],
      letters(row, graph.operands[node], null, node, (operand) => graph.names[operand]),
    );
  }
  if (names.length > MOST_WRITTEN) names.splice(3, names.length - 4, "…");
  return `${row.name}(${names.join(", ")})`;
}

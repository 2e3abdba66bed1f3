// Recording: operations become the nodes of a graph, in the form in which the page's data has them (viz/pages/page.py).

const LONGEST_NAME = 40; // letters

class Recording {
  constructor() {
    /** @type {{ name: string; op: string; operands: number[]; value: number }[]} */
    this.made = [];
  }

  /** @type {(name: string, value: number) => number} */
  leaf(name, value) {
    return this.made.push({ name, op: "", operands: [], value }) - 1;
  }

  // A number that stands beside others, and receives no gradient.
  /** @type {(value: number) => number} */
  constant(value) {
    return this.made.push({ name: "", op: "constant", operands: [], value }) - 1;
  }

  // The operands of a sequence stand one after the other, as in a node.
  /** @type {(op: string, operands: number[]) => number} */
  apply(op, operands) {
    const value = compute(
      op,
      operands.map((operand) => this.made[operand].value),
    );
    return this.made.push({ name: "", op, operands, value }) - 1;
  }

  // The nodes that `root` depends on, named and numbered in topological order, and which of those made they are.
  /** @type {(root: number) => { nodes: RecordedNode[]; order: number[] }} */
  list(root) {
    const order = this.sort(root);
    const names = nameMade(order.map((made) => this.made[made]));
    const place = new Map(order.map((made, number) => [made, number]));
    const nodes = order.map((made, number) => {
      const { op, operands, value } = this.made[made];
      const numbers = operands.map((operand) => this.made[operand].value);
      const locals = operands.map((_, i) =>
        isClosed(op, numbers, value, i) ? null : toFloat(localDerivative(op, numbers, value, i)),
      );
      const kinds = operands.map((_, i) => factors.kinds.indexOf(this.findKind(made, i))).join("");
      const places = operands.map((operand) => /** @type {number} */ (place.get(operand)));
      return /** @type {RecordedNode} */ ([names[number], op, places, toFloat(value), locals, kinds]);
    });
    return { nodes, order };
  }

  // Each node after its operands, the first of which come first.
  /** @type {(root: number) => number[]} */
  sort(root) {
    const order = [];
    const seen = new Set();
    const stack = [root];
    for (let made = stack.pop(); made !== undefined; made = stack.pop()) {
      if (made < 0) {
        order.push(-1 - made); // its operands are done
        continue;
      }
      if (seen.has(made)) continue;
      seen.add(made);
      stack.push(-1 - made);
      for (const operand of this.made[made].operands.toReversed()) if (!seen.has(operand)) stack.push(operand);
    }
    return order;
  }

  // What a local derivative is on the way to a leaf, as viz/paths/links.py has it.
  /** @type {(made: number, index: number) => Kind} */
  findKind(made, index) {
    const { op, operands } = this.made[made];
    const row = operations[op];
    const formula = row.formulas[1 + letterOf(row, index, operands.length)[0]];
    if (formula === 1 || String(formula) === "-,1") return "sum";
    if (typeof formula === "string" && row.letters.includes(formula)) {
      const letters = bind(row, operands, index);
      const other = this.made[/** @type {number} */ (letters[row.letters.indexOf(formula)])];
      const own = this.made[operands[index]];
      if (other.operands.length) return own.operands.length ? "signal" : "input";
      if (isWeight(other.name)) return "weight";
      if (own.operands.length) return isInput(other.name) ? "input" : "weight";
      return isWeight(own.name) || isInput(other.name) ? "input" : "other";
    }
    return row.letters.length === 1 || (op === "leaky_relu" && index === 0) ? "slope" : "other";
  }
}

// A name for each: its own, with a number where it occurs again; the number of a constant; else v1, v2, ... Names are
// shortened, and letters that cannot be seen replaced, as viz/words/words.py has it.
/** @type {(order: Recording["made"]) => string[]} */
function nameMade(order) {
  const given = new Set(order.map(({ name }) => name));
  /** @type {Map<string, number>} */
  const uses = new Map();
  /** @type {Map<string, number>} */
  const shown = new Map();
  let count = 0;
  const names = order.map(({ name, op, value }) => {
    if (name) {
      let found = name;
      while (uses.has(name) && given.has(found)) {
        uses.set(name, (uses.get(name) ?? 0) + 1);
        found = `${name}#${uses.get(name)}`;
      }
      if (!uses.has(name)) uses.set(name, 1);
      return found;
    }
    if (op === "constant") return writeGeneral(value);
    do count += 1;
    while (given.has(`v${count}`));
    return `v${count}`;
  });
  return names.map((name) => {
    const text = [...shorten(name, LONGEST_NAME)].map((letter) => (isPrintable(letter) ? letter : "?")).join("");
    const times = (shown.get(text) ?? 0) + 1;
    shown.set(text, times);
    return text !== name && times > 1 ? `${text}#${times}` : text;
  });
}

/** @type {(letter: string) => boolean} */
function isPrintable(letter) {
  return letter === " " || !/^[\p{C}\p{Z}]$/u.test(letter);
}

// Six digits, as Python's format "g" writes them, or up to twelve where these are all.
/** @type {(number: number) => string} */
function writeGeneral(number) {
  if (!Number.isFinite(number)) return formatNumber(number);
  const [short, whole] = [6, 12].map((count) => {
    const [digits, exponent] = roundDigits(abs(number), count);
    return (number < 0 || Object.is(number, -0) ? "-" : "") + place(digits.replace(/0+$/, ""), exponent, count);
  });
  return Number(short) !== number && Number(whole) === number ? whole : short;
}

// As `asFloat` reads it again.
/** @type {(number: number) => Float} */
function toFloat(number) {
  return Number.isFinite(number) ? number : /** @type {Float} */ (formatNumber(number));
}

/** @type {(name: string) => boolean} */
function isWeight(name) {
  return name.includes(".") || /^w/i.test(name);
}

/** @type {(name: string) => boolean} */
function isInput(name) {
  return /^x/i.test(name);
}

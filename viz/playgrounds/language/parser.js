// Text such as "tanh(w*x + b)" as a graph: what engine/teaching/expression.py makes of it, node for node, and where it
// cannot be read the same sentence. Both read engine/teaching/grammar.py.

// The graph of a text as the page holds it, with the number of each leaf's node (null where the root does not depend
// on it). numbers: of the names that the text does not assign. supply: a number for a name that has none, which is
// then one of the `missing`; without it that is an error. Throws an ExpressionError.
/** @type {(text: string, numbers?: Map<string, number>, supply?: ((name: string) => number) | null) => Parsed} */
function parseExpression(text, numbers = new Map(), supply = null) {
  const length = text.length > grammar.longest ? [...text].length : text.length;
  if (length > grammar.longest) {
    throw new ExpressionError(tell("long", { count: count(length), most: count(grammar.longest) }));
  }
  if (isSpace(text)) throw new ExpressionError(tell("empty"));
  const parser = new Parser(text, supply);
  parser.takeNumbers(numbers);
  const root = parser.parts();
  parser.refuseUnused();
  const { nodes, order } = parser.recording.list(root);
  const places = new Map(order.map((made, number) => [made, number]));
  const leaves = new Map([...parser.leaves].map(([name, leaf]) => [name, places.get(leaf) ?? null]));
  return { nodes, leaves, missing: parser.missing };
}

// The functions that a text may call, in the order of the op table: those that take two lists are none.
/** @type {() => string[]} */
function findFunctions() {
  const rows = Object.values(operations).filter((row) => /^[^\W\d]\w*$/.test(row.name));
  return rows.filter((row) => !row.sequences || row.letters === "a").map((row) => row.name);
}

// Precedence climbing over the tokens of one text, making nodes on the way.
class Parser {
  /** @param {string} text @param {((name: string) => number) | null} supply */
  constructor(text, supply) {
    this.text = text;
    this.supply = supply;
    const { tokens, spelt } = splitText(text);
    this.tokens = tokens;
    this.spelt = spelt;
    this.recording = new Recording();
    /** @type {Map<string, number>} */
    this.leaves = new Map();
    /** @type {Map<string, number>} */
    this.assigned = new Map();
    /** @type {Map<string, number>} */
    this.called = new Map(); // constants, by what the text calls them
    /** @type {Set<string>} */
    this.used = new Set(); // the leaves that occur
    /** @type {string[]} */
    this.missing = []; // those that have their number from elsewhere
    this.functions = findFunctions();
    // every name in the text, with the text of the token after it
    this.words = tokens.flatMap(({ kind, text }, place) =>
      kind === "name" ? [{ name: text, following: tokens[place + 1].text }] : [],
    );
    const assigned = this.words.filter(({ following }) => following === "=");
    this.targets = new Set(assigned.map(({ name }) => name)); // the names that are assigned somewhere
    this.binding = new Map(Object.entries(grammar.binding));
    this.powers = new Map(Object.entries(grammar.powers));
    this.constants = new Map(Object.entries(grammar.numbers));
    this.familiar = new Map(Object.entries(grammar.familiar));
    this.optional = new Map(Object.entries(grammar.optional));
    this.position = 0;
    this.depth = 0;
  }

  /** @type {(sentence: string, token: Token, words?: Record<string, string | number>) => ExpressionError} */
  error(sentence, token, words = {}) {
    return new ExpressionError(tell(sentence, words), this.text, token.column);
  }

  get token() {
    return this.tokens[this.position];
  }

  take() {
    return this.tokens[this.position++];
  }

  /** @type {(symbol: string) => boolean} */
  nextIs(symbol) {
    return this.token.kind === "symbol" && this.token.text === symbol;
  }

  /** @type {(numbers: Map<string, number>) => void} */
  takeNumbers(numbers) {
    for (const [given, number] of numbers) {
      const name = this.spelt.get(given.normalize("NFKC")) ?? given;
      if (this.leaves.has(name)) {
        const same = [...numbers.keys()].filter((other) => other.normalize("NFKC") === given.normalize("NFKC"));
        throw new ExpressionError(tell("twice", { names: same.map(shortenWord).join(" and ") }));
      }
      this.leaves.set(name, this.recording.leaf(name, number));
    }
  }

  refuseUnused() {
    for (const name of this.leaves.keys()) {
      if (this.used.has(name)) continue;
      const names = listNames([...this.used].sort().map((used) => `'${shortenWord(used)}'`));
      const words = { name: `'${shortenWord(name)}'`, names };
      throw new ExpressionError(tell(names ? "left over" : "nameless", words));
    }
  }

  // All parts; the last one is the root.
  parts() {
    for (;;) {
      const start = this.token;
      const { node, named } = this.part();
      if (this.token.kind === "end") return node;
      if (!this.nextIs(";")) throw this.unexpected();
      this.take();
      if (this.token.kind === "end") return node; // a ; that closes the text
      if (!named) throw this.error("part", start);
    }
  }

  part() {
    const target = this.token;
    if (target.kind !== "name" || this.tokens[this.position + 1].text !== "=") {
      return { node: this.alone(this.expression(1)), named: false };
    }
    this.position += 2;
    if (this.leaves.has(target.text)) throw this.error("given", target, { name: quoteToken(target) });
    if (this.assigned.has(target.text)) throw this.error("assigned", target, { name: quoteToken(target) });
    const node = this.alone(this.expression(1));
    this.recording.made[node].name ||= target.text; // a second name for a node stays a name of this text only
    this.assigned.set(target.text, node);
    return { node, named: true };
  }

  // The node of a part: not a constant that other places say in the same way, but its number.
  /** @type {(node: number) => number} */
  alone(node) {
    const { name, value } = this.recording.made[node];
    return this.called.get(name) === node ? this.recording.constant(value) : node;
  }

  // An expression of operators that bind at least this tightly.
  /** @type {(least: number) => number} */
  expression(least) {
    const start = this.position;
    let left = this.operand();
    while (this.token.kind === "symbol") {
      const power = this.powers.get(this.token.text);
      if (power !== undefined && least <= grammar.binding["**"]) {
        this.take();
        left = this.nameConstant(start, this.apply("**", [left, this.recording.constant(power)]));
        continue;
      }
      const binding = this.binding.get(this.token.text) ?? 0;
      if (binding < least) break;
      const symbol = this.take();
      // ** goes from right to left, the others from left to right
      const right = symbol.text === "**" ? this.nested(binding, symbol) : this.expression(binding + 1);
      left = this.nameConstant(start, this.apply(symbol.text, [left, right]));
    }
    return left;
  }

  // The node; a constant is called what the text says from `start` to here, if that is short. It is the same node in
  // every place that says the same. A remainder would read otherwise beside an operator.
  /** @type {(start: number, node: number) => number} */
  nameConstant(start, node) {
    const made = this.recording.made[node];
    if (made.op !== "constant") return node;
    const said = this.tokens.slice(start, this.position);
    const name = said.map(({ text }) => text).join("");
    if ([...name].length > grammar.longest_constant || name.includes("%")) return node;
    const known = this.called.get(name) ?? node;
    this.called.set(name, known);
    this.recording.made[known].name = name;
    return known;
  }

  // An expression one level further in.
  /** @type {(least: number, opening: Token) => number} */
  nested(least, opening) {
    this.depth++;
    if (this.depth > grammar.deepest) throw this.error("deep", opening, { most: grammar.deepest });
    const node = this.expression(least);
    this.depth--;
    return node;
  }

  /** @type {() => number} */
  operand() {
    const start = this.position;
    const token = this.take();
    if (token.kind === "number") return this.number(token);
    if (token.kind === "name") return this.nextIs("(") ? this.call(token) : this.name(token);
    if (token.text === "(") {
      const node = this.nested(1, token);
      this.close(token);
      return node;
    }
    if (token.text === "-" || token.text === "+") {
      const node = this.nested(grammar.sign, token);
      if (token.text === "+") return node;
      const isNamed = this.recording.made[node].name !== "";
      const negative = this.apply("neg", [node]);
      return isNamed ? this.nameConstant(start, negative) : negative;
    }
    throw this.error("operand", token, { token: quoteToken(token) });
  }

  /** @type {(token: Token) => number} */
  number(token) {
    const number = Number(token.text);
    if (number === Infinity) throw this.error("large", token, { number: shortenWord(token.text) });
    return this.recording.constant(number);
  }

  /** @type {(token: Token) => number} */
  name(token) {
    const name = token.text;
    const known = this.assigned.get(name) ?? this.leaves.get(name);
    if (known !== undefined) {
      if (!this.assigned.has(name)) this.used.add(name);
      return known;
    }
    if (this.functions.includes(name)) throw this.error("function", token, { name: `'${name}'`, call: name });
    if (this.targets.has(name)) throw this.error("early", token, { name: quoteToken(token) });
    const constant = this.constants.get(name);
    if (constant !== undefined) return this.nameConstant(this.position - 1, this.recording.constant(constant));
    if (grammar.not_finite.includes(name)) throw this.error("finite", token, { name: `'${name}'` });
    if (!this.supply) throw this.lack(token);
    const leaf = this.recording.leaf(name, this.supply(name));
    this.leaves.set(name, leaf);
    this.used.add(name);
    this.missing.push(name);
    return leaf;
  }

  // The operation's result; a constant where every operand is one.
  /** @type {(op: string, operands: number[]) => number} */
  apply(op, operands) {
    const { made } = this.recording;
    const result = this.recording.apply(op, operands);
    if (operands.some((operand) => made[operand].op !== "constant")) return result;
    return this.recording.constant(made[result].value);
  }

  // The error for names without a number.
  /** @type {(token: Token) => ExpressionError} */
  lack(token) {
    const known = new Set([...this.targets, ...this.leaves.keys(), ...this.functions, ...this.constants.keys()]);
    const lacking = this.words.filter(({ name, following }) => following !== "(" && !known.has(name));
    const names = [...new Set(lacking.map(({ name }) => name))].map(shortenWord);
    const given = names.slice(0, grammar.most_listed).map((name) => `${name}=NUMBER`);
    const words = { names: listNames(names), given: given.join(" ") };
    return this.error(names.includes("e") ? "euler" : "missing", token, words);
  }

  /** @type {(name: Token) => number} */
  call(name) {
    const isKnown = this.functions.includes(name.text);
    const op = isKnown ? name.text : (this.familiar.get(name.text) ?? name.text);
    if (!this.functions.includes(op) && !this.binding.has(op)) throw this.unknown(name);
    const start = this.position - 1;
    const opening = this.take();
    const operands = this.nextIs(")") ? [] : [this.nested(1, opening)];
    while (operands.length && this.nextIs(",")) {
      this.take();
      operands.push(this.nested(1, opening));
    }
    this.close(opening);
    this.checkCount(name, op, operands.length);
    if (grammar.several.includes(op)) {
      return this.nameConstant(
        start,
        operands.reduce((left, right) => this.apply(op, [left, right])),
      );
    }
    const last = this.optional.get(op);
    if (last !== undefined && operands.length < operations[op].letters.length)
      operands.push(this.recording.constant(last));
    return this.nameConstant(start, this.apply(op, operands));
  }

  // The error for a name that is no function.
  /** @type {(name: Token) => ExpressionError} */
  unknown(name) {
    if (this.leaves.has(name.text) || this.assigned.has(name.text)) {
      return this.error("number", name, { name: quoteToken(name), product: shortenWord(name.text) });
    }
    const hint = new Map(Object.entries(grammar.function_hints)).get(name.text);
    if (hint) return this.error("function hint", name, { name: `'${name.text}'`, hint });
    const close = findClose(name.text, this.functions, 2);
    const functions = close.join(" or ") || this.functions.join(", ");
    const error = this.error(close.length ? "close match" : "unknown", name, { name: quoteToken(name), functions });
    error.instead = { word: name.text, names: close };
    return error;
  }

  /** @type {(name: Token, op: string, given: number) => void} */
  checkCount(name, op, given) {
    const row = operations[op];
    const most = row.letters.length;
    const fewest = most - Number(this.optional.has(op));
    const isOpen = row.sequences !== "" || grammar.several.includes(op);
    if (given >= fewest && (given <= most || isOpen)) return;
    const wanted = isOpen ? `${most} or more` : fewest < most ? `${fewest} or ${most}` : String(most);
    const s = wanted === "1" ? "" : "s";
    throw this.error("count", name, { name: name.text, wanted, s, count: given });
  }

  /** @type {(opening: Token) => void} */
  close(opening) {
    if (!this.nextIs(")")) throw this.unexpected(opening);
    this.take();
  }

  // The error for a token that cannot follow a complete expression, in brackets one behind their opening.
  /** @type {(opening?: Token | null) => ExpressionError} */
  unexpected(opening = null) {
    const { token } = this;
    const isProduct = ["number", "name"].includes(token.kind) || token.text === "(";
    const sentence = opening ? (isProduct ? "close product" : "close") : isProduct ? "product" : "operator";
    return this.error(sentence, token, { column: (opening?.column ?? 0) + 1, token: quoteToken(token) });
  }
}

// The names in a row, of many the first ones.
/** @type {(names: string[]) => string} */
function listNames(names) {
  const more = names.length - grammar.most_listed;
  return names.slice(0, grammar.most_listed).join(", ") + (more > 0 ? ` and ${count(more)} more` : "");
}

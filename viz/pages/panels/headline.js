// Writes the whole graph as a formula in the header: y = tanh(w·x + b) = 0.4621, a network layer by layer. The part of
// the current step is lit. A formula that is too long uses names for its parts.

const LONGEST_FORMULA = 84; // letters
const SHORTEST = 16; // of what is written out although it is used several times
const MOST_ARGUMENTS = 3;
const WEIGHTED = ["affine", "dot", "*"]; // operations in which numbers stand beside weights
const MOST_LAYERS = 40; // and nodes between them

class Headline {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    const { graph } = page;
    /** @type {Map<number, Box>} */
    this.layerOf = new Map();
    for (const box of page.scene.views.find((view) => view.key === "layers")?.plane.boxes ?? []) {
      if (box.kind === "folded") for (const node of box.members) this.layerOf.set(node, box);
    }
    /** @type {Set<number>} */
    this.shown = new Set(); // nodes that a part stands for
    /** @type {Map<number, number>} */
    this.standsFor = new Map(); // for a node that is not shown, the part in which it is
    const text = this.writeLayers() ?? this.writeWithin(LONGEST_FORMULA);
    const [whole, ...others] = text.split(MARK.apart);
    byId("formula").replaceChildren(mathematics(whole));
    byId("comma").textContent = others.length ? "," : "";
    byId("where").replaceChildren(...(others.length ? [" where ", mathematics(others.join(", "))] : []));
    byId("title").classList.toggle("long", lengthOf(text) > 40);
    /** @type {Map<number, HTMLElement[]>} */
    this.parts = new Map();
    for (const part of byId("title").querySelectorAll("[data-part]")) {
      if (!(part instanceof HTMLElement)) continue;
      const node = Number(part.dataset.part);
      this.parts.set(node, [...(this.parts.get(node) ?? []), part]);
    }
    for (const node of this.parts.keys()) this.shown.add(node);
    this.findHidden(graph);
  }

  // A node that is not written belongs to what is made from it and is.
  /** @type {(graph: Graph) => void} */
  findHidden(graph) {
    for (let node = graph.root; node >= 0; node--) {
      const layer = this.layerOf.get(node)?.members.at(-1);
      const own = layer !== undefined && this.shown.has(layer) ? layer : node;
      if (this.shown.has(own)) this.standsFor.set(node, own);
      else {
        const user = graph.uses[node].map(([other]) => this.standsFor.get(other)).find((part) => part !== undefined);
        if (user !== undefined) this.standsFor.set(node, user);
      }
    }
  }

  // Networks, as layers applied to layers; null where there are none, or where that is too long.
  writeLayers() {
    const { graph } = this.page;
    if (!this.layerOf.size) return null;
    /** @type {Map<Box | number, Written>} */
    const written = new Map(); // of layers, and of nodes between them
    /** @type {(node: number) => Written} */
    const layered = (node) => {
      const box = this.layerOf.get(node);
      const known = written.get(box ?? node);
      if (known) return known;
      if (written.size > MOST_LAYERS) return { text: graph.names[node], binding: 9 };
      written.set(box ?? node, { text: graph.names[node], binding: 9 }); // should a layer come back to itself
      const text = box ? layer(box) : this.write(node, () => true, layered);
      written.set(box ?? node, text);
      return text;
    };
    /** @type {(box: Box) => Written} */
    const layer = ({ name, members }) => {
      const inside = new Set(members);
      const before = members.flatMap((member) => graph.operands[member]);
      const others = before.filter((one) => !inside.has(one) && !graph.isConstant(one));
      const given = others.length ? [] : this.findGiven(members);
      const all = [...new Set(others.map((one) => layered(one).text)), ...given];
      const some = all.length > MOST_ARGUMENTS ? [all[0], "…", all[all.length - 1]] : all;
      return { text: mark(members[members.length - 1], `${name}(${some.join(", ")})`), binding: 9 };
    };
    const { root } = graph;
    const text = `${mark(root, graph.names[root])} = ${layered(root).text}`;
    return written.size <= MOST_LAYERS && lengthOf(text) <= LONGEST_FORMULA ? text : null;
  }

  // The numbers that a layer is applied to, where it is applied to no Values: those beside the weights of one neuron.
  /** @type {(members: number[]) => string[]} */
  findGiven(members) {
    const { graph } = this.page;
    const neuron = members.find((member) => WEIGHTED.includes(graph.ops[member]));
    const numbers = neuron === undefined ? [] : graph.operands[neuron].filter((one) => graph.isConstant(one));
    return numbers.length ? numbers.map((one) => graph.names[one]) : ["…"];
  }

  // Node after node is written out as long as there is room; what a person has named has a formula of its own.
  /** @type {(room: number) => string} */
  writeWithin(room) {
    const { graph } = this.page;
    /** @type {Set<number>} */
    const open = new Set();
    const queue = [graph.root];
    const heads = [graph.root];
    /** @type {() => string} */
    const whole = () =>
      heads
        .filter((head) => open.has(head) || head === graph.root)
        .map((head) => {
          const rest = open.has(head)
            ? ` = ${this.write(head, (node) => open.has(node) && !heads.includes(node)).text}`
            : "";
          return `${mark(head, graph.names[head])}${rest}`;
        })
        .join(MARK.apart);
    let text = whole();
    for (const node of queue) {
      if (!graph.isOperation(node) || open.has(node)) continue;
      const own = node !== graph.root && (!isNumbered(graph.names[node]) || graph.uses[node].length > 1);
      const short = own && isNumbered(graph.names[node]) && definition(graph, node).length < SHORTEST;
      if (own && !short && !heads.includes(node)) heads.push(node);
      open.add(node);
      const longer = whole();
      if (lengthOf(longer) > room) {
        open.delete(node);
        if (own && !short) heads.pop();
        continue;
      }
      text = longer;
      queue.push(...graph.operands[node]);
      if (queue.length > 300) break;
    }
    return text;
  }

  // What a node is computed from; `isOpen` says which operands are written out and which are named.
  /** @type {(node: number, isOpen: (node: number) => boolean, each?: (node: number) => Written) => Written} */
  write(node, isOpen, each) {
    const { graph } = this.page;
    if (graph.isConstant(node))
      return { text: graph.names[node], binding: graph.names[node].startsWith("-") ? 3 : bindingOf(graph.names[node]) };
    if (!graph.isOperation(node)) return this.name(node);
    const row = operations[graph.ops[node]];
    /** @type {(operand: number) => Written} */
    const inner = (operand) =>
      (operand !== node && isOpen(operand)) || !graph.isOperation(operand)
        ? each
          ? each(operand)
          : this.write(operand, isOpen)
        : this.name(operand);
    const operands = graph.operands[node];
    if (/^\w+$/.test(row.name) && !PLAIN.includes(row.name)) {
      const texts = operands.map((operand) => inner(operand).text);
      if (texts.length > MOST_WRITTEN) texts.splice(3, texts.length - 4, "…");
      return { text: mark(node, `${row.name}(${texts.join(", ")})`), binding: 9 };
    }
    /** @type {(operand: number) => Written} */
    const apart = (operand) => {
      const written = inner(operand);
      const isSigned = operand === operands.at(-1) && /^(?:\uE000\d+\uE001)*-/.test(written.text);
      const isQuotient = row.name === "*" && written.binding === BINDING["*"] && /^[/%]$/.test(graph.ops[operand]);
      return isSigned || isQuotient ? { ...written, binding: 0 } : written; // not a - -1; nor a / b·c, whose b·c looks like one
    };
    const written = writeBound(row.formulas[0], letters(row, operands, null, node, apart));
    return { text: mark(node, written.text), binding: written.binding };
  }

  /** @type {(node: number) => Written} */
  name(node) {
    const name = this.page.graph.names[node];
    return { text: mark(node, name), binding: bindingOf(name) };
  }

  paint() {
    const { page } = this;
    const step = page.drawnStep;
    const lit = this.standsFor.get(step ? step.operand : (page.nudge.leaf ?? -1));
    const from = step?.kind === "backward" ? this.standsFor.get(step.node) : undefined;
    const use = step?.kind === "backward" ? this.findUse(step) : [];
    const way = page.inBackward ? "backward" : "forward";
    for (const [node, parts] of this.parts) {
      for (const part of parts) {
        const isLit = use.length ? use.includes(part) : node === lit;
        const classes = isLit ? `part lit ${way}` : node === from ? "part from" : "part";
        if (part.className !== classes) part.className = classes;
      }
    }
    // it has its room before it is known: the graph below does not jump
    // and a comma stands behind what is seen
    const [value, isKnown] = [byId("value"), page.isComputed(page.graph.root)];
    value.replaceChildren(` = ${minus(formatNumber(page.run.values[page.graph.root]))}`);
    value.style.visibility = isKnown ? "" : "hidden";
    if (isKnown) value.after(byId("comma"));
    else value.before(byId("comma"));
  }

  // The lit part comes into sight where the formula is one long line, as it is where there is little height.
  reveal() {
    const title = byId("title");
    const isLong = this.page.picture.camera.low && title.scrollWidth > title.clientWidth + 1;
    title.tabIndex = isLong ? 0 : -1;
    const lit = isLong && title.querySelector(".lit");
    if (!(lit instanceof HTMLElement)) return;
    const middle = lit.offsetLeft - title.offsetLeft + lit.offsetWidth / 2;
    title.scrollLeft = middle - title.clientWidth / 2;
  }

  // The operand where it stands in what passes its gradient on: of a*a the one that the step is about.
  /** @type {(step: Backward) => HTMLElement[]} */
  findUse({ node, index, operand }) {
    const { graph } = this.page;
    const found = (this.parts.get(operand) ?? []).filter((part) => {
      const around = part.parentElement?.closest("[data-part]");
      return around instanceof HTMLElement && Number(around.dataset.part) === node;
    });
    const same = [...graph.operands[node].keys()].filter((each) => graph.operands[node][each] === operand);
    const inOrder = found.length === same.length && !operations[graph.ops[node]].sequences;
    return inOrder ? [found[same.indexOf(index)]] : found;
  }
}

// Whether a name was given by number because a person gave none.
/** @type {(name: string) => boolean} */
function isNumbered(name) {
  return /^v\d+$/.test(name);
}

// A name that holds signs, such as "hidden, step 5", stands in parentheses beside an operator; 2*pi as a product does.
/** @type {(name: string) => number} */
function bindingOf(name) {
  return isAtom(name) ? 9 : /^[\p{L}\p{N}_.]+([*/][\p{L}\p{N}_.]+)+$/u.test(name) ? BINDING["*"] : 0;
}

/** @type {(text: string) => number} */
function lengthOf(text) {
  return text.replace(/\uE000\d+\uE001|\uE002/g, "").length;
}

// Describes what boxes and edges show in the present state of the page. Numbers not computed yet are blank, not zero.

const MOST_SIZE = "|grad| ≤"; // what a box of several nodes says before the largest of their gradients
/** @type {Record<string, string>} */
const SIGNS = { "*": "×", "-": "−", "/": "÷", ...WORDS };
/** @type {EdgeStyle} */
const UNWRITTEN = { texts: [], classes: "", above: null }; // of an edge that shows no local derivative

// The colour of a size and a readable colour for text on it. In dark mode the strongest colour is mixed in.
/** @type {(page: Page, size: number) => { fill: string; ink: string }} */
function paintFor(page, size) {
  return paintAt(page, Math.round(placeOn(page.run.scale, size) * (page.ramp.length - 1)));
}

/** @type {(page: Page, index: number) => { fill: string; ink: string }} */
function paintAt(page, index) {
  if (!page.dark) return { fill: page.ramp[index], ink: "#000" };
  const place = index / (page.ramp.length - 1);
  return {
    fill: `color-mix(in oklab, ${page.ramp.at(-1)} ${Math.round(6 + 94 * place)}%, #1d2127)`,
    ink: place > 0.75 ? "#000" : "#fff",
  };
}

// The node that a box stands for; null for a part of a fused operation, or for several nodes.
/** @type {(page: Page, drawn: DrawnBox) => number | null} */
function nodeOf(page, drawn) {
  const { kind, members } = drawn.box;
  if (kind === "part") return null;
  if (drawn.owner) return page.graph.operands[drawn.owner.node][members[0]];
  const shown = members.filter((member) => !page.graph.isConstant(member));
  if (shown.length > 1) return null;
  return shown[0] ?? members[0];
}

/** @type {(page: Page, drawn: DrawnBox) => number[]} */
function membersOf(page, drawn) {
  const { kind, members } = drawn.box;
  if (!drawn.owner) return members;
  return [kind === "part" ? drawn.owner.node : page.graph.operands[drawn.owner.node][members[0]]];
}

/** @type {(page: Page, drawn: DrawnBox) => Omit<Style, "classes"> & { classes: string }} */
function describeBox(page, drawn) {
  const node = nodeOf(page, drawn);
  const members = membersOf(page, drawn);
  const style =
    drawn.owner && drawn.box.kind === "part"
      ? describePart(page, drawn.owner, drawn.box.members[0])
      : node === null
        ? describeFolded(page, drawn)
        : describeNode(page, node);
  if (drawn.box.kind === "outside") style.label = `again ${style.label}`;
  const step = page.drawnStep;
  /** @type {(other: number) => boolean} */
  const among = (other) => drawn.box.kind !== "part" && members.includes(other);
  const classes = ["box", drawn.box.kind, ...style.classes];
  if (drawn.child) classes.push("opened");
  if (step && among(step.operand)) classes.push("current", step.kind);
  else if (step?.kind === "backward" && members.includes(step.node)) classes.push("sender");
  if (page.scene.isSelected(drawn)) classes.push("selected");
  if (page.path && isLit(page.path, drawn)) {
    classes.push("lit");
    style.label += `, on the strongest path to ${page.graph.names[page.path.leaf]}`;
  }
  const asked = page.quiz?.node ?? null;
  if (asked !== null && among(asked)) classes.push("asked");
  if (members.some((member) => page.rightTotal(member) !== null)) classes.push("mistaken");
  if (node !== null && page.graph.isConstant(node) && !page.scene.constants) classes.push("hidden");
  return { ...style, classes: classes.join(" ") };
}

// Whether a path runs through a box.
/** @type {(path: Path, drawn: DrawnBox) => boolean} */
function isLit(path, drawn) {
  const { kind, members } = drawn.box;
  if (drawn.child || kind === "outside") return false;
  if (!drawn.owner) return members.some((node) => node === path.leaf || path.links.has(node));
  const { node, parts } = drawn.owner;
  const link = path.links.get(node);
  if (!link) return false;
  return kind === "part" ? findPassing(parts, link.index).has(members[0]) : link.index === members[0];
}

// Whether it runs along one use of an operand.
/** @type {(page: Page, owner: Owner | null, user: number, index: number) => boolean} */
function isUseLit(page, owner, user, index) {
  const link = page.path?.links.get(owner ? owner.node : user);
  if (!link) return false;
  if (!owner) return link.index === index;
  const passing = findPassing(owner.parts, link.index);
  return passing.has(user) && isPassing(passing, link.index, owner.parts[user][1][index]);
}

/** @type {(page: Page, node: number) => Style} */
function describeNode(page, node) {
  const { graph } = page;
  const op = graph.isOperation(node) ? graph.ops[node] : "";
  const constant = graph.isConstant(node);
  const value = page.isComputed(node) ? formatNumber(page.run.values[node]) : "";
  const received = constant ? null : page.gradientOf(node);
  const grad = received ? formatNumber(received.total) : page.quiz && !constant ? "?" : "";
  const what = constant ? "constant" : op === "affine" ? "weighted sum" : op || "leaf";
  const gradient = received
    ? `gradient ${grad}${received.complete ? "" : " so far"}`
    : constant
      ? "no gradient"
      : "gradient not known yet";
  /** @type {Style} */
  const style = {
    title: constant && !page.isComputed(node) ? "" : graph.names[node],
    op,
    word: "data",
    value,
    gradWord: received ? (received.complete ? "grad" : "so far") : "",
    grad,
    classes: value ? [] : ["waiting"],
    label: `${graph.names[node]}, ${what}, ${value ? `data ${value}` : "not computed yet"}, ${gradient}`,
  };
  if (value) style.oldValue = ghostOf(page, node, "values");
  const right = received && page.rightTotal(node);
  style.oldGrad = right ?? (received?.complete && !page.mistake ? ghostOf(page, node, "gradients") : null);
  if (right !== null) style.oldWord = "right ";
  if (right !== null) style.label += `, wrong: it should be ${formatNumber(right)}`;
  if (received) {
    Object.assign(style, paintFor(page, abs(received.total)));
    if (!received.complete) {
      style.classes.push("partial");
      if (page.dark) style.ink = "#fff"; // its colour is faint
    }
  }
  return style;
}

// What was there before a change, if that reads otherwise than what is there now; else null.
/** @type {(page: Page, node: number, which: "values" | "gradients") => number | null} */
function ghostOf({ before, run }, node, which) {
  return before && formatNumber(before[which][node]) !== formatNumber(run[which][node]) ? before[which][node] : null;
}

/** @type {(page: Page, drawn: DrawnBox) => Style} */
function describeFolded(page, drawn) {
  const { members } = drawn.box;
  const computed = members.filter((member) => page.isComputed(member)).length;
  const received = members.map((member) => page.gradientOf(member)).filter((found) => found !== null);
  const most = received.reduce((size, { total }) => (Number.isNaN(total) ? NaN : Math.max(size, abs(total))), 0);
  const said = computed === members.length ? `${computed}` : `${computed} of ${members.length}`;
  const grad = received.length ? formatNumber(most) : "";
  return {
    title: drawn.box.name,
    op: "",
    word: "nodes",
    value: said,
    gradWord: received.length ? MOST_SIZE : "",
    grad,
    classes: computed ? [] : ["waiting"],
    ...(grad ? paintFor(page, most) : {}),
    label: `${drawn.box.name}, ${members.length} nodes folded into one box, ${said} computed${grad ? `, gradients up to ${grad} in size` : ""}`,
  };
}

// A primitive part of a fused operation: its gradient is known as soon as the operation passes its own on.
/** @type {(page: Page, owner: Owner, part: number) => Style} */
function describePart(page, owner, part) {
  const { node } = owner;
  const [op] = owner.parts[part];
  const computed = page.partsOf(owner);
  const value = page.isComputed(node) ? formatNumber(computed.values[part]) : "";
  const gradient = page.hasPassedOn(node) && !page.mistake ? computed.gradients[part] : null; // only right ones
  const grad = gradient === null ? "" : formatNumber(gradient);
  return {
    title: SIGNS[op] ?? op,
    op: "",
    word: "data",
    value,
    gradWord: grad && "grad",
    grad,
    classes: value ? [] : ["waiting"],
    label: `${op}, part of ${page.graph.names[node]}, ${value ? `data ${value}` : "not computed yet"}${grad ? `, gradient ${grad}` : ""}`,
    ...(gradient === null ? {} : paintFor(page, abs(gradient))),
  };
}

// A curve stands for one use of an operand or for several; the largest contribution gives its width.
/** @type {(page: Page, curve: Curve) => { classes: string; lit: boolean; width: number }} */
function describeCurve(page, curve) {
  const uses = curve.edges.flatMap((edge) => edge.uses);
  const classes = [];
  let most = -1;
  let current = false;
  for (const [user, index] of uses) {
    const use = curve.owner ? describePartUse(page, curve.owner, user, index) : describeUse(page, user, index);
    if (use.contribution !== null)
      most = Math.max(most, !Number.isNaN(use.contribution) ? abs(use.contribution) : Infinity);
    current ||= use.current;
  }
  if (current && page.drawnStep) classes.push("current", page.drawnStep.kind);
  const lit = uses.some(([user, index]) => isUseLit(page, curve.owner, user, index));
  if (lit) classes.push("lit");
  if (most >= 0) classes.push("passed");
  else if (!uses.some(([user]) => page.isComputed(curve.owner ? curve.owner.node : user))) classes.push("waiting");
  if (
    !page.scene.constants &&
    curve.edges.every((edge) => edge.uses.every(([user, index]) => isFromConstant(page, curve.owner, user, index)))
  ) {
    classes.push("hidden");
  }
  return { classes: classes.join(" "), lit, width: most >= 0 ? round(1 + 3.4 * placeOn(page.run.scale, most)) : 1 };
}

/** @type {(page: Page, owner: Owner | null, user: number, index: number) => boolean} */
function isFromConstant(page, owner, user, index) {
  if (!owner) return page.graph.isConstant(page.graph.operands[user][index]);
  const [where, number] = owner.parts[user][1][index];
  return where === "operand" && page.graph.isConstant(page.graph.operands[owner.node][number]);
}

/** @type {(page: Page, user: number, index: number) => Passed} */
function describeUse(page, user, index) {
  const number = page.stepOf(user, index);
  const step = page.drawnStep;
  const current =
    step?.node === user && (step.kind === "forward" || (step.kind === "backward" && step.index === index));
  const passed = number !== null && page.isShown(number) ? page.run.steps[number] : null;
  return { contribution: passed?.contribution ?? null, current };
}

/** @type {(page: Page, owner: Owner, part: number, index: number) => Passed} */
function describePartUse(page, owner, part, index) {
  const step = page.drawnStep;
  const [where, number] = owner.parts[part][1][index];
  const current =
    step?.node === owner.node &&
    (step.kind === "forward" || (step.kind === "backward" && where === "operand" && number === step.index));
  const shown =
    where === "operand" ? describeUse(page, owner.node, number).contribution !== null : page.hasPassedOn(owner.node);
  const local = page.partsOf(owner).locals[part][index];
  return { contribution: shown && local ? local.contribution : null, current };
}

// The local derivative, above the end of an edge; shorter where there is no room, or above the box there.
/** @type {(page: Page, text: EdgeText) => EdgeStyle} */
function describeText(page, text) {
  const [[user, index], ...others] = text.edge.uses;
  const node = text.owner ? text.owner.node : user;
  if (others.length || !page.isComputed(node) || page.quiz || isFromConstant(page, text.owner, user, index))
    return UNWRITTEN;
  const local = text.owner ? page.partsOf(text.owner).locals[user][index]?.local : page.run.locals[user][index];
  const use = text.owner ? describePartUse(page, text.owner, user, index) : describeUse(page, user, index);
  const step = page.drawnStep;
  if (local === undefined) return UNWRITTEN;
  if (step?.kind !== "backward" || step.node !== node)
    return {
      texts: writeShorter(local),
      classes: use.current ? "current" : isUseLit(page, text.owner, user, index) ? "lit" : "",
      above: null,
    };
  if (!use.current) return UNWRITTEN; // room for what goes back beside it
  return {
    texts: [minus(`× ${formatNumber(text.owner ? local : step.local)}`)],
    classes: "current",
    above: page.scene.boxOf(node)?.at ?? null,
  };
}

// With four digits, three and two.
/** @type {(number: number) => string[]} */
function writeShorter(number) {
  return [DIGITS, 3, 2].map((digits) => minus(formatDigits(number, digits)));
}

// What boxes and edges show in the present state of the page. What is not computed yet is blank, not zero.

// A logarithmic scale from 10**low to 10**high that holds these sizes, as in viz/scale.py.
function findScale(sizes) {
  const exponents = sizes.filter((size) => size > 0 && size < Infinity).map(Math.log10);
  const most = exponents.reduce((a, b) => Math.max(a, b), -Infinity);
  const least = exponents.reduce((a, b) => Math.min(a, b), Infinity);
  const high = Math.min(Math.max(exponents.length ? Math.ceil(most - 1e-9) : 0, -321), 308);
  return { low: Math.max(Math.min(exponents.length ? Math.floor(least + 1e-9) : 0, high - 2), -323), high };
}

function placeOn(scale, size) {
  if (!(size > 0)) return size !== size ? 1 : 0;
  return Math.min(Math.max((Math.log10(size) - scale.low) / (scale.high - scale.low), 0), 1);
}

// The colour of a size, and what is read well on it. On dark ground the strongest colour shines through.
function paintFor(page, size) {
  return paintAt(page, Math.round(placeOn(page.scale, size) * (page.ramp.length - 1)));
}

function paintAt(page, index) {
  if (!page.dark) return { fill: page.ramp[index], ink: "#000" };
  const place = index / (page.ramp.length - 1);
  return {
    fill: `color-mix(in oklab, ${page.ramp.at(-1)} ${Math.round(6 + 94 * place)}%, #1d2127)`,
    ink: place > 0.6 ? "#000" : "#fff",
  };
}

// The node that a box stands for; null for a part of a fused operation, or for several nodes.
function nodeOf(page, drawn) {
  const { kind, members } = drawn.box;
  if (kind === "part") return null;
  if (kind === "operand") return page.graph.operands[drawn.owner.node][members[0]];
  const shown = members.filter((member) => !page.graph.isConstant(member));
  if (shown.length > 1) return null;
  return shown[0] ?? members[0];
}

function membersOf(page, drawn) {
  const { kind, members } = drawn.box;
  return kind === "part" ? [drawn.owner.node] : kind === "operand" ? [nodeOf(page, drawn)] : members;
}

function describeBox(page, drawn) {
  const node = nodeOf(page, drawn);
  const members = membersOf(page, drawn);
  const looks =
    drawn.box.kind === "part"
      ? describePart(page, drawn)
      : node === null
        ? describeFolded(page, drawn)
        : describeNode(page, node);
  const step = page.step;
  const among = (other) => drawn.box.kind !== "part" && members.includes(other);
  const classes = ["box", drawn.box.kind, ...looks.classes];
  if (drawn.child) classes.push("opened");
  if (step && among(step.operand)) classes.push("current", step.kind);
  else if (step?.kind === "backward" && members.includes(step.node)) classes.push("sender");
  if (page.isSelected(drawn)) classes.push("selected");
  if (isLit(page, drawn)) {
    classes.push("lit");
    looks.label += `, on the strongest path to ${page.graph.names[page.lit]}`;
  }
  if (page.quiz && among(page.quiz.node)) classes.push("asked");
  if (page.wrong && members.some((member) => page.wrong.has(member))) classes.push("mistaken");
  if (node !== null && page.graph.isConstant(node) && !page.constants) classes.push("hidden");
  return { ...looks, classes: classes.join(" ") };
}

// Whether the strongest path runs through a box.
function isLit(page, drawn) {
  const { kind, members } = drawn.box;
  if (!page.path || drawn.child || kind === "outside") return false;
  if (!drawn.owner) return members.some((node) => node === page.lit || page.path.links.has(node));
  const { node, parts } = drawn.owner;
  const link = page.path.links.get(node);
  return (
    Boolean(link) && (kind === "part" ? findPassing(parts, link.index).has(members[0]) : link.index === members[0])
  );
}

// Whether it runs along one use of an operand.
function isUseLit(page, owner, user, index) {
  const link = page.path?.links.get(owner ? owner.node : user);
  if (!link) return false;
  if (!owner) return link.index === index;
  const passing = findPassing(owner.parts, link.index);
  return passing.has(user) && isPassing(passing, link.index, owner.parts[user][1][index]);
}

function describeNode(page, node) {
  const { graph } = page;
  const op = graph.isOperation(node) ? graph.ops[node] : "";
  const constant = graph.isConstant(node);
  const value = page.isComputed(node) ? formatNumber(page.run.values[node]) : "";
  const received = constant ? null : page.gradientOf(node);
  const looks = {
    title: constant && !page.isComputed(node) ? "" : graph.names[node],
    op,
    word: "data",
    value,
    gradWord: received ? (received.complete ? "grad" : "so far") : "",
    grad: received ? formatNumber(received.total) : page.quiz && !constant ? "?" : "",
    classes: value ? [] : ["waiting"],
  };
  if (received) {
    Object.assign(looks, paintFor(page, abs(received.total)));
    if (!received.complete) looks.classes.push("partial");
  }
  const kind = constant ? "constant" : op || "leaf";
  const gradient = received
    ? `gradient ${looks.grad}${received.complete ? "" : " so far"}`
    : constant
      ? "no gradient"
      : "gradient not known yet";
  looks.label = `${graph.names[node]}, ${kind}, ${value ? `data ${value}` : "not computed yet"}, ${gradient}`;
  return looks;
}

function describeFolded(page, drawn) {
  const members = drawn.box.members.filter((member) => !page.graph.isConstant(member));
  const computed = members.filter((member) => page.isComputed(member)).length;
  const received = members.map((member) => page.gradientOf(member)).filter(Boolean);
  const most = received.reduce((size, { total }) => (total !== total ? NaN : Math.max(size, abs(total))), 0);
  const said = computed === members.length ? `${computed}` : `${computed} of ${members.length}`;
  const looks = {
    title: drawn.box.name,
    op: "",
    word: "nodes",
    value: said,
    gradWord: received.length ? "|grad| ≤" : "",
    grad: received.length ? formatNumber(most) : "",
    classes: computed ? [] : ["waiting"],
    ...(received.length ? paintFor(page, most) : {}),
  };
  looks.label = `${drawn.box.name}, ${members.length} nodes folded into one box, ${said} computed${looks.grad ? `, gradients up to ${looks.grad} in size` : ""}`;
  return looks;
}

// A primitive part of a fused operation: its gradient is known as soon as the operation passes its own on.
function describePart(page, drawn) {
  const { node, parts } = drawn.owner;
  const part = drawn.box.members[0];
  const [op] = parts[part];
  const computed = page.partsOf(drawn.owner);
  const value = page.isComputed(node) ? formatNumber(computed.values[part]) : "";
  const gradient = page.hasPassedOn(node) ? computed.gradients[part] : null;
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
    ...(grad ? paintFor(page, abs(gradient)) : {}),
  };
}

// A curve stands for one use of an operand or for several; the largest contribution gives its width.
function describeCurve(page, curve) {
  const uses = curve.edges.flatMap((edge) => edge.uses);
  const classes = [];
  let most = -1;
  let current = false;
  for (const [user, index] of uses) {
    const use = curve.owner ? describePartUse(page, curve.owner, user, index) : describeUse(page, user, index);
    if (use.contribution !== null)
      most = Math.max(most, use.contribution === use.contribution ? abs(use.contribution) : Infinity);
    current ||= use.current;
  }
  if (current) classes.push("current", page.step.kind);
  const lit = uses.some(([user, index]) => isUseLit(page, curve.owner, user, index));
  if (lit) classes.push("lit");
  if (most >= 0) classes.push("passed");
  else if (!uses.some(([user]) => page.isComputed(curve.owner ? curve.owner.node : user))) classes.push("waiting");
  if (
    !page.constants &&
    curve.edges.every((edge) => edge.uses.every(([user, index]) => isFromConstant(page, curve.owner, user, index)))
  ) {
    classes.push("hidden");
  }
  return { classes: classes.join(" "), lit, width: most >= 0 ? round(1 + 3.4 * placeOn(page.scale, most)) : 1 };
}

function isFromConstant(page, owner, user, index) {
  if (!owner) return page.graph.isConstant(page.graph.operands[user][index]);
  const [where, number] = owner.parts[user][1][index];
  return where === "operand" && page.graph.isConstant(page.graph.operands[owner.node][number]);
}

function describeUse(page, user, index) {
  const number = page.run.stepOf[user][index];
  const { step } = page;
  const current =
    Boolean(step) &&
    step.node === user &&
    (step.kind === "forward" || (step.kind === "backward" && step.index === index));
  const shown = number !== null && page.isShown(number);
  return { contribution: shown ? page.run.steps[number].contribution : null, current };
}

function describePartUse(page, owner, part, index) {
  const { step } = page;
  const [where, number] = owner.parts[part][1][index];
  const active = Boolean(step) && step.node === owner.node;
  const current =
    active && (step.kind === "forward" || (step.kind === "backward" && where === "operand" && number === step.index));
  const shown =
    where === "operand" ? describeUse(page, owner.node, number).contribution !== null : page.hasPassedOn(owner.node);
  const local = page.partsOf(owner).locals[part][index];
  return { contribution: shown && local ? local.contribution : null, current };
}

// The local derivative, above the end of an edge.
function describeText(page, text) {
  const [[user, index]] = text.edge.uses.length === 1 ? text.edge.uses : [[null]];
  const node = text.owner ? text.owner.node : user;
  if (node === null || !page.isComputed(node) || page.quiz || isFromConstant(page, text.owner, user, index))
    return { text: "", classes: "" };
  const local = text.owner ? page.partsOf(text.owner).locals[user][index]?.local : page.run.locals[user][index];
  const use = text.owner ? describePartUse(page, text.owner, user, index) : describeUse(page, user, index);
  return { text: local === undefined ? "" : formatNumber(local), classes: use.current ? "current" : "" };
}

function round(number) {
  return Math.round(number * 100) / 100;
}

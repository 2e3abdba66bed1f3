// What is drawn of the graph: one of its views, in which boxes open in place; and where on it that is which the page
// speaks of.

class Scene {
  /** @param {Page} page @param {PageData} data */
  constructor(page, { views, insides }) {
    this.page = page;
    this.views = views;
    this.insides = insides;
    this.view = views[0];
    this.plane = views[0].plane; // what is drawn of the view: its plane, the one without constants, or a narrow one
    this.constants = true; // whether they are drawn
    /** @type {Set<string>} */
    this.opened = new Set(); // paths of the boxes that are open
  }

  /** @type {(key: string, constants: boolean) => void} */
  setView(key, constants) {
    this.view = this.views.find((view) => view.key === key) ?? this.view;
    this.constants = constants;
    this.opened.clear();
    this.build();
  }

  // The plane to show where there is room.
  get wide() {
    return this.constants ? this.view.plane : (this.view.bare ?? this.view.plane);
  }

  // The box that has the focus keeps it; where it is no longer drawn, the box that it is in then, or the graph.
  build() {
    const { graph, picture } = this.page;
    const held = picture.boxes.find((drawn) => drawn.group === document.activeElement);
    const { camera } = picture;
    const { wide } = this;
    const plane = camera.choose(wide);
    /** @type {Opener} */
    const open = (box, path) => {
      if (!box.inside || !this.opened.has(path)) return null;
      const inside = this.insides[box.inside];
      const shown = box.members.filter((member) => !graph.isConstant(member));
      return { plane: inside, owner: inside.parts ? { node: shown[0], parts: inside.parts } : null };
    };
    byId("canvas").classList.toggle("narrow", plane !== wide);
    this.plane = plane;
    picture.build(unfoldPlane(plane, "", null, open));
    if (held) (this.findAgain(held)?.group ?? byId("graph")).focus({ preventScroll: true });
    if (camera.fitted) this.fit(true);
    else camera.keep();
    byId("said").textContent = this.view.said;
  }

  /** @type {(before: DrawnBox) => DrawnBox | undefined} */
  findAgain({ path, box, owner }) {
    const same = this.page.picture.boxes.find((drawn) => drawn.path === path && drawn.box.name === box.name);
    return same ?? (owner ? undefined : this.boxOf(box.members[box.members.length - 1]));
  }

  // The size of the window changed.
  resized() {
    const { camera, overview } = this.page.picture;
    if (camera.choose(this.wide) !== this.plane) {
      this.build();
      this.page.update(false);
    }
    if (camera.fitted) this.fit(true);
    else this.reveal();
    overview.build();
  }

  // Boxes, and how to open them.

  // The innermost drawn box that holds a node.
  /** @type {(node: number) => DrawnBox | undefined} */
  boxOf(node) {
    return this.page.picture.boxes.findLast((drawn) => holdsNode(drawn, node));
  }

  /** @type {(drawn: DrawnBox) => boolean} */
  isSelected(drawn) {
    const { marked } = this.page;
    return marked !== null && !drawn.child && holdsNode(drawn, marked);
  }

  /** @type {(drawn: DrawnBox) => void} */
  toggle(drawn) {
    const { page } = this;
    const { path } = drawn;
    const shut = !this.opened.delete(path);
    if (shut) this.opened.add(path);
    this.build();
    page.update(false);
    const again = page.picture.boxes.find((other) => other.path === path);
    if (again) page.picture.camera.show([again.at]);
    page.say(`${drawn.box.name} is ${shut ? "opened" : "closed"}.`);
  }

  // Where that is which the page speaks of, the most important first.
  get spoken() {
    const { page } = this;
    const step = page.drawnStep;
    const alone = page.quiz || page.pinned !== null || !step;
    const nodes = alone ? [page.marked ?? 0] : [step.operand, step.node];
    if (page.path) nodes.push(...[...page.path.links.keys()].reverse()); // from the leaf, as far as there is room
    if (!alone && step.kind === "forward") nodes.push(...page.graph.operands[step.node]);
    const boxes = nodes.map((node) => this.boxOf(node)).filter((box) => box !== undefined);
    return [...new Set(boxes)].map((box) => box.at);
  }

  fit(readable = false) {
    this.page.picture.camera.fit(readable, this.spoken);
  }

  reveal() {
    this.page.picture.camera.show(this.spoken);
  }
}

// Whether a box stands for a node, alone or among others; not what repeats it in another row or box.
/** @type {(drawn: DrawnBox, node: number) => boolean} */
function holdsNode({ box }, node) {
  return !["part", "operand", "outside"].includes(box.kind) && box.members.includes(node);
}

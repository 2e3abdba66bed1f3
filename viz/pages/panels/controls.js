// Buttons, slider and keys.

/** @type {(keyof typeof ICONS & keyof Elements)[]} */
const BUTTONS = ["start", "back", "play", "next", "end", "theme"]; // that show an icon
/** @type {("slider" | "play" | "turn" | "speed" | "mistake")[]} */
const IDLE = ["slider", "play", "turn", "speed", "mistake"]; // while gradients are covered
/** @type {Record<string, Point>} */
const PANS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };

class Controls {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.playing = 0; // the timer, while it plays
    this.legend = ""; // what it was drawn for
    this.walked = false; // whether the box in focus was come to by keys
    this.darkBefore = page.dark; // as it was before it was printed
    for (const id of BUTTONS) showIcon(byId(id), id);
    this.fillSelects();
    const { signal } = page.open;
    /** @type {(id: keyof Elements, event: string, action: () => void) => void} */
    const on = (id, event, action) => byId(id).addEventListener(event, action, { signal });
    on("start", "click", () => this.move(0));
    on("back", "click", () => this.move(page.k - 1));
    on("next", "click", () => this.move(page.k + 1));
    on("turn", "click", () => this.move(page.graph.size + 1));
    on("end", "click", () => this.move(page.run.steps.length));
    on("play", "click", () => (this.playing ? this.pause() : this.play()));
    on("slider", "input", () => this.move(Number(byId("slider").value)));
    on("speed", "change", () => this.playing && this.play());
    on("view", "change", () => page.setView(byId("view").value, page.scene.constants));
    on("constants", "change", () => page.setView(page.scene.view.key, byId("constants").checked));
    on("mistake", "change", () => page.chooseMistake(byId("mistake").value));
    on("cover", "click", () => page.setCover(!page.quiz));
    on("theme", "click", () => page.setDark(!page.dark));
    on("nearer", "click", () => page.picture.camera.zoom(1.25));
    on("farther", "click", () => page.picture.camera.zoom(0.8));
    on("fit", "click", () => page.scene.fit());
    const tools = document.querySelector(".tools");
    if (tools instanceof HTMLElement) rove(tools, signal);
    window.addEventListener("pageshow", () => page.synchronise(), { signal });
    window.addEventListener("beforeprint", () => this.print(true), { signal });
    window.addEventListener("afterprint", () => this.print(false), { signal });
    document.addEventListener("keydown", (event) => this.press(event), { signal });
    document.addEventListener("pointerdown", () => (this.walked = false), { signal });
    /** @type {(query: string, action: (matches: boolean) => void) => void} */
    const watch = (query, action) =>
      matchMedia(query).addEventListener("change", ({ matches }) => action(matches), { signal });
    watch("(prefers-color-scheme: dark)", (dark) => page.setDark(dark));
    watch("print", (printing) => this.print(printing));
  }

  fillSelects() {
    const { page } = this;
    byId("view").replaceChildren(...page.scene.views.map((view) => make("option", { value: view.key }, view.title)));
    byId("view-label").hidden = page.scene.views.length < 2;
    byId("constants").parentElement.hidden = !page.graph.ops.includes("constant");
    byId("mistake").replaceChildren(
      make("option", { value: "" }, "no mistake"),
      make("option", { value: HUNT }, "find the bug"),
      ...mistakes.map((each) => make("option", { value: each.name }, each.title)),
    );
  }

  /** @type {(k: number) => void} */
  move(k) {
    const { page } = this;
    if (page.quiz) return; // what was chosen stays as well
    this.pause();
    const next = k === page.k + 1;
    page.pinned = null;
    page.go(k);
    if (next) page.journey.go(LONGEST_JOURNEY);
  }

  play() {
    const { page } = this;
    if (page.quiz) return;
    this.pause();
    page.pinned = null;
    if (page.k === page.run.steps.length) page.go(0);
    this.playing = setInterval(
      () => {
        page.go(page.k + 1);
        page.journey.go(Number(byId("speed").value));
        if (page.k === page.run.steps.length) this.pause();
      },
      Number(byId("speed").value),
    );
    page.update(false);
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = 0;
    this.page.say(stepSentence(this.page));
    this.paint();
  }

  paint() {
    const { page } = this;
    const { steps } = page.run;
    const covered = page.quiz !== null;
    const slider = byId("slider");
    slider.max = String(steps.length);
    slider.value = String(page.k);
    slider.setAttribute("aria-valuetext", stepTitle(page));
    for (const id of IDLE) byId(id).disabled = covered;
    for (const button of [byId("start"), byId("back")]) disable(button, covered || page.k === 0);
    for (const button of [byId("next"), byId("end")]) disable(button, covered || page.k === steps.length);
    byId("position").textContent = `${count(page.k)} / ${count(steps.length)}`;
    byId("forward-part").style.flexGrow = String(page.graph.size);
    byId("backward-part").style.flexGrow = String(steps.length - page.graph.size);
    byId("play").setAttribute("aria-label", this.playing ? "Pause" : "Play");
    showIcon(byId("play"), this.playing ? "pause" : "play");
    byId("cover").setAttribute("aria-pressed", String(covered));
    byId("mistake").value = page.hunt ? HUNT : (page.mistake?.name ?? "");
    document.body.classList.toggle("covered", covered);
    this.showConstants();
    const { size } = page.graph;
    const operations = page.graph.names.filter((_, node) => page.graph.isOperation(node)).length;
    byId("subtitle").textContent =
      `${count(size)} ${plural(size, "node")}, ${count(operations)} of them computed${page.leaves ? " · numbers changed" : ""}`;
    this.showLegend();
  }

  // Constants can be hidden where they have boxes of their own.
  showConstants() {
    const box = byId("constants");
    box.disabled = this.page.scene.view.bare === null;
    box.parentElement.title = box.disabled ? "No constant has a box of its own here" : "Show the boxes of constants";
  }

  // The colours from the smallest gradient of this graph to the largest.
  showLegend() {
    const { ramp, dark } = this.page;
    const { scale } = this.page.run;
    const key = `${scale.low} ${scale.high} ${dark}`;
    if (this.legend === key) return;
    this.legend = key;
    const swatches = ramp.map((_, index) => {
      const swatch = make("span", {});
      swatch.style.background = paintAt(this.page, index).fill;
      return swatch;
    });
    /** @type {(exponent: number) => Element} */
    const tick = (exponent) => make("span", {}, power10(exponent));
    byId("legend").replaceChildren(
      make("span", { class: "caption" }, "size of the gradient"),
      make("div", { class: "swatches", "aria-hidden": "true" }, ...swatches),
      make("div", { class: "ticks" }, tick(scale.low), tick(scale.high)),
    );
  }

  /** @type {(event: KeyboardEvent) => void} */
  press(event) {
    const { target } = event;
    if (!(target instanceof Element) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return; // its keys are its own
    const isTyped = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && !target.matches("[type=range]");
    if (isTyped && event.key !== "Escape") return;
    if (target.matches("[type=range]") && /^(Arrow|Home|End|Page)/.test(event.key)) return; // a slider's own
    const { page } = this;
    const camera = page.picture.camera;
    const inGraph = byId("graph").contains(target);
    const pan = PANS[event.key];
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.move(page.k - 1),
      ArrowRight: () => this.move(page.k + 1),
      Home: () => this.move(0),
      End: () => this.move(page.run.steps.length),
      "+": () => camera.zoom(1.25),
      "=": () => camera.zoom(1.25),
      "-": () => camera.zoom(0.8),
      0: () => page.scene.fit(),
      "?": () => page.tour.help(),
      d: () => {
        page.descent.step();
        byId("descent").scrollIntoView({ block: "nearest" });
      },
      u: () => page.descent.back(),
      q: () => page.setCover(!page.quiz),
    };
    if (page.tour.at !== null) actions.Escape = () => page.tour.leave();
    else if (page.pinned !== null) actions.Escape = () => page.pin(null);
    if (target.tagName !== "BUTTON" && !this.focused) actions[" "] = () => (this.playing ? this.pause() : this.play());
    if (/^(Tab|ArrowUp|ArrowDown)$/.test(event.key)) this.walked = true;
    const held = this.focused;
    if (held?.box.kind === "leaf" && this.walked && !page.quiz) {
      actions.ArrowLeft = () => page.nudge.move(held.box.members[0], -1);
      actions.ArrowRight = () => page.nudge.move(held.box.members[0], 1);
    }
    if (inGraph) {
      actions.ArrowUp = () => this.walk(-1);
      actions.ArrowDown = () => this.walk(1);
      actions.Enter = () => this.focused && page.select(this.focused);
      if (this.focused) actions[" "] = actions.Enter;
      actions.o = () => this.openFocused();
    }
    const action = event.shiftKey && pan && inGraph ? () => camera.pan(...pan) : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  get focused() {
    return this.page.picture.boxes.find((drawn) => drawn.group === document.activeElement);
  }

  // Moves from box to box in order of computation.
  /** @type {(way: number) => void} */
  walk(way) {
    const boxes = this.page.picture.boxes.filter((drawn) => !drawn.group.classList.contains("hidden"));
    const at = boxes.findIndex((drawn) => drawn.group === document.activeElement);
    const start = boxes.findIndex((drawn) => drawn.group.getAttribute("tabindex") === "0");
    const next = boxes[at < 0 ? Math.max(start, 0) : Math.min(Math.max(at + way, 0), boxes.length - 1)];
    next.group.focus({ preventScroll: true });
    this.page.picture.camera.show([next.at]);
  }

  openFocused() {
    if (this.focused?.box.inside) this.page.scene.toggle(this.focused);
  }

  // In print everything is shown, on white, and nothing plays.
  /** @type {(printing: boolean) => void} */
  print(printing) {
    const { page } = this;
    const { camera } = page.picture;
    if (printing === camera.printing) return;
    this.pause();
    if (printing) this.darkBefore = page.dark;
    page.dark = !printing && this.darkBefore;
    page.update(false);
    if (printing) return camera.showAll();
    camera.apply();
    camera.resize(); // which may have been to do meanwhile
  }
}

// A toolbar is one stop of the Tab key; the arrows go from control to control.
/** @type {(bar: HTMLElement, signal: AbortSignal) => void} */
function rove(bar, signal) {
  /** @type {() => HTMLElement[]} */
  const controls = () =>
    [.../** @type {NodeListOf<HTMLElement>} */ (bar.querySelectorAll("select, input, button"))].filter(
      (each) => each.getClientRects().length > 0 && !each.matches(":disabled"),
    );
  /** @type {(chosen: Element) => void} */
  const enter = (chosen) => {
    for (const each of bar.querySelectorAll("select, input, button")) {
      each.setAttribute("tabindex", each === chosen ? "0" : "-1");
    }
  };
  enter(controls()[0] ?? bar);
  bar.addEventListener("focusin", (event) => event.target instanceof Element && enter(event.target), { signal });
  /** @type {(event: KeyboardEvent) => void} */
  const press = (event) => {
    const all = controls();
    const at = all.findIndex((each) => each.matches(":focus"));
    /** @type {Record<string, number>} */
    const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 };
    const place = places[event.key];
    if (place === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    all[(place + all.length) % all.length].focus();
  };
  bar.addEventListener("keydown", press, { signal });
}

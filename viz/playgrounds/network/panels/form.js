// The form of the settings: a field for each, which says what was wrong and keeps what was right.

/** @type {Record<string, string>} */
const TITLES = {
  points: "own points",
  file: "a file (CSV)",
  binary_cross_entropy_with_logits: "binary cross-entropy on logits",
  binary_cross_entropy: "binary cross-entropy of a sigmoid",
  cross_entropy: "cross-entropy",
  mse: "squared error",
  mae: "absolute error",
  nll: "negative log likelihood",
  sgd: "SGD",
  adam: "Adam",
  line: "a line to fit",
  "": "default",
  given: "as given",
};

const NARROW = "(max-width: 860px)"; // where the form is folded away at first

class SettingsForm {
  // change: what to do with other settings
  /** @param {(changes: Partial<NetworkSettings>) => void} change */
  constructor(change) {
    this.change = change;
    /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
    this.fields = new Map();
    this.complaint = make("p", { class: "net-complaint", role: "alert" });
    this.file = make("input", { type: "file", accept: ".csv,.tsv,.txt,text/csv", "aria-label": "A file of data" });
    this.content = make("p", { class: "muted" }, "Rows of numbers, the target last."); // or what was found in a file
    const form = make(
      "form",
      { class: "net-settings", "aria-label": "Settings" },
      this.group(
        "Data",
        this.choice("data", "data", [...Object.keys(DATA), ...OWN]),
        this.number("count", "points", 4, offered.most.points, 1),
        this.number("noise", "noise", 0, 10, 0.05),
        this.number("classes", "classes", 2, offered.most.classes, 1),
        make("label", { class: "net-wide" }, "CSV, stays here ", this.file),
        this.content,
      ),
      this.group(
        "Network",
        this.text("hidden", "hidden", "such as 16, 16"),
        this.choice("activation", "activation", Object.keys(offered.activations)),
        this.choice("initialisation", "start", ["", ...Object.keys(INITIALISATIONS), "given"]),
        this.number("seed", "seed", 0, Number.MAX_SAFE_INTEGER, 1),
      ),
      this.group(
        "Training",
        this.choice("loss", "loss", Object.keys(offered.losses)),
        this.choice("optimiser", "optimiser", Object.keys(OPTIMISERS)),
        this.number("momentum", "momentum", 0, 1, 0.05),
        this.turned(this.text("rate", "rate", "such as 0.01")),
        this.number("batch", "batch (0: all)", 0, offered.most.rows, 1),
        this.text("decay", "L2", "such as 0.001"),
      ),
      this.complaint,
      make(
        "p",
        { class: "muted" },
        "A new rate applies at once. Any other change restarts the training from the seed.",
      ),
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    this.summary = make("summary", {});
    this.element = make("details", { open: !matchMedia(NARROW).matches }, this.summary, form);
    matchMedia(NARROW).addEventListener("change", ({ matches }) => (this.element.open ||= !matches));
  }

  /** @type {(title: string, ...fields: HTMLElement[]) => HTMLElement} */
  group(title, ...fields) {
    return make("fieldset", {}, make("legend", {}, title), ...fields);
  }

  /** @type {(name: string, title: string, field: HTMLInputElement | HTMLSelectElement) => HTMLElement} */
  field(name, title, field) {
    field.id = `net-${name}`;
    this.fields.set(name, field);
    field.addEventListener("change", () => this.read(name));
    return make("label", { class: `net-of-${name}` }, make("span", {}, title), field);
  }

  /** @type {(name: string, title: string, options: string[]) => HTMLElement} */
  choice(name, title, options) {
    const offered = options.map((value) => make("option", { value }, TITLES[value] ?? value.replaceAll("_", " ")));
    return this.field(name, title, make("select", {}, ...offered));
  }

  /** @type {(name: string, title: string, min: number, max: number, step: number) => HTMLElement} */
  number(name, title, min, max, step) {
    return this.field(name, title, make("input", { type: "number", min, max, step, required: true }));
  }

  /** @type {(name: string, title: string, placeholder: string) => HTMLElement} */
  text(name, title, placeholder) {
    return this.field(
      name,
      title,
      make("input", { type: "text", placeholder, autocomplete: "off", spellcheck: "false" }),
    );
  }

  // The rate with buttons beside it, to be turned while it trains.
  /** @type {(label: HTMLElement) => HTMLElement} */
  turned(label) {
    const field = /** @type {HTMLInputElement} */ (this.fields.get("rate"));
    /** @type {(text: string, way: -1 | 1, title: string) => HTMLElement} */
    const turn = (text, way, title) =>
      button(text, () => this.change({ rate: turnUp(Number(field.value), way) }), { title, "aria-label": title });
    return make("div", { class: "net-turned" }, label, turn("−", -1, "Smaller rate"), turn("+", 1, "Larger rate"));
  }

  // What was typed or chosen in a field.
  /** @type {(name: string) => void} */
  read(name) {
    const { value } = /** @type {HTMLInputElement} */ (this.fields.get(name));
    /** @type {(text: string) => any} */
    const read = (text) => (!text.trim() || Number.isNaN(Number(text)) ? text : Number(text)); // no number: refused as it is
    if (name === "hidden")
      this.change({
        hidden: value
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(read),
      });
    else if (["rate", "momentum", "decay", "count", "noise", "classes", "seed", "batch"].includes(name)) {
      this.change({ [name]: read(value) });
    } else this.change({ [name]: value });
  }

  // Show settings, and nothing to complain about. widths: of the layers of the network that is shown.
  /** @type {(settings: NetworkSettings, widths: number[]) => void} */
  show(settings, widths) {
    for (const [name, field] of this.fields) {
      const value = name === "rate" ? findRate(settings, Infinity) : /** @type {any} */ (settings)[name];
      field.value = name === "hidden" ? value.join(", ") : String(value);
      field.removeAttribute("aria-invalid");
    }
    const starts = /** @type {HTMLSelectElement} */ (this.fields.get("initialisation"));
    starts.options[starts.options.length - 1].hidden = !settings.start;
    if (settings.start) starts.value = "given";
    this.complaint.textContent = "";
    const title = (/** @type {string} */ name) => TITLES[name] ?? name;
    this.summary.textContent = `Settings: ${title(settings.data)}, ${widths.join("-")}, ${settings.activation}, ${title(settings.optimiser)}`;
    const own = OWN.includes(settings.data);
    const isFixed = own ? settings.data === "file" || !settings.classes : DATA[settings.data].classes !== null;
    for (const [name, off] of /** @type {const} */ ([
      ["count", own],
      ["noise", own],
      ["classes", isFixed],
      ["momentum", settings.optimiser !== "momentum"],
    ])) {
      /** @type {HTMLElement} */ (this.fields.get(name)?.parentElement).hidden = off;
    }
    /** @type {HTMLElement} */ (this.file.parentElement).hidden = this.content.hidden = settings.data !== "file";
    const losses = /** @type {HTMLSelectElement} */ (this.fields.get("loss"));
    for (const option of losses.options) option.disabled = !fitsLoss(option.value, settings.classes);
  }

  /** @type {(sentence: string, names: string[]) => void} */
  complain(sentence, names) {
    this.complaint.textContent = sentence;
    for (const name of names) this.fields.get(name)?.setAttribute("aria-invalid", "true");
  }
}

// The next of 0.1, 0.2, 0.5, 1, ... above a rate, or below it.
/** @type {(rate: number, way: -1 | 1) => number} */
function turnUp(rate, way) {
  const power = Math.floor(Math.log10(rate || 1e-6));
  const series = [-1, 0, 1].flatMap((decade) => [1, 2, 5].map((digit) => Number(`${digit}e${power + decade}`)));
  if (way > 0) return Math.min(series.find((each) => each > rate) ?? rate, 1000);
  return series.findLast((each) => each < rate) ?? rate;
}

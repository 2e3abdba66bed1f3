// What the scripts of the page share: the data that Python writes, the elements of page.html, and what is made of them.

// --- written by viz/pages/page.py, viz/pages/views.py and viz/pages/arrangement.py ---

interface PageData {
  nodes: RecordedNode[];
  views: View[];
  insides: Record<string, Plane>;
  ramp: string[];
  listings: Listing[];
  places: (Place | null)[];
}

type Float = number | "inf" | "-inf" | "nan";
type RecordedNode = [
  name: string,
  op: string,
  operands: number[],
  data: Float,
  locals: (Float | null)[],
  kinds: string,
];
type Listing = { file: string; first: number; lines: string[] };
type Place = [listing: number, line: number, column: number, lastLine: number, lastColumn: number];
type View = { key: string; title: string; said: string; plane: Plane; bare: Plane | null };

interface Plane {
  width: number;
  height: number;
  texts: boolean; // whether there is room for local derivatives
  boxes: Box[];
  edges: Edge[];
  curves: { points: Point[]; edges: number[] }[];
  parts?: Part[]; // where it is the inside of a fused operation
  narrow?: Plane; // the same boxes in narrower rows
}

type Point = [x: number, y: number];
type Use = [user: number, index: number];
type Part = [op: string, operands: Reference[]];
type Reference = [where: "operand" | "part", number: number];
type Edge = { source: number; target: number; uses: Use[]; end: Point };
type BoxKind = "leaf" | "constant" | "operation" | "folded" | "outside" | "part" | "operand";

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
  kind: BoxKind;
  name: string;
  members: number[];
  inside?: string | null; // the key of the plane it opens to
}

// --- written by viz/pages/javascript.py, and by viz/pages/page.py before the scripts that compute ---

declare const operations: Record<string, Row>;
declare const mistakes: Mistake[];
declare const factors: {
  kinds: Kind[];
  plurals: Record<string, string>;
  bounds: Record<string, number | null>;
  colours: Record<Kind, string>;
  pale: string;
  uncounted: string;
};

// --- written by viz/pages/constants.py, each from the file behind it ---

// viz/numbers.py
declare const DIGITS: number; // by default
declare const MOST_DIGITS: number; // enough to tell any float from all others
declare const SURE_DIGITS: number; // up to which a float is near enough to what is written to work with
declare const EXACT: string; // how a side of an equation relates to the number
declare const ROUNDED: string;
declare const OUTDATED: string;
// engine/teaching/answers.py
declare const NEAR: number; // of a number, half a percent
declare const LONGEST_ANSWER: number; // letters
// viz/words/exact.py
declare const MOST_EXPONENT: number; // of what is multiplied out
// viz/words/words.py
declare const CLOSED: string; // said of a branch that is not taken
declare const MOST_WRITTEN: number; // operands that a formula writes out
declare const PLAIN: string[]; // named operations that people write as a formula
// engine/teaching/mistakes.py
declare const MOST_VISITS: number; // of nodes, by plain recursion
// viz/pages/arrangement.py, viz/pages/views.py
declare const LETTER_WIDTH: number;
declare const SMALL_WIDTH: number; // of a letter of 11 px
declare const MOST_SCOPE: number; // letters
declare const WORDS: Record<string, string>; // what an operation is called in its box, where not by its name
// viz/paths/waterfall.py
declare const MOST_LINKS: number; // drawn of a path

type Kind = "slope" | "weight" | "input" | "signal" | "sum" | "other";
type Tree = number | string | Branch;

interface Branch extends Array<Tree> {
  0: string; // an operator or a function; behind it what it is applied to
}

type Formula = (...letters: (number | number[])[]) => number;

interface Row {
  name: string;
  letters: string;
  sequences: string;
  forward: Formula;
  derivatives: Formula[];
  closed: (((...letters: (number | number[])[]) => boolean | number) | null)[]; // whether a derivative is a branch not taken
  term: Formula | null;
  termFormula: Tree | null;
  formulas: Tree[]; // forward, and the derivatives
  remarks: [condition: Tree, said: string][][]; // on the result, and on the derivatives
}

interface Settings {
  order: "reverse" | "forward" | "recursive";
  accumulate: boolean;
  average: boolean;
  upstream: boolean;
  local: "right" | "none" | "own" | "sign" | "minus" | "exponent" | "output" | "input";
  forget: "" | "first" | "last";
  passes: number;
  reset: boolean;
  zero: boolean;
}

interface Mistake extends Settings {
  name: string;
  title: string;
  sentence: string;
  hint: string;
}

// --- what an address holds: of a page, all but what is as in the beginning ---

interface PageState {
  step: number;
  leaves?: [leaf: number, number: Float][];
  mistake?: string | number; // its name, or the seed of one that is to be found
  view?: string;
  constants?: boolean;
  pinned?: number;
}

// --- both passes ---

type Pass = { values: number[]; locals: number[][]; closed: boolean[][] };

interface Run extends Pass {
  steps: Step[];
  gradients: number[];
  ledger: number[][]; // for each node the steps in which its gradient grew
  sent: number[][]; // and those in which it passed its own on
  again: { step: number; starts: (node: number) => boolean } | null; // a second pass, and which gradients start at 0 in it
  stepOf: (number | null)[][]; // the step in which a use passed its gradient on; null for a constant
  scale: Scale; // of the gradients and contributions
}

type Step = Given | Forward | Seed | Backward;
type Given = { kind: "leaf"; node: number; operand: number; total?: undefined; contribution?: undefined };
type Forward = { kind: "forward"; node: number; operand: number; total?: undefined; contribution?: undefined };
interface Seed {
  kind: "seed";
  node: number;
  operand: number;
  before: number;
  total: number;
  contribution?: undefined;
  right?: Partial<Right> & { total: number };
}

// What would be right where a mistake is made.
type Right = { upstream: number; local: number; contribution: number; total: number };

interface Backward {
  kind: "backward";
  node: number;
  index: number;
  operand: number;
  upstream: number;
  local: number;
  closed: boolean; // a branch not taken
  contribution: number;
  before: number;
  total: number;
  forgotten?: boolean;
  right?: Right;
}

type Letters<Text> = Record<string, Text | Text[]>; // what each letter of a formula stands for
type Written = { text: string; binding: number };

interface Fraction {
  top: bigint;
  bottom: bigint; // above 0
}

interface Words {
  symbols: string;
  numbers: string;
  taken: Tree; // the formula in the branch that the numbers choose
  floats: Letters<number>;
  rough: number; // what it comes to from the digits that are shown elsewhere
  digits: number;
  outdated: boolean; // the operands' numbers have changed since
  notes: string[];
}

interface Link {
  node: number;
  operand: number;
  index: number;
  kind: Kind;
  factor: number;
  closed: boolean;
  before: number;
  after: number;
  bound: number | null;
}

// From the output to a node: its last edge, and the product of its factors; detached behind a detach().
type Way = { node: number; index: number; product: number; detached: boolean };
type Path = { run: Run; leaf: number; product: number; count: bigint; links: Map<number, Link> };

interface Inside {
  values: number[];
  gradients: (number | null)[];
  locals: { local: number; contribution: number }[][];
  received: number[];
}

type Result = "right" | "helped" | "shown"; // of a question

// What the page and `viz.widget` tell each other: those of its traits that have changed.
interface Shared {
  _told?: Numbers;
  _moved?: Numbers;
  step?: number;
  pinned?: string | null;
  mistake?: string;
}

type Numbers = [told: number, leaves: Record<string, string>]; // as text, by name

// --- what is drawn ---

type Shift = (at: number) => number; // where a coordinate goes when boxes are opened
type Opener = (box: Box, path: string) => { plane: Plane; owner: Owner | null } | null;
type Passed = { contribution: number | null; current: boolean }; // along one use of an operand
type Spot = { x: number; y: number };
type Area = { x: number; y: number; width: number; height: number };
type Reach = { low: number; high: number };
type PlotLine = { points: Point[]; classes: string };
type PlotDot = { point: Point; classes: string };
type Scale = { low: number; high: number };
type Owner = { node: number; parts: Part[] }; // the fused operation whose inside is shown

interface Placed extends Area {
  box: Box;
  path: string;
  owner: Owner | null;
  child: Unfolded | null;
}

type Unfolded = { boxes: Placed[]; curves: Curve[]; texts: EdgeText[]; width: number; height: number };
type Curve = { points: Point[]; ends: boolean; owner: Owner | null; edges: Edge[]; right: number; bottom: number };
type EdgeText = { x: number; y: number; owner: Owner | null; edge: Edge };

type Drawn = { painted: Record<string, unknown> };
type EdgeStyle = { texts: string[]; classes: string; above: Area | null };
type DrawnText = EdgeText & Drawn & { origin: Spot; element: SVGTextElement };
type DrawnCurve = Curve &
  Spot &
  Drawn & { area: Area; path: SVGPathElement; head: SVGPathElement | null; road: SVGPathElement | null };

interface DrawnBox extends Placed, Drawn {
  group: SVGGElement;
  at: Area;
  scope: string;
  title: SVGTextElement;
  tip: SVGTitleElement;
  lines: Lines | null; // null where a box has its name only
}

type Lines = Record<"op" | "word" | "value" | "gradWord" | "grad", SVGTextElement> & { strip: SVGPathElement };

interface Style {
  title: string;
  op: string;
  word: string;
  value: string;
  gradWord: string;
  grad: string;
  classes: string[];
  label: string;
  fill?: string;
  ink?: string;
  oldValue?: number | null; // numbers that are struck beside these
  oldGrad?: number | null;
  oldWord?: string; // what that is
}

// --- the elements of page.html, by id ---

type Held<Kept extends Element> = Kept & { readonly parentElement: HTMLElement };
type Properties = Record<string, string | number | boolean | null | (() => void)>;

interface Elements
  extends Record<"title" | "formula" | "where" | "comma" | "value" | "subtitle" | "view-label", HTMLElement>,
    Record<"ask" | "cover" | "theme", HTMLButtonElement>,
    Record<"view" | "mistake" | "speed", HTMLSelectElement>,
    Record<"zoom" | "legend" | "canvas" | "said", HTMLElement>,
    Record<"nearer" | "farther" | "fit", HTMLButtonElement>,
    Record<
      "tour" | "step" | "quiz" | "comparison" | "hunt" | "ledger" | "leaves" | "nudge" | "descent" | "source",
      HTMLElement
    >,
    Record<"order" | "forward-part" | "backward-part" | "position", HTMLElement>,
    Record<"start" | "back" | "play" | "next" | "turn" | "end", HTMLButtonElement>,
    Record<"live" | "data", HTMLElement> {
  constants: Held<HTMLInputElement>;
  graph: Held<SVGSVGElement>;
  frames: SVGGElement;
  map: SVGSVGElement;
  path: Held<HTMLElement>;
  slider: HTMLInputElement;
  help: HTMLDialogElement;
}

interface Document {
  getElementById<Id extends keyof Elements>(id: Id): Elements[Id];
}

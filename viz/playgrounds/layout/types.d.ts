// What the layout's scripts share.

declare const measures: Measures;

interface Measures {
  ranks: { NODES: number };
  coordinates: {
    BETWEEN: number[];
    STEP: number;
    STILL: number;
    TRUNK: number;
    LEAF: number;
    ROUNDS: number;
    CROSSING: number;
  };
  breaks: { CROSSED: number };
  plan: {
    PORT: number;
    CORNER: number;
    BEND: number[];
    STEEP: number[];
    STRAIGHT: number;
    LEVEL: number;
    MARGIN: number;
    CHANNEL: number;
    TRACK: number;
  };
  layout: { MOST_ROWS: number; LOOSE: number; TRIES: number; LEAST: number };
  views: {
    NARROWEST: number;
    HEIGHT: number;
    LOW: number;
    LETTER: number;
    SIGN: number;
    SMALL: number;
    MOST_LETTERS: number;
    MOST_SCOPE: number;
    SCOPE: number;
    OPENER: number;
    TEXT: Size;
    ROOM: Size;
    WHOLE: number;
    ROOMY: number;
    LONG: number;
    BESIDE: number;
    NARROW: number[];
    FEW: number;
    MOST_INSIDE: number;
    MOST_OUTSIDE: number;
    TRIES: number;
    FOLDS: [key: string, title: string, fold: Fold][];
    WORDS: Record<string, string>;
  };
  graph: { LIMIT: number };
  folding: { FEW: number; MOST_STRETCHES: number; SCOPED: string[]; CONSTANTS: string; STRETCHES: string };
}

type Size = [width: number, height: number];
type Ends = [source: number, target: number][];
type Pull = { near: number; strength: number };

// Boxes, numbered from 0 to count - 1, followed by the virtual nodes at which trunks pass a rank.
interface Ranks {
  count: number;
  ranks: number[][]; // the nodes of each rank, from top to bottom
  rank: number[]; // the rank of each node
  depth: number[]; // the length of the longest path of boxes to each node (of a virtual node: to the box of its trunk)
  left: number[][]; // each node's neighbours in the rank before; a box has one for every edge that arrives
  right: number[][]; // each node's neighbours in the rank after
  starts: number[]; // the ranks that begin a row, except the first
}

type Arrangement = { grid: Ranks; half: number[]; y: number[] };
type PlacedCurve = { points: Point[]; edges: number[] };

interface Layout {
  width: number;
  height: number;
  boxes: Point[]; // the given boxes, followed by copies of leaves in later rows
  curves: PlacedCurve[];
  ends: Point[];
  again: number[]; // for each copy, the leaf that it stands for
  sources: number[]; // for every edge, the box from which it is drawn: a given box or a copy of a leaf
}

// --- views ---

type Fold = "none" | "neuron" | "layer" | null; // null: as far as needed
type BuiltFrom = [neuron: string, layer: string]; // the parts of a network that a node belongs to, "" for none
type FoldKey = string | number | symbol; // what tells a node's box from the others; a part of a network is a string
type FoldLink = [source: number, target: number, index: number];
type FoldedBox = { name: string; kind: BoxKind; members: number[]; scope: string };
type FoldedGraph = { boxes: FoldedBox[]; folded: string };
type SizedBox = { width: number; height: number; kind: BoxKind; name: string; members: number[] };
type SizedEdge = { source: number; target: number; uses: Use[] };
type Group = { members: number[]; name: string };

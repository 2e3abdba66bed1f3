// What the layout's scripts share.

declare const measures: Measures;

interface Measures {
  ranks: { NODES: number };
  coordinates: Record<"STEP" | "STILL" | "TRUNK" | "LEAF" | "ROUNDS" | "CROSSING", number> & { BETWEEN: number[] };
  breaks: { CROSSED: number };
  plan: Record<"PORT" | "CORNER" | "STRAIGHT" | "LEVEL" | "MARGIN" | "CHANNEL" | "TRACK", number> &
    Record<"BEND" | "STEEP", number[]>;
  layout: Record<"MOST_ROWS" | "LOOSE" | "TRIES" | "LEAST", number>;
  views: Record<"NARROWEST" | "HEIGHT" | "LOW" | "LETTER" | "SIGN" | "SMALL" | "SCOPE" | "OPENER", number> &
    Record<"MOST_LETTERS" | "MOST_SCOPE" | "MOST_INSIDE" | "MOST_OUTSIDE" | "TRIES", number> &
    Record<"WHOLE" | "ROOMY" | "LONG" | "BESIDE" | "FEW", number> &
    Record<"TEXT" | "ROOM", Size> & {
      NARROW: number[];
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

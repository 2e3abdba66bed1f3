// What the scripts of the network share.

// --- written by viz/playgrounds/network/kernels.py ---

declare const kernels: Record<string, Kernel>;

type ForwardKernel = (v: Float64Array, operands: Int32Array, at: number, count: number, node: number) => void;
type BackwardKernel = (
  v: Float64Array,
  g: Float64Array,
  operands: Int32Array,
  at: number,
  count: number,
  node: number,
) => void;
type Kernel = { forward: ForwardKernel; backward: BackwardKernel };

// --- written by viz/playgrounds/network/offered.py ---

interface OfferedLoss {
  targets: "probability" | "sign" | "number" | "class";
  output: "linear" | "sigmoid" | "log_softmax";
  threshold: number | null;
}
declare const offered: {
  losses: Record<string, OfferedLoss>;
  activations: Record<string, string>;
  slope: number;
  most: Record<string, number>;
};

// --- the data ---

type DataRule = {
  classes: number | null; // 0 where targets are numbers, null where a person chooses
  noise: number;
  make: (wanted: { count: number; noise: number; classes: number }, generator: Generator) => number[][];
};

interface Samples {
  count: number;
  inputs: number; // of each sample
  classes: number; // 0 where targets are numbers
  rows: Float64Array; // the inputs of one sample after those of another
  targets: Float64Array;
}

// --- the model and its training ---

interface RecordedModel {
  parameters: number[];
  parts: Map<number, [neuron: string, layer: string]>;
  layers: number[][]; // the inputs, then what each layer puts out
  outputs: number[];
}

type TapeStep = Kernel & { at: number; count: number; node: number };
interface TrainingTape {
  tape: Tape;
  // where in it they stand; no target where the losses are those of the classes
  places: { inputs: Int32Array; target: number | null; parameters: Int32Array; layers: Int32Array[] };
}
type TrainingSettings = Pick<NetworkSettings, "optimiser" | "rate" | "turns" | "momentum" | "batch" | "decay">;

// --- settings ---

interface NetworkSettings {
  data: string; // a rule of DATA, or one of OWN
  count: number;
  noise: number;
  classes: number; // 0 where targets are numbers
  points: number[][]; // of one's own: the inputs, then the target
  hidden: number[];
  activation: string;
  initialisation: string; // "" for that which suits the activation
  loss: string;
  optimiser: string;
  rate: number; // at the start
  turns: Turn[]; // of the rate, while it trains
  momentum: number;
  batch: number; // 0 for all rows at once
  decay: number; // L2
  seed: number;
  start: number[] | null; // the parameters, where they are not drawn
}

type Turn = [updates: number, rate: number]; // how many updates were made before

// What Python gives, viz/playgrounds/network/reading.py.
type GivenNetwork = { settings: Partial<NetworkSettings>; labels: string[] };

// skipped: rows that are names of columns
type FileData = { points: number[][]; labels: string[]; names: string[]; separator: string; skipped: number };
// A state to come back to. content: what was said of the file
interface NetworkDeed {
  settings: NetworkSettings;
  labels: string[];
  table: FileData | null;
  content: string;
  updates: number;
}
type OpenInside = (graph: { nodes: RecordedNode[]; parts: [string, string][] }, back: () => void) => void;

// A picture's place on the page. said: what stands beside its title
type PictureFrame = { figure: HTMLElement; canvas: HTMLCanvasElement; title: string; said: HTMLElement };

interface TrainingRun {
  samples: Samples;
  points: number[][];
  model: Model;
  training: Training;
  room: Room;
}
type Room = { low: number[]; high: number[] }; // what is around the data

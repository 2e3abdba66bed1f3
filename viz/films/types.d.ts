// What the scripts of a film share: the data that Python writes (viz/films/film.py), and the elements of film.html.

interface FilmData {
  title: string;
  said: string;
  epochs: number[]; // of each frame
  series: Record<"loss" | "validation_loss", (number | null)[]>; // of each epoch; null where not finite
  layers: string[];
  spreads: (number | null)[][][]; // of each frame and layer: quantiles of |gradient|
  network: Network | null;
  plane: Plane | null;
}

interface Network {
  names: string[]; // of the inputs and each layer, as all that follows
  widths: number[];
  drawn: boolean[]; // whether its weights are, layer by layer
  weights: string; // bytes, as below: of each frame in a row
  largest: number;
  slopes: string;
  scale: [low: number, high: number]; // powers of ten
  numbers: string;
  most: number[];
}

interface Plane {
  size: number; // points along each side
  low: number[];
  high: number[];
  kind: "classes" | "number";
  classes: string[];
  bytes: string;
  reach: number;
  threshold: number;
  points: [x: number, y: number, value: number][]; // value: number of the class, or -1 to 1
}

type Pen = CanvasRenderingContext2D;
type Point = [x: number, y: number];
type Frame = { left: number; right: number; top: number; bottom: number };
type Line = [x: number, y: number, x2: number, y2: number];
type Look = { colour: string; width?: number; dash?: number[] };

type Panel = { querySelector(name: "canvas"): HTMLCanvasElement } & HTMLElement;

interface Elements {
  title: HTMLElement;
  said: HTMLElement;
  numbers: HTMLElement;
  theme: HTMLButtonElement;
  network: Panel;
  widths: HTMLElement;
  plane: Panel;
  "plane-said": HTMLElement;
  classes: HTMLElement;
  loss: Panel;
  "loss-said": HTMLElement;
  gradients: Panel;
  start: HTMLButtonElement;
  back: HTMLButtonElement;
  play: HTMLButtonElement;
  next: HTMLButtonElement;
  end: HTMLButtonElement;
  slider: HTMLInputElement;
  position: HTMLElement;
  speed: HTMLSelectElement;
  live: HTMLElement;
  data: HTMLElement;
}

interface Document {
  getElementById<Id extends keyof Elements>(id: Id): Elements[Id];
  querySelector(name: "main"): HTMLElement;
}

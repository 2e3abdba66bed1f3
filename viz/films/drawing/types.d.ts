// What the drawing of films and of the playground shares.

// As much of a canvas's pen as the pictures use, so that others can draw them too.
type Pen = Pick<
  CanvasRenderingContext2D,
  | "fillStyle"
  | "strokeStyle"
  | "lineWidth"
  | "globalAlpha"
  | "textAlign"
  | "font"
  | "imageSmoothingEnabled"
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "arc"
  | "rect"
  | "closePath"
  | "clip"
  | "setLineDash"
  | "stroke"
  | "fill"
  | "strokeRect"
  | "fillRect"
  | "fillText"
  | "measureText"
  | "save"
  | "restore"
  | "translate"
> & { drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void };
type Surface = { pen: Pen; width: number; height: number };
type Dot = [x: number, y: number];
type Segment = [x: number, y: number, x2: number, y2: number];
type Margins = { left: number; right: number; top: number; bottom: number };
type Stroke = { colour: string; width?: number; dash?: number[] };

interface NetworkPicture {
  names: string[]; // of the inputs and each layer, as all that follows
  widths: number[];
  drawn: boolean[]; // whether its weights are, layer by layer
  signs: ArrayLike<number>; // of the weights that are drawn, unit by unit: above, at or below zero
  levels: ArrayLike<number>; // of their gradients, from 0 to LEVELS
  shares: Float64Array; // what each unit puts out, as a share of the most that its layer does
  most: number[];
}

interface PlanePicture {
  size: number; // points along each side
  low: number[];
  high: number[];
  kind: "classes" | "number";
  classes: string[];
  points: [x: number, y: number, value: number][]; // value: number of the class, or -1 to 1
  marked?: Dot; // the point of the sample that is spoken of
}

interface LossPicture {
  series: (number | null)[][]; // of each epoch; null where not finite
  range: [low: number, high: number];
  log: boolean;
  epochs: number;
  now: number;
  stride?: number; // epochs from one number to the next, 1 by default
  marks?: number[]; // epochs to be marked
}

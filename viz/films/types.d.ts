// What the scripts of a film share: the data that Python writes (viz/films/film.py), and the elements of film.html.

interface FilmData {
  title: string;
  said: string;
  epochs: number[]; // of each frame
  series: Record<"loss" | "validation_loss", (number | null)[]>; // of each epoch; null where not finite
  layers: string[];
  quantiles: (number | null)[][][]; // of |gradient|, for each frame and layer
  network: FilmNetwork | null;
  plane: FilmPlane | null;
}

interface FilmNetwork extends Pick<NetworkPicture, "names" | "widths" | "drawn" | "most"> {
  weights: string; // bytes, like those below: one frame after another
  gradients: string;
  scale: [low: number, high: number]; // powers of ten
  numbers: string;
}

interface FilmPlane extends PlanePicture {
  bytes: string;
  threshold: number;
}

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

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
  weights: string; // bytes, like the gradients: one frame after another
  gradients: string;
  scale: [low: number, high: number]; // powers of ten
  numbers: string; // in single precision
}

interface FilmPlane extends PlanePicture {
  bytes: string; // classes, or cube roots of outputs
  threshold: number;
}

type Panel = { querySelector(name: "canvas"): HTMLCanvasElement } & HTMLElement;

interface Elements
  extends Record<
      "title" | "said" | "numbers" | "widths" | "plane-said" | "classes" | "loss-said" | "position" | "live" | "data",
      HTMLElement
    >,
    Record<"network" | "plane" | "loss" | "gradients", Panel>,
    Record<"theme" | "start" | "back" | "play" | "next" | "end", HTMLButtonElement> {
  slider: HTMLInputElement;
  speed: HTMLSelectElement;
}

interface Document {
  getElementById<Id extends keyof Elements>(id: Id): Elements[Id];
  querySelector(name: "main"): HTMLElement;
}

// What the scripts of the playground share, beside what those of the page share (viz/pages/types.d.ts).

// --- written by viz/playgrounds/playground.py, from engine/teaching/grammar.py ---

declare const grammar: {
  longest: number;
  deepest: number;
  most_listed: number;
  longest_constant: number;
  longest_word: number;
  tokens: Record<string, string>;
  binding: Record<string, number>;
  sign: number;
  powers: Record<string, number>;
  numbers: Record<string, number>;
  familiar: Record<string, string>;
  several: string[];
  optional: Record<string, number>;
  hints: Record<string, string>;
  function_hints: Record<string, string>;
  not_finite: string[];
  sentences: Record<string, string>;
};

// --- the language ---

type Token = { kind: string; text: string; column: number };

interface Parsed {
  nodes: RecordedNode[];
  leaves: Map<string, number | null>;
  missing: string[];
}

// --- the shell ---

type Pair = [name: string, number: Float];
type Example = { title: string; text: string | ((length: number) => string); numbers: Record<string, number> };

// Written by viz/playgrounds/playground.py.
interface PlaygroundData {
  ramp: string[];
  text: string;
  numbers: [name: string, number: Float][];
  network?: GivenNetwork;
}

interface ExpressionState {
  text: string;
  numbers: Pair[];
  page: PageState;
}

// --- the elements of playground.html, by id ---

interface Elements {
  tabs: HTMLElement;
  "expression-tab": HTMLButtonElement;
  "network-tab": HTMLButtonElement;
  typing: HTMLElement;
  expression: HTMLTextAreaElement;
  complaint: HTMLElement;
  warning: HTMLElement;
  examples: HTMLSelectElement;
  "length-label": HTMLElement;
  length: HTMLInputElement;
  undo: HTMLButtonElement;
  redo: HTMLButtonElement;
  share: HTMLButtonElement;
  training: HTMLButtonElement;
  network: HTMLElement;
  sharing: HTMLDialogElement;
}

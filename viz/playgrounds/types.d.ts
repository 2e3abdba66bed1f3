// What the scripts of the playground share, beside what those of the page share (viz/pages/types.d.ts).

// --- written by viz/playgrounds/playground.py, from engine/teaching/grammar.py ---

declare const grammar: Record<"longest" | "deepest" | "most_listed" | "longest_constant" | "longest_word", number> &
  Record<"tokens" | "familiar" | "hints" | "function_hints" | "sentences", Record<string, string>> &
  Record<"binding" | "powers" | "numbers" | "optional", Record<string, number>> &
  Record<"several" | "not_finite", string[]> & { sign: number };

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

interface Elements
  extends Record<"tabs" | "typing" | "complaint" | "warning" | "length-label" | "network", HTMLElement>,
    Record<"expression-tab" | "network-tab" | "undo" | "redo" | "share" | "training", HTMLButtonElement> {
  expression: HTMLTextAreaElement;
  examples: HTMLSelectElement;
  length: HTMLInputElement;
  sharing: HTMLDialogElement;
}

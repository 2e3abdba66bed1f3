// What the scripts of the playground share, beside what those of the page share (viz/pages/types.d.ts).

// --- written by viz/playground/playground.py, from engine/teaching/grammar.py ---

declare const grammar: {
  longest: number;
  deepest: number;
  most_listed: number;
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
  sentences: Record<string, string>;
};

// --- the language ---

type Token = { kind: string; text: string; column: number };

interface Parsed {
  nodes: RecordedNode[];
  leaves: Map<string, number | null>;
  missing: string[];
}

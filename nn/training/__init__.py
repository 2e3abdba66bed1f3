"""Training: `nn.fit`, prediction, evaluation, metrics and sweeps.

Read `train` (`nn.fit`); then what it calls: `updates` (a step), `recording` (the same on tapes: `environment`,
`graphs`, `tapes`, `programs`, `branches`), `evaluation`, `predictor`, `metrics`, `sequences` (samples of any length),
`stopping`, `history`, `progress`; then `sweep` (many trainings) and `runs` (their results).
"""

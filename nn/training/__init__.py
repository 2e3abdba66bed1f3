"""Training: from data and a model to a model that has learned, and what came of it.

Read `train` (`nn.fit`); then what it calls: `updates` (a step), `recording` (the same on tapes: `environment`,
`graphs`, `tapes`, `programs`, `branches`), `evaluation`, `metrics`, `sequences` (samples of any length), `stopping`,
`history`, `progress`. Above it `sweep`, many trainings, and what came of them, `runs`.
"""

"""Diagnosis: what nn.doctor says about a network, for the demos in which something is wrong with it."""

import numpy as np

import nn


def find(model: nn.Module, X: np.ndarray, y: np.ndarray, kind: str) -> str:
    """The doctor's first finding of this kind, with its advice, or a line saying that there is none."""
    findings = nn.doctor(model, X, y, loss="binary_cross_entropy_with_logits").findings
    return next((str(finding) for finding in findings if finding.kind == kind), f"{kind}: no such finding")

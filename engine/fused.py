"""Fused nodes: a neuron's activation that holds its weighted sum within, until somebody looks.

A neuron has two nodes, activation(w·x + b), and in training most are looked at by `backward` alone. So the two are made
as one, with the operands of the sum. Where its own operands are asked for, the sum becomes a node, with the number and
the gradient that it would have had. Nothing but the time it takes tells the one from the other. None is made while a
`mode` is open, which sees each node as it is made; and while one thread is in `backward`, no other may look.
"""

import threading

from engine import operations
from engine.nodes import make_supply
from engine.operations import Operands, compile_spreads
from engine.ops import ROWS
from engine.value import Value, blank, spreads

SUM = "affine"  # the operation within
ACTIVATIONS = tuple(row.name for row in ROWS if row.letters == "a" and not row.sequences)
_unfusing = threading.RLock()  # threads may look at the same graph


class Fused(Value):
    """An activation and a weighted sum in one node.

    Until `unfuse`, a, da, b, db are those of the sum. What else it would have as a node of its own:

    z        its number
    dz       the local derivative by it
    z_grad   its gradient
    """

    __slots__ = ("z", "dz", "z_grad")
    z: float
    dz: float
    z_grad: float

    def unfuse(self) -> None:
        """Make the sum a node, unless it is one."""
        with _unfusing:
            if self.a.__class__ is not Operands:
                return
            inner = blank()
            inner.data, inner.grad, inner.label, inner.op = self.z, self.z_grad, "", SUM
            inner.a, inner.da, inner.b, inner.db = self.a, self.da, self.b, self.db
            self.da, self.b, self.db = self.dz, None, None
            self.a = inner  # last: it shows other threads that all is done
            del self.z, self.dz, self.z_grad

    @property
    def operands(self) -> tuple[Value, ...]:
        """The weighted sum."""
        self.unfuse()
        return super().operands

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂self/∂sum, as of the forward pass."""
        self.unfuse()
        return super().local_derivatives


_supply, _refill, _make = make_supply(Fused)
operations.names.update(take_fused=_supply.pop, refill_fused=_refill, make_fused=_make)
spreads.update(dict.fromkeys(ACTIVATIONS, compile_spreads(SUM, fused=True)))

"""RNN, LSTM and GRU: layers that read a sequence step by step and keep a state.

Parameters have PyTorch's names: weight_ih (from the input), weight_hh (from the state), bias_ih and bias_hh. The
weights have one row per hidden unit and, for layers with gates, a block of such rows for each gate, in PyTorch's order.
Sequences may have any length. The graph is that of the network unrolled in time; its gates and states are labelled,
such as "forget gate[0], step 2".
"""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import Any

from numpy.random import Generator

from engine import Value, dot
from engine.value import lift
from nn.arguments import check_flag, check_inputs, check_whole, choose, choose_generator
from nn.init import Init, assign, draw
from nn.module import Module
from nn.nested import flatten, is_list
from nn.padding import PaddedSequence

State = list[Value]


class _Recurrent(Module):
    """The base of all three: the parameters, and the loop over the sequence."""

    gates = 1

    def __init__(
        self,
        n_in: int,
        n_hidden: int,
        *,
        every_step: bool = False,
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.n_inputs, self.n_hidden = check_whole("n_in", n_in), check_whole("n_hidden", n_hidden)
        self.every_step = check_flag("every_step", every_step)
        rows = range(self.gates * self.n_hidden)
        self.weight_ih = [[Value(0.0) for _ in range(self.n_inputs)] for _ in rows]
        self.weight_hh = [[Value(0.0) for _ in range(self.n_hidden)] for _ in rows]
        self.bias_ih, self.bias_hh = [Value(0.0) for _ in rows], [Value(0.0) for _ in rows]
        self.reset(init, generator)
        self.name_parts()

    def forward(self, sequence: Sequence[Any] | PaddedSequence) -> Any:
        """Return the output after the last step, a list of n_hidden Values; with `every_step`, a list of these lists.

        sequence   at least one step, each a list of n_in numbers or Values, or a bare number if n_in is 1
        """
        outputs, _ = self.unroll(sequence)
        if self.every_step:
            return outputs
        return outputs.pick_last() if isinstance(outputs, PaddedSequence) else outputs[-1]

    def unroll(self, sequence: Sequence[Any] | PaddedSequence, state: Any = None) -> tuple[Any, Any]:
        """Return the outputs of all steps and the state after the last, as PyTorch's layers do.

        state   the state to start from, as returned; None for zeros
        """
        given = sequence.steps if isinstance(sequence, PaddedSequence) else sequence
        if not is_list(given) or not len(given):
            raise ValueError(f"{self!r}: a sequence of at least one step expected, not {given!r}")
        steps = [step if is_list(step) or self.n_inputs > 1 else [step] for step in given]
        for step in steps:
            check_inputs(self, step, self.n_inputs)
        state = self._check_state(self._start() if state is None else state)
        outputs, states = [], []
        for number, step in enumerate(steps, 1):
            output, state = self.advance([lift(value) for value in step], state, f", step {number}")
            outputs.append(output)
            states.append(state)
        if isinstance(sequence, PaddedSequence):
            return PaddedSequence(outputs, sequence.ends), PaddedSequence(states, sequence.ends).pick_last()
        return outputs, state

    def advance(self, inputs: list[Value], state: Any, when: str = "") -> tuple[State, Any]:
        """Take one step; return its output and the new state.

        when   the end of the labels of its gates and states, such as ", step 2"
        """
        raise NotImplementedError(f"{type(self).__name__} has no advance()")

    def _start(self) -> Any:
        return [0.0] * self.n_hidden

    def _check_state(self, state: Any) -> Any:
        check_inputs(self, state, self.n_hidden)
        return [lift(number) for number in state]

    def _sums(self, inputs: list[Value], hidden: State, gate: int) -> State:
        """Return weight_ih · inputs + bias_ih + weight_hh · hidden + bias_hh, for the units of one gate."""
        both, rows = [*inputs, *hidden], range(gate * self.n_hidden, (gate + 1) * self.n_hidden)
        weights = [[*self.weight_ih[row], *self.weight_hh[row]] for row in rows]
        return [dot(w, both, self.bias_ih[row]) + self.bias_hh[row] for w, row in zip(weights, rows, strict=True)]

    def _name(self, nodes: State, word: str, when: str) -> State:
        """Label the nodes of a gate, one per unit, for pictures: "forget gate[0], step 2"."""
        for node, label in zip(nodes, _find_labels(word, len(nodes), when), strict=True):
            node.label = label
        return nodes

    def reset(self, init: str | Init | None = None, generator: Generator | None = None) -> None:
        """Draw the weights anew. With None, weights and biases are uniform within 1 / sqrt(n_hidden), as in PyTorch.

        With an initialisation, each gate's block is drawn by itself, and biases are zero.
        """
        generator = choose_generator(generator)
        weights = (self.weight_ih, self.weight_hh)
        if init is None:
            bound = 1 / sqrt(self.n_hidden)
            for parameters in (*map(flatten, weights), self.bias_ih, self.bias_hh):
                assign(parameters, generator.uniform(-bound, bound, len(parameters)).tolist())
            return
        for rows, width in zip(weights, (self.n_inputs, self.n_hidden), strict=True):
            blocks = [draw(width, self.n_hidden, "tanh", init, generator) for _ in range(self.gates)]
            assign(flatten(rows), flatten(blocks))
        assign([*self.bias_ih, *self.bias_hh], [0.0] * (2 * len(self.bias_ih)))

    def __repr__(self) -> str:
        every_step = ", every_step=True" if self.every_step else ""
        return f"{type(self).__name__}({self.n_inputs}, {self.n_hidden}{every_step})"


@lru_cache(1 << 12)
def _find_labels(word: str, count: int, when: str) -> tuple[str, ...]:
    return tuple(f"{word}[{unit}]{when}" for unit in range(count)) if count > 1 else (word + when,)


class RNN(_Recurrent):
    """state = activation(weight_ih · input + bias_ih + weight_hh · state + bias_hh); PyTorch's RNN, Keras' SimpleRNN.

    n_in, n_hidden   the lengths of a step and of the state; Keras calls n_hidden units
    activation       "tanh" or "relu"
    every_step       return the outputs of all steps rather than the last; Keras' return_sequences
    init             a name of `nn.init.table`, or a function; None does as PyTorch does
    generator        a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> rnn = RNN(1, 2, init="zeros")
    >>> [value.data for value in rnn([0.5, 0.25, 1.0])]
    [0.0, 0.0]
    """

    def __init__(
        self,
        n_in: int,
        n_hidden: int,
        activation: str = "tanh",
        *,
        every_step: bool = False,
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.activation = activation
        self._function = choose("activation of an RNN", activation, {"tanh": Value.tanh, "relu": Value.relu})
        super().__init__(n_in, n_hidden, every_step=every_step, init=init, generator=generator)

    def advance(self, inputs: list[Value], state: State, when: str = "") -> tuple[State, State]:
        """Take one step; the new state is the output."""
        hidden = [self._function(total) for total in self._sums(inputs, state, 0)]
        return self._name(hidden, "hidden", when), hidden

    def __repr__(self) -> str:
        text = super().__repr__()
        return text if self.activation == "tanh" else f"{text[:-1]}, activation={self.activation!r})"


class LSTM(_Recurrent):
    """Long short-term memory: a cell that gates write, keep and read; PyTorch's and Keras' LSTM.

    Hochreiter and Schmidhuber, "Long short-term memory", 1997. The gates, in order: input i, forget f, candidate g
    (tanh), output o; cell = f·cell + i·g, hidden = o·tanh(cell). The state is the pair (hidden, cell).

    The arguments are those of `RNN`, without an activation.

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> [value.data for value in LSTM(1, 2, init="zeros")([[0.5], [1.0]])]
    [0.0, 0.0]
    """

    gates = 4
    _gates = (
        ("input gate", Value.sigmoid),
        ("forget gate", Value.sigmoid),
        ("candidate", Value.tanh),
        ("output gate", Value.sigmoid),
    )

    def advance(
        self, inputs: list[Value], state: tuple[State, State], when: str = ""
    ) -> tuple[State, tuple[State, State]]:
        """Take one step; return the output and (hidden, cell)."""
        hidden, cell = state
        write, forget, new, read = (
            self._name([function(total) for total in self._sums(inputs, hidden, gate)], word, when)
            for gate, (word, function) in enumerate(self._gates)
        )
        cell = [f * kept + i * g for f, kept, i, g in zip(forget, cell, write, new, strict=True)]
        hidden = [o * kept.tanh() for o, kept in zip(read, cell, strict=True)]
        return self._name(hidden, "hidden", when), (hidden, self._name(cell, "cell", when))

    def _start(self) -> Any:
        return super()._start(), super()._start()

    def _check_state(self, state: Any) -> Any:
        if not isinstance(state, tuple | list) or len(state) != 2:
            raise ValueError(f"{self!r}: the state is a pair (hidden, cell), not {state!r}")
        return super()._check_state(state[0]), super()._check_state(state[1])


class GRU(_Recurrent):
    """A gated recurrent unit: one gate resets the state, one decides how much of it stays; PyTorch's and Keras' GRU.

    Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014. The gates, in order: reset r,
    update z, new n = tanh(weight_ih · input + bias_ih + r · (weight_hh · state + bias_hh));
    state = (1 - z)·n + z·state.

    The arguments are those of `RNN`, without an activation.

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> [value.data for value in GRU(1, 2, init="zeros")([[0.5], [1.0]])]
    [0.0, 0.0]
    """

    gates = 3

    def advance(self, inputs: list[Value], state: State, when: str = "") -> tuple[State, State]:
        """Take one step; the new state is the output."""
        reset, update = (
            self._name([total.sigmoid() for total in self._sums(inputs, state, gate)], word, when)
            for gate, word in enumerate(("reset gate", "update gate"))
        )
        candidates = []
        for unit, r in enumerate(reset):
            row = 2 * self.n_hidden + unit
            new = dot(self.weight_ih[row], inputs, self.bias_ih[row])
            candidates.append((new + r * dot(self.weight_hh[row], state, self.bias_hh[row])).tanh())
        self._name(candidates, "candidate", when)
        hidden = [new + z * (old - new) for new, z, old in zip(candidates, update, state, strict=True)]
        return self._name(hidden, "hidden", when), hidden

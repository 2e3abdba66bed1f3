"""Sights: what the layers of a model put out, and the states of recurrent layers, while it runs or is recorded."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from engine import Value
from nn.extra_inputs import keep
from nn.layers import GRU, LSTM, RNN, Layer
from nn.module import Module, list_layers, watch
from nn.nested import flatten, is_list
from nn.parts import Hook


@dataclass(frozen=True)
class Sight:
    """Nodes of a layer: the numbers of a unit for a sample, or the state of a recurrent layer after a step.

    layer      its name
    index      that of the unit; of a state, the number of its sequence
    is_state   which of both
    """

    layer: str
    index: int
    is_state: bool
    nodes: list[Value]


class Sights:
    """The sights of a model while it computes or is recorded; a tape keeps their nodes, even if the loss does not."""

    def __init__(self, model: Module) -> None:
        self.model = model
        self.found: list[Sight] = []
        self.layers = dict(list_layers(model))
        self._last_run: dict[str, int] = {}  # by the name of a layer: the number of the call
        self._runs = self._calls = 0
        self._watched: dict[int, tuple[str, int | None]] = {}  # by the id of a module: its layer and, of a neuron, unit
        for name, layer in self.layers.items():
            if isinstance(layer, Layer):
                self._watched |= {id(neuron): (name, index) for index, neuron in enumerate(layer.neurons)}
            else:
                self._watched[id(layer)] = name, None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note what the layers do while the block runs."""
        with ExitStack() as watching:
            watching.enter_context(watch(self.model, self._see))
            for name, layer in self.layers.items():
                if isinstance(layer, RNN | LSTM | GRU):
                    watching.enter_context(self._follow(name, layer))
            yield

    def within(self, nodes: Sequence[Value]) -> list[Sight]:
        """Return the sights whose nodes are among these."""
        wanted = set(nodes)
        return [sight for sight in self.found if sight.nodes[0] in wanted]

    def sort_layers(self) -> dict[str, Module]:
        """Return the layers in the order in which they ran last, those that did not run first."""
        return dict(sorted(self.layers.items(), key=lambda item: self._last_run.get(item[0], -1)))

    def take(self, start: int) -> list[Sight]:
        """Return the sights from a position on, and forget them."""
        taken = self.found[start:]
        del self.found[start:]
        return taken

    def _see(self, module: Module, given: Any, output: Any) -> None:
        if id(module) not in self._watched:
            return
        name, index = self._watched[id(module)]
        self._calls += 1
        self._last_run[name] = self._calls
        passed_on = set(map(id, flatten(given)))
        for channel, part in enumerate(output if is_list(output) else [output]):
            nodes = [node for node in flatten(part) if isinstance(node, Value) and id(node) not in passed_on]
            self._note(Sight(name, channel if index is None else index, False, nodes))

    @contextmanager
    def _follow(self, name: str, layer: RNN | LSTM | GRU) -> Iterator[None]:
        """Note the states of a recurrent layer."""
        advance = layer.advance
        last: Any = None

        def follow(inputs: list[Value], before: Any, when: str = "") -> Any:
            nonlocal last
            self._runs += before is not last  # another sequence
            output, last = advance(inputs, before, when)
            self._note(Sight(name, self._runs, True, flatten(last)))
            return output, last

        vars(layer)["advance"] = Hook(follow)
        try:
            yield
        finally:
            del vars(layer)["advance"]

    def _note(self, sight: Sight) -> None:
        if sight.nodes:
            keep(lambda *_: None, sight.nodes)
            self.found.append(sight)

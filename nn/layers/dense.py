"""Neuron, Layer and MLP: fully connected networks, in which each number is a Value."""

from collections.abc import Sequence
from typing import Any

from numpy.random import Generator

from engine import Value
from engine.functions import affine
from engine.numbers import write_count
from engine.value import lift, lift_all
from nn import activations, arguments
from nn.activations import Activation
from nn.arguments import check_inputs
from nn.init import Init, assign, draw
from nn.module import Module


class Neuron(Module):
    """A neuron: activation(w1*x1 + w2*x2 + ... + bias).

    n_in        the number of inputs
    activation  a name of `nn.activations.table` other than softmax, or a function from Value to Value
    weights     the starting weights; by default drawn by `init`
    bias        the starting bias
    init        a name of `nn.init.table`, or a function; None chooses by the activation
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> neuron = Neuron(2, "tanh", weights=[-3.0, 1.0], bias=6.88)
    >>> round(neuron([2.0, 0.0]).data, 3)
    0.706
    """

    listed = False

    def __init__(
        self,
        n_in: int,
        activation: str | Activation = "relu",
        *,
        weights: Sequence[float] | None = None,
        bias: float = 0.0,
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.n_in = arguments.check_whole("n_in", n_in)
        activations.check_single(activation)
        self.activation = activations.get(activation)
        if weights is None:
            weights = draw(self.n_in, 1, activations.name(activation), init, generator)[0]
        numbers = arguments.read_column(weights, "weights").tolist()
        if len(numbers) != n_in:
            expected = f"{write_count(n_in, 'weight')} for {write_count(n_in, 'input')}"
            raise ValueError(f"{expected} expected, {len(numbers)} given")
        self.weights = tuple(Value(number) for number in numbers)
        self.bias = Value(bias)
        self.name_parts()

    def forward(self, inputs: Sequence[Any], lifted: bool = False) -> Value:
        """Return the neuron's output for n_in numbers or Values.

        lifted   whether they are already a tuple of Values, which a layer shares among its neurons
        """
        if not lifted:
            check_inputs(self, inputs, self.n_in)
            inputs = lift_all(inputs, "inputs")
        try:
            total = affine(tuple(self.weights), inputs, self.bias)
        except AttributeError:  # a number in the place of a Value, which is not learned, as in other layers
            total = affine(lift_all(self.weights, "weights"), inputs, lift(self.bias))
        output: Value = self.activation(total)
        return output

    def reset(self, init: str | Init | None = None, generator: Generator | None = None) -> None:
        """Draw the weights anew, and set the bias to zero."""
        self.restart(draw(self.n_in, 1, activations.name(self.activation), init, generator)[0])

    def restart(self, weights: Sequence[float]) -> None:
        """Set the weights to these, and the bias to zero."""
        assign([*self.weights, self.bias], [*weights, 0.0])
        if isinstance(self.activation, Module):
            self.activation.reset()

    def __repr__(self) -> str:
        return f"Neuron({self.n_in}, {activations.name(self.activation)!r})"


class Layer(Module):
    """A dense layer: n_out neurons that share n_in inputs. PyTorch's Linear and an activation; Keras' Dense.

    The other arguments are those of `Neuron`. With softmax, the outputs are probabilities that add up to 1.

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> Layer(2, 3, "tanh", init="zeros")([1.0, 2.0])[0].data
    0.0
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "relu",
        *,
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.n_in, self.n_out = arguments.check_whole("n_in", n_in), arguments.check_whole("n_out", n_out)
        found = activations.get(activation)  # report an unknown name before drawing anything
        self._whole = found if activations.is_whole(found) else None
        if self._whole and self.n_out == 1:
            activations.check_single(activation)
        rows = draw(self.n_in, self.n_out, activations.name(activation), init, generator)
        self.neurons = [Neuron(self.n_in, "linear" if self._whole else activation, weights=row) for row in rows]
        self.name_parts()

    @property
    def activation(self) -> Activation:
        """Apply the activation to each of the weighted sums or, for softmax, to all together."""
        return self._whole or self.neurons[0].activation

    def forward(self, inputs: Sequence[Value | float]) -> list[Value]:
        """Return the outputs, a list of n_out Values, for n_in numbers or Values."""
        check_inputs(self, inputs, self.n_in)
        shared = lift_all(inputs, "inputs")
        outputs = [neuron(shared, lifted=True) for neuron in self.neurons]
        return self._whole(outputs) if self._whole else outputs

    def reset(self, init: str | Init | None = None, generator: Generator | None = None) -> None:
        """Draw the weights anew, and set the biases to zero."""
        rows = draw(self.n_in, self.n_out, activations.name(self.activation), init, generator)
        for neuron, row in zip(self.neurons, rows, strict=True):
            neuron.restart(row)

    def list_activations(self) -> list[Activation]:
        """Return the activation of each neuron or, for softmax, the one of all together."""
        return [self._whole] if self._whole else [neuron.activation for neuron in self.neurons]

    def name_activation(self) -> str:
        """Return the name of the activation, or the names of several, if neurons were given others."""
        return ", ".join(dict.fromkeys(map(activations.name, self.list_activations())))

    def __repr__(self) -> str:
        return f"Layer({self.n_in}, {self.n_out}, {self.name_activation()!r})"


class MLP(Module):
    """A multi-layer perceptron: dense layers in a row. Keras' Sequential of Dense layers.

    n_in        the number of inputs
    widths      the number of neurons of each layer; the last is the number of outputs
    activation  the activation of the hidden layers: one for all, or a list with one for each
    output      the activation of the last layer, "linear" by default
    init        for every layer, a name of `nn.init.table` or a function; None chooses by the activation
    generator   a numpy.random.Generator to draw from; None for a new, unseeded one

    TypeError or ValueError for sizes that are not whole numbers of at least 1, and for unknown names.

    >>> model = MLP(2, [16, 16, 1], "tanh")
    >>> len(model.parameters())
    337
    >>> model
    MLP(2, [16, 16, 1], activation='tanh', output='linear')
    """

    def __init__(
        self,
        n_in: int,
        widths: Sequence[int],
        activation: str | Activation | Sequence[str | Activation] = "relu",
        output: str | Activation = "linear",
        *,
        init: str | Init | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.n_in = arguments.check_whole("n_in", n_in)
        if not isinstance(widths, Sequence) or isinstance(widths, str) or not widths:
            raise ValueError(f"widths must be a list of at least one layer's number of neurons, not {widths!r}")
        widths = [arguments.check_whole(f"widths[{i}]", width) for i, width in enumerate(widths)]
        count = len(widths) - 1
        hidden: list[Any] = list(activation) if isinstance(activation, list | tuple) else [activation] * count
        if not count and not isinstance(activation, list | tuple):
            activations.get(activation)  # type: ignore[arg-type]  # no layer checks the name
        if len(hidden) != count:
            expected = f"{write_count(count, 'activation')} for {write_count(count, 'hidden layer')}"
            raise ValueError(f"{expected} expected, {len(hidden)} given")
        generator = arguments.choose_generator(generator)
        self.layers = [
            Layer(n_in, n_out, chosen, init=init, generator=generator)
            for n_in, n_out, chosen in zip([self.n_in, *widths], widths, [*hidden, output], strict=False)
        ]
        self.name_parts()

    def forward(self, inputs: Sequence[Value | float]) -> Value | list[Value]:
        """Return the output for n_in numbers or Values: a Value if there is one output, else a list."""
        check_inputs(self, inputs, self.n_in)
        outputs: list[Any] = list(inputs)
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        *hidden, output = [layer.name_activation() for layer in self.layers]
        chosen = f"activation={(hidden[0] if len(set(hidden)) == 1 else hidden)!r}, " if hidden else ""
        return f"MLP({self.n_in}, {[layer.n_out for layer in self.layers]}, {chosen}output={output!r})"

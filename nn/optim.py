"""Optimisers: SGD, RMSProp, Adam and AdamW, which update parameters by their gradients.

Each defines its rule in `move`, which changes a float64 array of all parameters in place, given their gradients.
`update` adds what all have in common, in PyTorch's order: clip the gradients, add weight decay, move, shrink by L1.
`step` copies the Values' numbers into the array and back.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf, sqrt
from typing import Any

import numpy as np

from engine import Value
from engine.numbers import as_float, write_count
from nn import clipping
from nn.arguments import Array, check_flag, check_real, check_whole, read_parameters


class Optimizer:
    """The base class of every optimiser, which holds parameters and their learning rate.

    A subclass defines `move`. What it keeps from step to step, its `__init__` sets, and its `memory` names, such as
    ("velocity", "updates"): arrays as long as the parameters, and counts. Only these are saved with it.

    parameters    Values, such as model.parameters()
    lr            the learning rate, which may be changed between steps; Keras' learning_rate
    weight_decay  the share of each parameter that is added to its gradient (L2)
    l1            after each step, move parameters lr * l1 towards zero, but not beyond: the proximal step of
                  the penalty l1 * |parameter|, which makes parameters exactly zero
    clip_value    the largest size of each gradient; Keras' clipvalue
    clip_norm     the largest norm of all gradients together; Keras' global_clipnorm
    maximize      follow the gradients upwards

    TypeError or ValueError for settings out of range, and for parameters that are not leaves.

    >>> class Signs(Optimizer):
    ...     def move(self, data, gradient):
    ...         data -= self.lr * np.sign(gradient)
    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> Signs([w], lr=0.5).step()
    >>> w.data
    2.5
    """

    settings: tuple[str, ...] = ("lr", "weight_decay", "l1", "clip_value", "clip_norm", "maximize")
    initial_lr: float | None = None  # lr before the first schedule changed it
    memory: tuple[str, ...] = ()  # kept from step to step: arrays as long as the parameters, and counts

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        *,
        weight_decay: float = 0.0,
        l1: float = 0.0,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        maximize: bool = False,
    ) -> None:
        self.parameters = read_parameters(parameters)
        for index, parameter in enumerate(self.parameters):
            if parameter.op:
                what = "a constant" if parameter.is_leaf else f"the result of {parameter.op!r}"
                raise ValueError(f"parameter {index} is {what}, not a leaf, which alone can be learned: {parameter!r}")
        if not self.parameters:
            raise ValueError("an optimiser needs at least one parameter")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError("an optimiser takes each parameter once; one is given twice")
        self.lr = lr
        self.weight_decay, self.l1 = check_real("weight_decay", weight_decay), check_real("l1", l1)
        self.clip_value = None if clip_value is None else clipping.check_limit("clip_value", clip_value)
        self.clip_norm = None if clip_norm is None else clipping.check_limit("clip_norm", clip_norm)
        self.maximize = check_flag("maximize", maximize)
        self._known = list(self.parameters)  # whose numbers it keeps
        self._held: list[Array] = []

    @property
    def lr(self) -> float:
        """The learning rate; ValueError for one below 0, or not finite."""
        return self._lr

    @lr.setter
    def lr(self, rate: float) -> None:
        self._lr = check_real("lr", rate)

    def step(self) -> None:
        """Change each parameter by its gradient."""
        self.check_memory()
        data = np.array([parameter.data for parameter in self.parameters])
        with np.errstate(over="ignore", invalid="ignore"):
            self.update(data, np.array([parameter.grad for parameter in self.parameters]))
        for parameter, number in zip(self.parameters, data.tolist(), strict=True):
            parameter.data = number

    def check_memory(self) -> None:
        """Fit what it keeps to its parameters, which may be others now; ValueError if it has numbers of the former."""
        if self.parameters == self._known:  # between Values, == is identity
            return
        kept = {name: getattr(self, name) for name in self.memory}
        if any(map(np.any, kept.values())):
            name = type(self).__name__
            raise ValueError(f"{name} keeps numbers of other parameters, or in another order: make another {name}")
        for name in [name for name, held in kept.items() if isinstance(held, np.ndarray)]:
            setattr(self, name, np.zeros(len(self.parameters)))
        self._known = list(self.parameters)

    def update(self, data: Array, gradient: Array) -> None:
        """Change the array of all parameters in place, by the array of their gradients, which does not change."""
        if self.clip_value is not None:
            gradient = np.clip(gradient, -self.clip_value, self.clip_value)
        if self.clip_norm is not None:
            gradient = gradient * clipping.scale(gradient, self.clip_norm)
        if self.maximize:
            gradient = -gradient
        if self.weight_decay:
            gradient = self.decay(data, gradient)
        if self.move(data, gradient) is not None:  # type: ignore[func-returns-value]
            raise TypeError(f"{type(self).__name__}.move() changes data in place, and returns nothing")
        if self.l1:
            data[:] = np.sign(data) * np.maximum(np.abs(data) - self.lr * self.l1, 0.0)

    def decay(self, data: Array, gradient: Array) -> Array:
        """Return the gradient plus weight decay."""
        return gradient + self.weight_decay * data

    def move(self, data: Array, gradient: Array) -> None:
        """Apply the rule: change `data` in place; `gradient` does not change."""
        raise NotImplementedError(f"{type(self).__name__} has no move()")

    def _hold(self, *numbers: float) -> list[Array]:
        """Return numbers as arrays, the same ones at each step: NumPy computes with them faster than with floats."""
        if not self._held:
            self._held = [np.array(number) for number in numbers]
        for index, number in enumerate(numbers):
            self._held[index][()] = number
        return self._held

    def zero_grad(self) -> None:
        """Set every parameter's grad to zero."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return its class, its settings and what it keeps from step to step, as numbers and lists of numbers."""
        kept = {name: getattr(self, name) for name in self.memory}
        lists = {name: held.tolist() if isinstance(held, np.ndarray) else held for name, held in kept.items()}
        settings = {name: getattr(self, name) for name in self.settings}
        return {"kind": type(self).__name__, "settings": settings, "memory": lists}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned; for anything else ValueError or TypeError, and nothing has changed."""
        name = type(self).__name__
        if not isinstance(state, Mapping) or set(state) != {"kind", "settings", "memory"}:
            raise ValueError(f"not the state of an optimiser: {str(state)[:60]}")
        if state["kind"] != name:
            raise ValueError(f"the state of {state['kind']}, not of {name}")
        settings, memory = dict(state["settings"]), dict(state["memory"])
        for held, known in ((settings, self.settings), (memory, self.memory)):
            held |= {key: getattr(self, key) for key in LATER if key in known and key not in held}
        if set(settings) != set(self.settings) or set(memory) != set(self.memory):
            given = ", ".join(sorted({*settings, *memory}))
            raise ValueError(f"{name} keeps {', '.join((*self.settings, *self.memory))}; the state has {given}")
        before = {key: getattr(self, key) for key in (*settings, *memory)}
        found = {key: _read_setting(key, given, before[key]) for key, given in settings.items()}
        for key, given in memory.items():
            if not isinstance(before[key], np.ndarray):
                found[key] = check_whole(key, given, least=0)
                continue
            found[key] = np.array([as_float(number) for number in given])
            if len(given) != len(self.parameters):
                raise ValueError(f"{key}: {write_count(len(self.parameters), 'number')} expected, {len(given)} given")
        try:
            for key, kept in found.items():
                setattr(self, key, kept)
        except BaseException:  # such as a rate out of range
            for key, kept in before.items():
                setattr(self, key, kept)
            raise

    def __repr__(self) -> str:
        count = write_count(len(self.parameters), "parameter")
        held = {name: getattr(self, name) for name in self.settings}
        used = [f"{name}={_write(given)}" for name, given in held.items() if name == "lr" or given not in (None, 0)]
        return f"{type(self).__name__}({', '.join([count, *used])})"


class SGD(Optimizer):
    """Gradient descent: parameter -= lr * gradient; PyTorch's SGD.

    momentum      the share of the last velocity that is kept: velocity = momentum * velocity + gradient
    dampening     the share of the gradient that does not enter the velocity, from the second step on
    weight_decay  the share of each parameter that is added to its gradient (L2)
    nesterov      step along gradient + momentum * velocity
    common        l1, clip_value, clip_norm and maximize, as for `Optimizer`

    TypeError or ValueError for settings out of range, and for parameters that are not leaves.

    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.4
    """

    settings = (*Optimizer.settings, "momentum", "nesterov", "dampening")
    memory = ("velocity", "updates")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, **common)
        self.momentum = check_real("momentum", momentum)
        self.nesterov = check_flag("nesterov", nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")
        self.dampening = check_real("dampening", dampening)
        if self.nesterov and self.dampening:
            raise ValueError("nesterov needs a dampening of 0")
        self.velocity, self.updates = np.zeros(len(self.parameters)), 0

    def move(self, data: Array, gradient: Array) -> None:  # noqa: D102
        if self.momentum:
            entering = (1 - self.dampening) * gradient if self.dampening and self.updates else gradient
            self.velocity, self.updates = self.momentum * self.velocity + entering, self.updates + 1
            gradient = gradient + self.momentum * self.velocity if self.nesterov else self.velocity
        data -= self.lr * gradient


class RMSProp(Optimizer):
    """Steps scaled by a running mean of the gradient's square; PyTorch's RMSprop.

    Hinton, "Neural networks for machine learning", lecture 6, 2012.

    alpha         the share of the mean that is kept at each step; Keras' rho
    eps           added to the denominator, to keep the quotient finite
    weight_decay  the share of each parameter that is added to its gradient (L2)
    momentum      the share of the last step that is kept
    common        l1, clip_value, clip_norm and maximize, as for `Optimizer`

    TypeError or ValueError for settings out of range, and for parameters that are not leaves.

    >>> w = Value(3.0)
    >>> optimizer = RMSProp([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.0
    """

    settings = (*Optimizer.settings, "alpha", "eps", "momentum")
    memory = ("mean_square", "velocity")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(parameters, lr, weight_decay=weight_decay, **common)
        self.alpha, self.eps = check_real("alpha", alpha, below=1.0), check_real("eps", eps)
        self.momentum = check_real("momentum", momentum)
        self.mean_square = np.zeros(len(self.parameters))
        self.velocity = np.zeros(len(self.parameters))

    def move(self, data: Array, gradient: Array) -> None:  # noqa: D102
        kept, entering, eps, lr = self._hold(self.alpha, 1 - self.alpha, self.eps, self.lr)
        self.mean_square *= kept
        part = entering * gradient
        part *= gradient
        self.mean_square += part
        np.sqrt(self.mean_square, part)
        part += eps
        np.divide(gradient, part, part)
        if self.momentum:
            self.velocity = part = self.momentum * self.velocity + part
        data -= lr * part


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square; PyTorch's Adam.

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015.

    betas         the share of each of the two means that is kept at each step; Keras' beta_1 and beta_2
    eps           added to the denominator, to keep the quotient finite
    weight_decay  the share of each parameter that is added to its gradient (L2); 0 by default
    amsgrad       divide by the root of the largest mean so far
    common        l1, clip_value, clip_norm and maximize, as for `Optimizer`

    TypeError or ValueError for settings out of range, and for parameters that are not leaves.

    >>> w = Value(3.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.9
    """

    settings = (*Optimizer.settings, "betas", "eps", "amsgrad")
    memory = ("steps", "mean", "mean_square", "largest")
    usual_decay = 0.0

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float | None = None,
        amsgrad: bool = False,
        **common: Any,
    ) -> None:
        weight_decay = self.usual_decay if weight_decay is None else weight_decay
        super().__init__(parameters, lr, weight_decay=weight_decay, **common)
        if not isinstance(betas, list | tuple) or len(betas) != 2:
            raise TypeError(f"betas must be a pair of numbers, not {betas!r}")
        first, second = betas
        self.betas = check_real("betas[0]", first, below=1.0), check_real("betas[1]", second, below=1.0)
        self.eps, self.amsgrad = check_real("eps", eps), check_flag("amsgrad", amsgrad)
        self.steps = 0
        self.largest = np.zeros(len(self.parameters))
        self.mean = np.zeros(len(self.parameters))
        self.mean_square = np.zeros(len(self.parameters))

    def move(self, data: Array, gradient: Array) -> None:  # noqa: D102
        self.steps += 1
        first, second = self.betas
        # The means start at zero; mean / (1 - first^steps) and mean_square / (1 - second^steps) are unbiased.
        scale = sqrt(1 - second**self.steps)
        kept, entering, square_kept, square_entering, eps, lr = self._hold(
            first, 1 - first, second, 1 - second, self.eps * scale, self.lr * scale / (1 - first**self.steps)
        )
        self.mean *= kept
        part = gradient * entering
        self.mean += part
        self.mean_square *= square_kept
        np.multiply(gradient, square_entering, part)
        part *= gradient
        self.mean_square += part
        if self.amsgrad:
            np.maximum(self.largest, self.mean_square, out=self.largest)
        np.sqrt(self.largest if self.amsgrad else self.mean_square, part)
        part += eps
        np.divide(self.mean, part, part)
        part *= lr
        data -= part


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves: parameter -= lr * weight_decay * parameter.

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019; PyTorch's AdamW. The arguments are those of
    `Adam`; the weight decay is 0.01 by default.

    TypeError or ValueError for settings out of range, and for parameters that are not leaves.

    >>> w = Value(3.0)
    >>> optimizer = AdamW([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.897
    """

    usual_decay = 0.01

    def decay(self, data: Array, gradient: Array) -> Array:
        """Return the gradient as it is, and shrink the parameters in place."""
        data *= 1 - self.lr * self.weight_decay
        return gradient


LATER = ("maximize", "dampening", "amsgrad", "updates", "largest")  # missing from states of older versions


def _write(setting: Any) -> str:
    return f"{setting:g}" if isinstance(setting, float) else repr(setting)


def _read_setting(name: str, given: Any, held: Any) -> Any:
    """Return a setting as `state_dict` writes it: a number, None, True or False, or numbers instead of as many."""
    if given is None:
        return given
    if isinstance(held, tuple) and (not isinstance(given, list | tuple) or len(given) != len(held)):
        raise ValueError(f"{name} must be {len(held)} numbers, not {given!r:.60}")
    if isinstance(given, bool) or given == inf:
        return given
    if isinstance(given, list | tuple) and not isinstance(held, int | float):
        return tuple(check_real(name, number) for number in given)
    return check_real(name, given)


table: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "rmsprop": RMSProp, "adam": Adam, "adamw": AdamW}

"""Optimisers: how parameters follow their gradients.

The rule of each is `update`, on two float64 arrays: all parameters, changed in place, and their
gradients. `step` brings the Values' numbers to it and back.
"""

from collections.abc import Callable, Iterable

import numpy as np

from engine import Value
from nn.arguments import Array, check_real


class Optimizer:
    """The base of every optimiser: holds parameters and their learning rate.

    parameters  Values, such as model.parameters()
    lr          the learning rate, which may be changed between steps
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        for index, parameter in enumerate(self.parameters):
            if not isinstance(parameter, Value):
                raise TypeError(f"parameter {index} is not a Value but {type(parameter).__name__}: {parameter!r}")
        if not self.parameters:
            raise ValueError("an optimiser needs at least one parameter")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError("an optimiser takes each parameter once; one is given twice")
        self.lr = check_real("lr", lr)

    def step(self) -> None:
        """Change each parameter by its gradient."""
        data = np.array([parameter.data for parameter in self.parameters])
        with np.errstate(over="ignore", invalid="ignore"):
            self.update(data, np.array([parameter.grad for parameter in self.parameters]))
        for parameter, number in zip(self.parameters, data.tolist(), strict=True):
            parameter.data = number

    def update(self, data: Array, gradient: Array) -> None:
        """Change the array of all parameters in place, by the array of their gradients, which is left as it is."""
        raise NotImplementedError(f"{type(self).__name__} has no update()")

    def zero_grad(self) -> None:
        """Set every parameter's grad to zero."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr:g})"


class SGD(Optimizer):
    """Gradient descent: parameter -= lr * gradient; PyTorch's SGD.

    momentum      the share of the last velocity that is kept: velocity = momentum * velocity + gradient
    weight_decay  this share of the parameter is added to its gradient (L2)
    nesterov      step along gradient + momentum * velocity

    >>> w = Value(3.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 4)
    2.4
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = check_real("momentum", momentum)
        self.weight_decay = check_real("weight_decay", weight_decay)
        self.nesterov = nesterov
        if nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")
        self.velocity: Array | None = None

    def update(self, data: Array, gradient: Array) -> None:  # noqa: D102
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        if self.momentum:
            self.velocity = gradient.copy() if self.velocity is None else self.momentum * self.velocity + gradient
            gradient = gradient + self.momentum * self.velocity if self.nesterov else self.velocity
        data -= self.lr * gradient


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square; PyTorch's Adam.

    Kingma and Ba, "Adam: a method for stochastic optimization", 2015.

    betas         how much of the two means is kept at each step
    eps           keeps the quotient finite
    weight_decay  this share of the parameter is added to its gradient (L2)
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        first, second = betas
        self.betas = check_real("betas[0]", first, below=1.0), check_real("betas[1]", second, below=1.0)
        self.eps = check_real("eps", eps)
        self.weight_decay = check_real("weight_decay", weight_decay)
        self.steps = 0
        self.mean = np.zeros(len(self.parameters))
        self.mean_square = np.zeros(len(self.parameters))

    def update(self, data: Array, gradient: Array) -> None:  # noqa: D102
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        self.steps += 1
        first, second = self.betas
        self.mean += (1 - first) * (gradient - self.mean)
        self.mean_square += (1 - second) * (gradient * gradient - self.mean_square)
        mean = self.mean / (1 - first**self.steps)  # the means start at zero: unbiased like this
        mean_square = self.mean_square / (1 - second**self.steps)
        data -= self.lr * mean / (np.sqrt(mean_square) + self.eps)


table: dict[str, Callable[..., Optimizer]] = {"sgd": SGD, "adam": Adam}

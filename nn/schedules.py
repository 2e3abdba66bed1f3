"""Schedules: learning rates that change during training.

A schedule belongs to an optimiser, and changes its lr when it is made and at each `step`. `rate(steps)` gives the rate
after any number of steps, if nothing else changes it. Names, arguments and rates are PyTorch's. As there, a step
multiplies the current rate: several schedules of one optimiser multiply, and a rate set by hand stays in effect. Only
`OneCycleLR`, and `SequentialLR` at its milestones, set the rate whatever it was.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import cos, pi
from typing import Any

from engine.numbers import write_count
from nn.arguments import check_flag, check_positive, check_real, check_share, check_whole
from nn.optim import Optimizer


class Schedule:
    """The base class of every schedule, which counts steps and changes the optimiser's learning rate.

    A subclass defines `rate`.

    optimizer   its lr, before its first schedule was made, is the base of all rates

    TypeError for anything but an optimizer.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> class Halving(Schedule):
    ...     def rate(self, steps):
    ...         return self.base / 2**steps
    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> Halving(optimizer).step()
    >>> optimizer.lr
    0.5
    """

    per_batch: bool = False  # whether to step after each update rather than after each epoch
    floor: float = 0.0  # what is above this is multiplied

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "rate" in vars(cls) and "_ratio" not in vars(cls):  # an inherited _ratio would bypass this rate
            cls._ratio = Schedule._ratio  # type: ignore[method-assign]

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"a schedule needs an Optimizer, not {type(optimizer).__name__}: {optimizer!r}")
        if optimizer.initial_lr is None:
            optimizer.initial_lr = optimizer.lr
        self.optimizer, self.steps = optimizer, 0
        optimizer.lr = self.follow(optimizer.lr, 0)

    @property
    def base(self) -> float:
        """The learning rate of the optimiser before its first schedule was made."""
        return self.optimizer.lr if self.optimizer.initial_lr is None else self.optimizer.initial_lr

    def rate(self, steps: int) -> float:
        """Return the learning rate after so many steps, if nothing else changes it."""
        raise NotImplementedError(f"{type(self).__name__} has no rate()")

    def follow(self, lr: float, steps: int) -> float:
        """Return the learning rate after so many steps, if it was `lr` before the last of them."""
        before, after = self.rate(steps - 1) if steps else self.base, self.rate(steps)
        if lr == before:
            return after
        ratio = self._ratio(steps)
        return lr + (after - before) if ratio is None else self.floor + (lr - self.floor) * ratio

    def _ratio(self, steps: int) -> float | None:
        """Return by what the last of so many steps multiplies what is above the floor; None if nothing was above it."""
        before = self.rate(steps - 1) if steps else self.base
        return _divide(self.rate(steps) - self.floor, before - self.floor)

    def step(self) -> None:
        """Set the next rate; call it after each epoch (OneCycleLR: after each update)."""
        self.optimizer.lr = self.follow(self.optimizer.lr, self.steps + 1)
        self.steps += 1

    def state_dict(self) -> dict[str, Any]:
        """Return its class, its base, its number of steps and the rate; not the arguments it was made with."""
        return {"kind": type(self).__name__, "base": self.base, "steps": self.steps, "lr": self.optimizer.lr}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` returned, and set the optimiser's rate; ValueError for another class."""
        if not isinstance(state, Mapping) or set(state) != {"kind", "base", "steps", "lr"}:
            raise ValueError(f"not the state of a schedule: {str(state)[:60]}")
        if state["kind"] != type(self).__name__:
            raise ValueError(f"the state of {state['kind']}, not of {type(self).__name__}")
        base, lr = (check_real(name, state[name]) for name in ("base", "lr"))
        self.steps = check_whole("steps", state["steps"], least=0)
        self.optimizer.initial_lr, self.optimizer.lr = base, lr

    def __repr__(self) -> str:
        held = [(name, given) for name, given in vars(self).items() if name not in ("optimizer", "steps", "floor")]
        settings = ", ".join(f"{name}={f'{given:g}' if isinstance(given, float) else given}" for name, given in held)
        steps = write_count(self.steps, "step")
        return f"{type(self).__name__}({settings}{'; ' * bool(settings)}{steps}, lr={self.optimizer.lr:g})"


class StepLR(Schedule):
    """Multiply the rate by gamma every `step_size` steps; Keras' ExponentialDecay with staircase=True.

    TypeError for anything but an optimizer; TypeError or ValueError for numbers out of range.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> schedule = StepLR(SGD([Value(1.0)], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.rate(steps) for steps in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        self.step_size, self.gamma = check_whole("step_size", step_size), check_real("gamma", gamma)
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        return self.base * self.gamma ** (steps // self.step_size)

    def _ratio(self, steps: int) -> float:
        return self.gamma if steps and steps % self.step_size == 0 else 1.0


class ExponentialLR(Schedule):
    """Multiply the rate by gamma at each step; Keras' ExponentialDecay.

    TypeError for anything but an optimizer; TypeError or ValueError for numbers out of range.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> schedule = ExponentialLR(SGD([Value(1.0)], lr=1.0), gamma=0.5)
    >>> [schedule.rate(steps) for steps in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        self.gamma = check_real("gamma", gamma)
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        return self.base * self.gamma**steps

    def _ratio(self, steps: int) -> float:
        return self.gamma if steps else 1.0


class CosineAnnealingLR(Schedule):
    """Lower the rate along half a cosine from the base to eta_min in T_max steps, then raise it; Keras' CosineDecay.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.

    TypeError for anything but an optimizer; TypeError or ValueError for numbers out of range.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> schedule = CosineAnnealingLR(SGD([Value(1.0)], lr=1.0), T_max=4)
    >>> [round(schedule.rate(steps), 3) for steps in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        self.T_max, self.eta_min = check_whole("T_max", T_max), check_real("eta_min", eta_min)
        self.floor = self.eta_min
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        return self.eta_min + (self.base - self.eta_min) * self._share(steps)

    def _ratio(self, steps: int) -> float | None:
        return _divide(self._share(steps), self._share(max(steps - 1, 0)))

    def _share(self, steps: int) -> float:
        return (1 + cos(pi * steps / self.T_max)) / 2


class LinearLR(Schedule):
    """Warm up: multiply the base by a factor that grows from start_factor to end_factor in total_iters steps.

    TypeError for anything but an optimizer; TypeError or ValueError for numbers out of range.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> schedule = LinearLR(SGD([Value(1.0)], lr=1.0), start_factor=0.25, total_iters=3)
    >>> [schedule.rate(steps) for steps in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ) -> None:
        self.start_factor = check_positive("start_factor", check_share("start_factor", start_factor))
        self.end_factor = check_share("end_factor", end_factor)
        self.total_iters = check_whole("total_iters", total_iters)
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        return self.base * self._share(steps)

    def _ratio(self, steps: int) -> float | None:
        return _divide(self._share(steps), self._share(steps - 1) if steps else 1.0)

    def _share(self, steps: int) -> float:
        return self.start_factor + (self.end_factor - self.start_factor) * min(steps / self.total_iters, 1.0)


class OneCycleLR(Schedule):
    """Raise the rate to max_lr and lower it to nearly zero, along half cosines, within total_steps updates.

    Smith and Topin, "Super-convergence", 2018. Meanwhile, the optimiser's momentum, or the first of its betas, falls
    and rises again.

    pct_start          the share of the steps in which the rate rises
    cycle_momentum     change the momentum too, as PyTorch does unless told otherwise
    base_momentum      the momentum at the highest rate
    max_momentum       the momentum at the first and at the last rate
    div_factor         the first rate is max_lr / div_factor
    final_div_factor   the last rate is the first / final_div_factor

    ValueError for a step beyond the last, and for an optimizer that has no momentum to change.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> schedule = OneCycleLR(SGD([Value(1.0)], lr=1.0), max_lr=1.0, total_steps=10)
    >>> [round(schedule.rate(steps), 2) for steps in range(5)]
    [0.04, 0.52, 1.0, 0.95, 0.81]
    """

    per_batch = True

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float,
        total_steps: int,
        *,
        pct_start: float = 0.3,
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
    ) -> None:
        self.max_lr, self.total_steps = check_real("max_lr", max_lr), check_whole("total_steps", total_steps)
        self.pct_start = check_share("pct_start", pct_start)
        if not 1 < self.pct_start * self.total_steps < self.total_steps:
            share = f"pct_start {self.pct_start:g} of {self.total_steps} total_steps"
            raise ValueError(f"the rate must rise for more than 1 step and fall for at least 1, not {share}")
        self.div_factor = check_real("div_factor", div_factor, least=1.0)
        self.final_div_factor = check_real("final_div_factor", final_div_factor, least=1.0)
        self.cycle_momentum = check_flag("cycle_momentum", cycle_momentum)
        self.base_momentum = check_real("base_momentum", base_momentum, below=1.0)
        self.max_momentum = check_real("max_momentum", max_momentum, below=1.0)
        if (
            self.cycle_momentum
            and isinstance(optimizer, Optimizer)
            and not {"momentum", "betas"} & {*optimizer.settings}
        ):
            raise ValueError(f"{type(optimizer).__name__} has no momentum to change: write cycle_momentum=False")
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        if steps > self.total_steps:
            raise ValueError(f"OneCycleLR was made for {self.total_steps} steps, this is step {steps}")
        first = self.max_lr / self.div_factor
        return self._cycle(steps, first, self.max_lr, first / self.final_div_factor)

    def follow(self, lr: float, steps: int) -> float:
        """Return the learning rate after so many steps, and set the momentum."""
        rate = self.rate(steps)
        if self.cycle_momentum:
            momentum = self._cycle(steps, self.max_momentum, self.base_momentum, self.max_momentum)
            optimizer: Any = self.optimizer
            if "betas" in optimizer.settings:
                optimizer.betas = momentum, optimizer.betas[1]
            else:
                optimizer.momentum = momentum
        return rate

    def _cycle(self, steps: int, first: float, middle: float, last: float) -> float:
        """Go from the first number to the middle one while the rate rises, then to the last."""
        peak = self.pct_start * self.total_steps - 1
        if steps <= peak:
            return _along_cosine(first, middle, steps / peak)
        return _along_cosine(middle, last, (steps - peak) / (self.total_steps - 1 - peak))


class SequentialLR(Schedule):
    """Run schedules one after the other, each from its beginning.

    schedulers   schedules of the same optimizer, which only give their rates and do not step themselves
    milestones   the numbers of steps after which the second schedule and each further one begin

    TypeError or ValueError for schedules of another optimizer, and for milestones that do not fit.

    >>> from engine import Value
    >>> from nn.optim import SGD
    >>> optimizer = SGD([Value(1.0)], lr=1.0)
    >>> parts = [LinearLR(optimizer, 0.25, total_iters=3), ExponentialLR(optimizer, 0.5)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[3])
    >>> [schedule.rate(steps) for steps in range(6)]
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Schedule], milestones: Sequence[int]) -> None:
        self.schedulers = list(schedulers)
        for index, part in enumerate(self.schedulers):
            if not isinstance(part, Schedule):
                raise TypeError(f"schedulers[{index}] must be a Schedule, not {type(part).__name__}: {part!r}")
            if part.optimizer is not optimizer:
                raise ValueError(f"schedulers[{index}] sets the rate of another optimizer: {part.optimizer!r}")
        self.milestones = [check_whole(f"milestones[{index}]", given) for index, given in enumerate(milestones)]
        if len(self.milestones) != len(self.schedulers) - 1:
            raise ValueError(f"{len(self.milestones)} milestones are for {len(self.milestones) + 1} schedulers, "
                             f"{len(self.schedulers)} given")  # fmt: skip
        if any(before >= after for before, after in pairwise(self.milestones)):
            raise ValueError(f"milestones must grow, not {self.milestones}")
        if len({part.per_batch for part in self.schedulers}) > 1:
            raise ValueError("schedulers must step all after each epoch or all after each update: see their per_batch")
        self.per_batch = self.schedulers[0].per_batch
        optimizer.lr = self.schedulers[0].base  # later schedules have changed it
        super().__init__(optimizer)

    def rate(self, steps: int) -> float:  # noqa: D102
        part, steps = self._find(steps)
        return part.rate(steps)

    def follow(self, lr: float, steps: int) -> float:  # noqa: D102
        part, taken = self._find(steps)
        return part.rate(0) if steps and not taken else part.follow(lr, taken)

    def _find(self, steps: int) -> tuple[Schedule, int]:
        """Return the current schedule, and how many steps it has taken."""
        index = bisect_right(self.milestones, steps)
        return self.schedulers[index], steps - [0, *self.milestones][index]


def _divide(after: float, before: float) -> float | None:
    return after / before if before else None


def _along_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + cos(pi * share)) / 2

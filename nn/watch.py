"""Watch: see what every module of a model takes in and gives back, while the model runs as usual."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nn.module import Module

See = Callable[["Module", Any, Any], None]


@contextmanager
def watch(model: "Module", see: See) -> Iterator[None]:
    """Call see(module, input, output) after each forward pass of each module within the model, for each sample."""
    before = [(module, dict(vars(module))) for module in model.modules()]
    for module, _ in before:
        vars(module)["forward"] = partial(_forward, module, module.forward, see)
        if type(module).forward_batch.__qualname__ != "Module.forward_batch":  # that one runs forward for each sample
            vars(module)["forward_batch"] = partial(_forward_batch, module, module.forward_batch, see)
    try:
        yield
    finally:
        for module, attributes in before:
            for name in ("forward", "forward_batch"):
                vars(module).pop(name, None)
                if name in attributes:
                    vars(module)[name] = attributes[name]


def _forward(module: "Module", forward: Callable[..., Any], see: See, *inputs: Any, **options: Any) -> Any:
    output = forward(*inputs, **options)
    see(module, inputs[0] if inputs else None, output)
    return output


def _forward_batch(
    module: "Module", forward: Callable[..., list[Any]], see: See, samples: Sequence[Any], *given: Any
) -> list[Any]:
    outputs = forward(samples, *given)
    for sample, output in zip(samples, outputs, strict=True):
        see(module, sample, output)
    return outputs

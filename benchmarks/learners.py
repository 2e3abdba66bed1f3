"""The same training as users of four libraries write it; what a program needs is imported in it, so as to be timed.

Each takes the number of classes, which chooses the loss, and returns a function that learns a task from a seed: from
the library's usual start, with Adam at .01 and batches of 32, until an epoch after which the test rows are scored as
high as the task wants, 60 epochs at most. It returns the score and the number of epochs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

EPOCHS = 60


@dataclass(frozen=True)
class Task:
    """What is to be learned; all rows are standardised, and so are targets that are numbers.

    hidden   widths of the hidden layers, of ReLU
    classes  how many there are: y is whole numbers; 0 where y is real numbers
    goal     the score to reach: the share of test rows that are right or, for real numbers, R²
    """

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    hidden: tuple[int, ...]
    classes: int
    goal: float

    @property
    def widths(self) -> list[int]:
        """Of all layers, inputs first; two classes share an output."""
        return [self.X.shape[1], *self.hidden, self.classes if self.classes > 2 else 1]

    def score(self, outputs: Any) -> float:
        """Of the outputs (rows, outputs) for the test rows."""
        if self.classes:
            chosen = outputs.argmax(axis=1) if self.classes > 2 else outputs[:, 0] > 0
            return float((chosen == self.y_test).mean())
        return float(1 - ((outputs[:, 0] - self.y_test) ** 2).mean() / self.y_test.var())


Learn = Callable[[Task, int], tuple[float, int]]


def gradwalk(classes: int) -> Learn:
    import numpy as np

    import nn

    loss = {0: "mse", 2: "binary_cross_entropy_with_logits"}.get(classes, "cross_entropy")

    def learn(task: Task, seed: int) -> tuple[float, int]:
        def score(history: nn.History) -> float:
            if classes:
                return history.validation_accuracy[-1]
            return 1 - history.validation_loss[-1] / task.y_test.var()

        generator = np.random.default_rng(seed)
        n_in, *widths = task.widths
        model = nn.MLP(n_in, widths, generator=generator)
        history = nn.fit(
            model, task.X, task.y, loss=loss, optimizer=nn.Adam(model.parameters(), lr=0.01), epochs=EPOCHS,
            batch_size=32, validation=(task.X_test, task.y_test), generator=generator, progress=False,
            callback=lambda history: score(history) >= task.goal,
        )  # fmt: skip
        return score(history), history.epochs

    return learn


def scikit_learn(classes: int) -> Learn:
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    estimator = MLPClassifier if classes else MLPRegressor
    options = {"classes": range(classes)} if classes else {}

    def learn(task: Task, seed: int) -> tuple[float, int]:
        model = estimator(hidden_layer_sizes=task.hidden, learning_rate_init=0.01, batch_size=32, random_state=seed)
        for epoch in range(1, EPOCHS + 1):
            model.partial_fit(task.X, task.y, **options)
            score = model.score(task.X_test, task.y_test)
            if score >= task.goal:
                return score, epoch
        return score, EPOCHS

    return learn


def pytorch(classes: int) -> Learn:
    import torch
    from torch import nn

    loss_fn = {0: nn.MSELoss(), 2: nn.BCEWithLogitsLoss()}.get(classes, nn.CrossEntropyLoss())

    def learn(task: Task, seed: int) -> tuple[float, int]:
        torch.manual_seed(seed)
        X, X_test = torch.tensor(task.X, dtype=torch.float32), torch.tensor(task.X_test, dtype=torch.float32)
        y = torch.tensor(task.y) if classes > 2 else torch.tensor(task.y[:, None], dtype=torch.float32)
        layers = []
        for n_in, n_out in zip(task.widths, task.widths[1:], strict=False):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for epoch in range(1, EPOCHS + 1):
            for batch in torch.randperm(len(X)).split(32):
                loss = loss_fn(model(X[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            with torch.no_grad():
                score = task.score(model(X_test).numpy())
            if score >= task.goal:
                return score, epoch
        return score, EPOCHS

    return learn


def jax(classes: int) -> Learn:
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax.example_libraries.optimizers import adam

    start, update, parameters_of = adam(0.01)
    draw = jax.nn.initializers.lecun_normal()

    @jax.jit
    def predict(parameters, X):
        *hidden, (weights, biases) = parameters
        for W, b in hidden:
            X = jax.nn.relu(X @ W + b)
        return X @ weights + biases

    def loss(parameters, X, y):
        outputs = predict(parameters, X)
        if classes > 2:
            return -jnp.mean(jax.nn.log_softmax(outputs)[jnp.arange(len(y)), y])
        if classes:
            return jnp.mean(jnp.logaddexp(0, outputs[:, 0]) - y * outputs[:, 0])
        return jnp.mean((outputs[:, 0] - y) ** 2)

    @jax.jit
    def step(index, state, X, y):
        return update(index, jax.grad(loss)(parameters_of(state), X, y), state)

    def learn(task: Task, seed: int) -> tuple[float, int]:
        generator = np.random.default_rng(seed)
        shapes = list(zip(task.widths, task.widths[1:], strict=False))
        keys = jax.random.split(jax.random.key(seed), len(shapes))
        state = start([(draw(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, shapes, strict=True)])
        count = 0
        for epoch in range(1, EPOCHS + 1):
            order = generator.permutation(len(task.X))
            for at in range(0, len(order), 32):
                batch = order[at : at + 32]
                state = step(count, state, task.X[batch], task.y[batch])
                count += 1
            score = task.score(np.asarray(predict(parameters_of(state), task.X_test)))
            if score >= task.goal:
                return score, epoch
        return score, EPOCHS

    return learn


PROGRAMS: dict[str, Callable[[int], Learn]] = {
    "Gradwalk": gradwalk, "scikit-learn": scikit_learn, "PyTorch": pytorch, "JAX jit": jax,
}  # fmt: skip
MODULES = {"Gradwalk": "nn", "scikit-learn": "sklearn", "PyTorch": "torch", "JAX jit": "jax"}

"""Neighbours: names of PyTorch, Keras and scikit-learn, as aliases or with an error that says what to write.

A name for the same thing is an alias: `nn.Linear(2, 3)` is an `nn.Layer`. For other names, the error says how to do it
here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import wraps
from operator import attrgetter
from typing import Any


@dataclass(frozen=True)
class Name:
    """What a name of PyTorch's means here.

    here     the name in `nn`
    order    PyTorch's positional arguments, in order
    words    the names of its arguments here, if they differ
    only     the values allowed for an argument, if others would mean something else here
    needed   those of them that must be given, since PyTorch's default means something else
    given    arguments that are always passed here
    """

    here: str
    order: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)


def _activation(name: str, order: str = "", needed: tuple[str, ...] = (), **only: Any) -> Name:
    allowed = {word: value if isinstance(value, tuple) else (value,) for word, value in only.items()}
    return Name("Activate", order, only=allowed, needed=needed, given={"activation": name})


def _loss(name: str, order: str = "", **only: Any) -> Name:
    allowed = {word: (value,) for word, value in only.items()}
    return Name("losses.get", order, only=allowed, given={"loss": name})


KERNEL = {"kernel_size": "kernel"}
CONVOLUTION = {"in_channels": "n_in", "out_channels": "n_out", **KERNEL}
RECURRENT = {"input_size": "n_in", "hidden_size": "n_hidden", "return_sequences": "every_step"}
RATE = {"learning_rate": "lr"}
ADAPTIVE = {**RATE, "epsilon": "eps"}
POOL: dict[str, Any] = {
    "order": "kernel_size stride padding",
    "words": KERNEL,
    "only": {"padding": (0,), "ceil_mode": (False,)},
}
NORM: dict[str, Any] = {
    "order": "num_features eps momentum affine track_running_stats",
    "words": {"num_features": "n"},
    "only": {"affine": (True,), "track_running_stats": (True,)},
}

NAMES = {
    "Linear": Name(
        "Layer", "in_features out_features bias", {"in_features": "n_in", "out_features": "n_out"},
        {"bias": (True,)}, given={"activation": "linear"}),
    "ReLU": _activation("relu", "inplace", inplace=(False, True)),
    "LeakyReLU": _activation("leaky_relu", "negative_slope inplace", negative_slope=0.01, inplace=(False, True)),
    "ELU": _activation("elu", "alpha inplace", alpha=1.0, inplace=(False, True)),
    "GELU": _activation("gelu", "approximate", ("approximate",), approximate="tanh"),
    "SiLU": _activation("silu", "inplace", inplace=(False, True)),
    "Sigmoid": _activation("sigmoid"),
    "Tanh": _activation("tanh"),
    "Softplus": _activation("softplus", "beta", beta=1.0),
    "Softsign": _activation("softsign"),
    "Softmax": _activation("softmax", "dim", dim=(None, 1, -1)),
    "LogSoftmax": _activation("log_softmax", "dim", dim=(None, 1, -1)),
    "Identity": _activation("linear"),
    "BatchNorm1d": Name("BatchNorm", **NORM),
    "BatchNorm2d": Name("BatchNorm", **NORM),
    "MaxPool1d": Name("MaxPool", **POOL), "MaxPool2d": Name("MaxPool", **POOL),
    "AvgPool1d": Name("AvgPool", **POOL), "AvgPool2d": Name("AvgPool", **POOL),
    "MSELoss": _loss("mse"),
    "L1Loss": _loss("mae"),
    "HuberLoss": _loss("huber"),
    "SmoothL1Loss": _loss("huber", beta=1.0),
    "BCELoss": _loss("binary_cross_entropy"),
    "BCEWithLogitsLoss": _loss("binary_cross_entropy_with_logits"),
    "CrossEntropyLoss": _loss("cross_entropy", "weight"),
    "NLLLoss": _loss("nll", "weight"),
    "RMSprop": Name("RMSProp"),
    "clip_grad_norm_": Name(
        "clip_grad_norm", "parameters max_norm norm_type", {"max_norm": "limit", "norm_type": "norm"}),
    "clip_grad_value_": Name("clip_grad_value", "parameters clip_value", {"clip_value": "limit"}),
}  # fmt: skip

CALLED = {"activation": "values", "loss": "prediction, target"}  # what they are called with, once made

# Other libraries' names for the arguments of our classes.
WORDS = {
    "Conv1d": CONVOLUTION, "Conv2d": CONVOLUTION, "MaxPool": KERNEL, "AvgPool": KERNEL,
    "RNN": {**RECURRENT, "nonlinearity": "activation"}, "LSTM": RECURRENT, "GRU": RECURRENT,
    "BatchNorm": {"num_features": "n"}, "LayerNorm": {"normalized_shape": "n"},
    "Embedding": {"num_embeddings": "n", "embedding_dim": "n_out"},
    "SGD": RATE, "Adam": ADAPTIVE, "AdamW": ADAPTIVE, "RMSProp": ADAPTIVE,
}  # fmt: skip
ATTRIBUTES = {"BatchNorm": {"running_var": "running_variance"}}

# Other libraries' names for the entries of a table, by what they are.
ALIASES = {
    "loss": {
        "bce": "binary_cross_entropy", "binary_crossentropy": "binary_cross_entropy", "l1": "mae", "l2": "mse",
        "mean_squared_error": "mse", "squared_error": "mse", "mean_absolute_error": "mae", "absolute_error": "mae",
        "bce_with_logits": "binary_cross_entropy_with_logits", "nll_loss": "nll", "mse_loss": "mse", "l1_loss": "mae",
        "huber_loss": "huber",
    },
    "initialisation": {
        "glorot_uniform": "xavier_uniform", "glorot_normal": "xavier_normal", "kaiming_uniform": "he_uniform",
        "kaiming_normal": "he_normal",
    },
    "activation": {"swish": "silu", "identity": "linear", "logsoftmax": "log_softmax"},
}  # fmt: skip
_LOGITS = 'cross_entropy takes logits: loss="cross_entropy" with a linear output in place of the softmax'
SENTENCES = {
    "loss": dict.fromkeys(("sparse_categorical_crossentropy", "categorical_crossentropy", "log_loss"), _LOGITS),
    "optimizer": {
        "momentum": "write nn.SGD(model.parameters(), lr=0.1, momentum=0.9)",
        "nesterov": "write nn.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)",
    },
}

_NUMBERS = "numbers are Python's floats, on no device; for GPUs and float32, nn.to_torch(model)"
_LABELS = "labels may be texts or booleans: nn.fit encodes them, nn.classify gives them back"
# What `nn` does under another name, or in another way.
ELSEWHERE = {
    "functional": "write Value's methods, such as v.relu(), or nn.Activate('relu')",
    "utils": "write nn.clip_grad_norm_ or nn.clip_grad_value_",
    "Parameter": "a Value set as an attribute is a parameter",
    "ModuleList": "a list of modules set as an attribute is found",
    "ModuleDict": "a dictionary of modules set as an attribute is found",
    "Dense": "write nn.Layer(n_in, n_out, activation)",
    "Activation": "write nn.Activate('relu')",
    "DataLoader": "write nn.batches(X, y, size)",
    "TensorDataset": "write nn.batches(X, y, size)",
    "train_test_split": "write (X_train, y_train), (X_test, y_test) = nn.split(X, y)",
    **dict.fromkeys(("StandardScaler", "MinMaxScaler"), "write X_train, X_test = nn.standardise(X_train, X_test)"),
    "LabelEncoder": _LABELS,
    "OneHotEncoder": "write nn.one_hot(y)",
    "to_categorical": "write nn.one_hot(y)",
    "accuracy_score": 'write nn.accuracy(predictions, y, "cross_entropy")',
    **dict.fromkeys(
        ("precision_score", "recall_score", "f1_score", "classification_report"),
        "nn.confusion_matrix(predictions, y, loss) has the counts, a row for each true class",
    ),
    "r2_score": "write nn.r2(predictions, y), with the predictions first",
    **dict.fromkeys(("mean_squared_error", "mean_absolute_error"), 'write nn.evaluate(model, X, y, "mse") or "mae"'),
    "EarlyStopping": "write nn.fit(model, X, y, patience=10, validation=0.2)",
    "MLPClassifier": 'write nn.MLP(n_in, [16, n_classes]) and nn.fit(model, X, y, loss="cross_entropy")',
    "MLPRegressor": "write nn.MLP(n_in, [16, 1]) and nn.fit(model, X, y)",
    "LogisticRegression": 'write nn.MLP(n_in, [n_classes]) and nn.fit(model, X, y, loss="cross_entropy")',
    "LinearRegression": "write nn.MLP(n_in, [1]) and nn.fit(model, X, y)",
    "ReduceLROnPlateau": "write nn.CosineAnnealingLR or another of nn.schedules",
}
# Methods elsewhere that are functions of `nn`.
OF_A_MODEL = {
    "fit": "write nn.fit(model, X, y)",
    "predict": "write nn.predict(model, X); for labels, nn.classify(model, X)",
    "predict_proba": "write nn.predict(model, X); with a sigmoid or softmax output these are probabilities",
    "evaluate": "write nn.evaluate(model, X, y)",
    "score": "write nn.evaluate(model, X, y)",
    "compile": "write nn.fit(model, X, y, optimizer=..., loss=...)",
    "save": "write nn.save(model, path)",
    "load": "write nn.load(path)",
    **dict.fromkeys(("partial_fit", "train_on_batch"), "write nn.fit(model, X, y, epochs=1)"),
    **dict.fromkeys(("to", "cuda", "cpu", "double", "half", "float"), _NUMBERS),
}
# Arguments that have another name in `nn.fit`.
OF_FIT = {
    "validation_split": "write validation=0.2",
    "validation_data": "write validation=(X, y)",
    "verbose": "write progress=False",
    "callbacks": "write callback=",
    "learning_rate": "write lr=0.1",
    "class_weight": "write loss=nn.CrossEntropyLoss(weight=[...])",
    "sample_weight": "rows all count the same; repeat those that are to count more",
    "metrics": "the history has the accuracy, and nn.evaluate more",
    "criterion": "write loss=",
    "scheduler": "write schedule=",
    "early_stopping": "write patience=10, validation=0.2",
    "max_iter": "write epochs=",
    "n_epochs": "write epochs=",
    "shuffle": "rows are shuffled where there is a batch_size; all at once they need no order",
    **dict.fromkeys(("seed", "random_state"), "write generator=np.random.default_rng(0)"),
    "weight_decay": "write optimizer=nn.SGD(model.parameters(), lr=0.1, weight_decay=0.01)",
    "l1": "write optimizer=nn.SGD(model.parameters(), lr=0.1, l1=0.01)",
    "momentum": "write optimizer=nn.SGD(model.parameters(), lr=0.1, momentum=0.9)",
    **dict.fromkeys(("clip_norm", "clipnorm"), "write optimizer=nn.Adam(model.parameters(), lr=0.05, clip_norm=1.0)"),
    **dict.fromkeys(("clip_value", "clipvalue"), "write optimizer=nn.SGD(model.parameters(), lr=0.1, clip_value=1.0)"),
}


def find(name: str, here: Mapping[str, Any]) -> Any:
    """Return the alias of this name; AttributeError says what to write instead.

    here   the names of `nn`
    """
    if name in NAMES:
        return _make(name, NAMES[name], here)
    if name in ELSEWHERE:
        raise AttributeError(f"nn has no {name}: {ELSEWHERE[name]}")
    close = [] if name.startswith("_") else get_close_matches(name, [*here.get("__all__", ()), *NAMES], 2)
    raise AttributeError(f"nn has no {name!r}" + (f"; did you mean {' or '.join(close)}?" if close else ""))


def _make(name: str, entry: Name, here: Mapping[str, Any]) -> Any:
    first, *rest = entry.here.split(".")
    target = here[first]
    for part in rest:
        target = getattr(target, part)
    if entry == Name(entry.here):
        return target

    def make(*arguments: Any, **options: Any) -> Any:
        order = entry.order.split()
        if len(arguments) > len(order):
            advice = next((f": write nn.{name}()({CALLED[what]})" for what in entry.given), "")
            raise TypeError(f"nn.{name} takes {len(order)} positional arguments, {len(arguments)} given{advice}")
        given: dict[str, Any] = dict(zip(order, arguments, strict=False)) | options
        for word, allowed in entry.only.items():
            if (word in given and given[word] not in allowed) or (word in entry.needed and word not in given):
                others = "".join(f" or {each!r}" for each in allowed[1:])
                advice = f": write nn.{name}({word}={allowed[0]!r})" if word in entry.needed else ""
                raise ValueError(f"nn.{name} takes {word}={allowed[0]!r}{others} alone{advice}")
            given.pop(word, None)
        return target(**_translate(given, entry.words), **entry.given)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"PyTorch's {name}, which is `nn.{entry.here}` here."
    return make


def adopt(here: Mapping[str, Any]) -> None:
    """Make the classes of `nn` take other libraries' arguments, and have their attributes."""
    for name, words in WORDS.items():
        module_class = here[name]
        module_class.__init__ = _rename(module_class.__init__, words)
    for name, attributes in ATTRIBUTES.items():
        for there, own in attributes.items():
            setattr(here[name], there, property(attrgetter(own), doc=f"PyTorch's name of `{own}`."))


def _rename(function: Callable[..., None], words: Mapping[str, str]) -> Callable[..., None]:
    @wraps(function)
    def renamed(*arguments: Any, **options: Any) -> None:
        function(*arguments, **_translate(options, words))

    return renamed


def _translate(given: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments by their names here; TypeError if one is given under both."""
    twice = next((word for word in words if word in given and words[word] in given), None)
    if twice:
        raise TypeError(f"{twice} and {words[twice]} are the same argument: give one of them")
    return {words.get(word, word): value for word, value in given.items()}


def say_of_model(class_name: str, name: str) -> str:
    """Return the text of the AttributeError for an attribute that a model does not have."""
    sentence = f": {OF_A_MODEL[name]}" if name in OF_A_MODEL else ""
    return f"{class_name!r} object has no attribute {name!r}{sentence}"


def refuse_arguments(given: Mapping[str, Any], known: Any) -> None:
    """Raise TypeError for arguments that `nn.fit` does not have, saying what to write instead."""
    for name in given:
        if name in OF_FIT:
            raise TypeError(f"nn.fit has no {name}: {OF_FIT[name]}")
        close = get_close_matches(name, known, 1)
        raise TypeError(f"nn.fit has no {name}" + (f"; did you mean {close[0]}?" if close else ""))

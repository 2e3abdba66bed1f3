"""What people type by habit, from micrograd, PyTorch, Keras, scikit-learn, pandas: it computes, or says what to type.

Each habit is a program whose last line is an expression, and the number that it gives, or the sentence of the error.
"""

import ast
import math
import random
import re

import numpy as np
import pytest

import engine
import nn
from engine import Value


class Says(str):
    """The sentence, or a part of it, of an error."""


class Series:
    """A column as pandas has it, as far as Gradwalk asks for it: `to_numpy`, and no `columns`."""

    def __init__(self, cells, index=None):
        self.cells, self.index = list(cells), index or range(100, 100 + len(cells))

    def to_numpy(self):
        return np.array(self.cells)

    def __len__(self):
        return len(self.cells)

    def __iter__(self):
        return iter(self.cells)

    def __getitem__(self, key):
        return self.cells[self.index.index(key)]  # by label, not by place: a KeyError in pandas


class Frame:
    """A table as pandas has it: named columns, which alone can be looked up."""

    def __init__(self, **columns):
        self.held, self.columns = columns, list(columns)

    def to_numpy(self):
        dtype = object if any(isinstance(cell, str) for cells in self.held.values() for cell in cells) else float
        return np.array(list(self.held.values()), dtype).T

    def __len__(self):
        return len(next(iter(self.held.values())))

    def __iter__(self):
        return iter(self.columns)

    def __getitem__(self, name):
        if name not in self.held:
            raise KeyError(name)
        return Series(self.held[name])


MICROGRAD = [
    ("from nn.micrograd import Value\nValue(2.0).data", 2.0),
    ("from nn.micrograd import Value\na, b = Value(2.0), Value(3.0)\n(a * b)._prev == {a, b}", True),
    ("from nn.micrograd import Value\na = Value(2.0)\n(a + a)._prev == {a}", True),
    ("from nn.micrograd import Value\nValue(1.0)._prev", set()),
    ("from nn.micrograd import Value\n(Value(1.0) * 2)._op", "*"),
    ("from nn.micrograd import Value\n(Value(1.0) + 2)._op", "+"),
    ("from nn.micrograd import Value\nValue(1.0).relu()._op", "ReLU"),
    ("from nn.micrograd import Value\nValue(1.0).tanh()._op", "tanh"),
    ("from nn.micrograd import Value\n(Value(3.0)**2)._op", "**2"),
    ("from nn.micrograd import Value\nx = Value(3.0)\n(x**2)._prev == {x}", True),
    ("from nn.micrograd import Value\nValue(3.0)._op", ""),
    ("from nn.micrograd import Value\na = Value(2.0)\no = (a * 3).tanh()\no.grad = 1.0\no._backward()\n"
     "m, = o._prev\nm._backward()\na.grad", 3 * (1 - math.tanh(6.0) ** 2)),
    ("from nn.micrograd import Value\nValue(2.0, (), '+')._op", "+"),
    ("from nn.micrograd import Value\na = Value(2.0)\nValue(4.0, (a,), '*')._prev == {a}", True),
    ("from nn.micrograd import Value\nValue(2.0, label='x1').label", "x1"),
    ("from nn.micrograd import Value\nValue(2.0, _children=(), _op='', label='b').data", 2.0),
    ("from nn.micrograd import Value\na = Value(2.0)\nout = Value(8.0, (a,), 'cube')\n"
     "def _backward():\n    a.grad += 12.0 * out.grad\n"
     "out._backward = _backward\nL = out * 2\nL.backward()\na.grad", 24.0),
    ("from nn.micrograd import Value\np = Value(1.0)\np.m = 0.5\np.v = 0.25\np.m + p.v", 0.75),
    ("from nn.micrograd import Value\nclass Mine(Value):\n    pass\ntype(Mine(1.0) * 2 + 1).__name__", "Mine"),
    ("from nn.micrograd import Value\nclass Mine(Value):\n    def twice(self):\n        return self * 2\n"
     "x = Mine(1.5)\ny = x.tanh().twice().exp()\ny.backward()\nx.grad",
     2 * (1 - math.tanh(1.5) ** 2) * math.exp(2 * math.tanh(1.5))),
    ("from nn.micrograd import Value\nsum([Value(1.0), Value(2.0)]).data", 3.0),
    ("from nn.micrograd import Value\nrepr(Value(2.0))", "Value(data=2.0, grad=0.0)"),
    ("from nn.micrograd import Value\nx = Value(-4.0)\nz = 2 * x + 2 + x\nq = z.relu() + z * x\nh = (z * z).relu()\n"
     "y = h + q + q * x\ny.backward()\n[y.data, x.grad]", [-20.0, 46.0]),
    ("from nn.micrograd import Neuron\nlen(Neuron(2).w)", 2),
    ("from nn.micrograd import Neuron\nNeuron(2).b.data", 0.0),
    ("from nn.micrograd import Neuron\nn = Neuron(2, nonlin=False)\nn.w[0].data, n.w[1].data = 1.0, -2.0\n"
     "n([1.0, 2.0]).data", -3.0),
    ("from nn.micrograd import Neuron\nn = Neuron(2)\nn.w[0].data, n.w[1].data = 1.0, -2.0\nn([1.0, 2.0]).data", 0.0),
    ("from nn.micrograd import Layer\nlayer = Layer(3, 2)\nlayer.neurons[0].w[0].data = 0.5\n"
     "layer.neurons[0].w[0].data", 0.5),
    ("from nn.micrograd import Neuron\nNeuron(2).nonlin", True),
    ("from nn.micrograd import MLP\nrandom.seed(1337)\nMLP(2, [16, 16, 1]).layers[0].neurons[0].w[0].data",
     random.Random(1337).uniform(-1, 1)),
    ("from nn.micrograd import MLP\nlen(MLP(2, [16, 16, 1]).parameters())", 337),
    ("from nn.micrograd import MLP\nrepr(MLP(1, [1]))", "MLP of [Layer of [LinearNeuron(1)]]"),
    ("from nn.micrograd import Layer\nrepr(Layer(2, 1))", "Layer of [ReLUNeuron(2)]"),
    ("from nn.micrograd import MLP\nmodel = MLP(3, [4, 1])\nmodel([1.0, 2.0, 3.0]).backward()\nmodel.zero_grad()\n"
     "[p.grad for p in model.parameters()] == [0.0] * 21", True),
    ("from nn.micrograd import MLP\nlen(MLP(2, [3, 2])([1.0, 2.0]))", 2),
    ("from nn.micrograd import MLP, Value\nmodel = MLP(2, [1])\nfor p in model.parameters():\n    p.data = 0.5\n"
     "model([Value(1.0), Value(2.0)]).data", 2.0),
    ("from nn.micrograd import Module\nclass Line(Module):\n    def __init__(self):\n        self.k = Value(2.0)\n"
     "    def __call__(self, x):\n        return self.k * x\n    def parameters(self):\n        return [self.k]\n"
     "Line()(3).data", 6.0),
    ("from nn.micrograd import MLP\nnn.fit(MLP(1, [2, 1]), [[0.0], [1.0]], [0.0, 1.0], epochs=3,"
     " progress=False).epochs", 3),
    ("from nn.micrograd import Neuron\nNeuron(2)([1.0])", Says("2 inputs expected, 1 given")),
]  # fmt: skip

VALUES = [
    ("Value(2.5).item()", 2.5),
    ("f'{Value(2.0):.4f}'", "2.0000"),
    ("f'{Value(0.25):8.3f}|'", "   0.250|"),
    ("f'{Value(2.0)}'", "Value(data=2.0, grad=0.0)"),
    ("round(Value(2.345), 1)", 2.3),
    ("round(Value(2.6))", 3),
    ("int(Value(2.9))", 2),
    ("math.floor(Value(2.9))", 2),
    ("v = Value(2.0)\n+v is v", True),
    ("(Value(7.0) % 3).data", 1.0),
    ("(Value(-7.0) % 3).data", 2.0),
    ("(7 % Value(4.0)).data", 3.0),
    ("a, b = Value(7.5), Value(2.0)\n(a % b).backward()\n[a.grad, b.grad]", [1.0, -3.0]),
    ("x = Value(0.5)\nx.asin().backward()\nx.grad", 1 / math.sqrt(0.75)),
    ("Value(0.5).acos().data", math.acos(0.5)),
    ("x = Value(2.0)\nx.atan().backward()\nx.grad", 0.2),
    ("y, x = Value(1.0), Value(2.0)\ny.atan2(x).backward()\n[y.grad, x.grad]", [0.4, -0.2]),
    ("Value(1.0).sinh().data", math.sinh(1.0)),
    ("x = Value(1.0)\nx.cosh().backward()\nx.grad", math.sinh(1.0)),
    ("[Value(x).clip(-1, 1).data for x in (-3.0, 0.5, 2.0)]", [-1.0, 0.5, 1.0]),
    ("x = Value(1.0)\nx.clip(-1, 1).backward()\nx.grad", 1.0),
    ("x = Value(2.0)\nx.clip(-1, 1).backward()\nx.grad", 0.0),
    ("Value(8.0).log2().data", 3.0),
    ("Value(1000.0).log10().data", 3.0),
    ("x = Value(2.0)\nx.log2().backward()\nx.grad", 1 / (2 * math.log(2.0))),
    ("engine.parse('clip(x, 0, 1) + x % 3 + atan2(x, 1)', x=4)[0].data", 2.0 + math.atan2(4.0, 1.0)),
    ("np.sinh(np.array([Value(1.0)]))[0].data", math.sinh(1.0)),
    ("float(Value(2.0))", 2.0),
]  # fmt: skip

PYTORCH = [
    ("nn.Linear(2, 3)", "Layer(2, 3, 'linear')"),
    ("nn.Linear(in_features=2, out_features=3)", "Layer(2, 3, 'linear')"),
    ("nn.Linear(2, 3, bias=False)", Says("nn.Linear takes bias=True alone")),
    ("nn.ReLU()", "Activate('relu')"),
    ("nn.Sigmoid()", "Activate('sigmoid')"),
    ("nn.Tanh()", "Activate('tanh')"),
    ("nn.ReLU(inplace=True)([-1.0])[0].data", 0.0),
    ("nn.LeakyReLU()([-2.0])[0].data", -0.02),
    ("nn.LeakyReLU(0.2)([-2.0])", Says("nn.LeakyReLU takes negative_slope=0.01 alone")),
    ("nn.ELU()", "Activate('elu')"),
    ("nn.GELU(approximate='tanh')", "Activate('gelu')"),
    ("nn.GELU()", Says("approximate='tanh'")),
    ("nn.SiLU()", "Activate('silu')"),
    ("nn.Softplus()", "Activate('softplus')"),
    ("nn.Softmax(dim=1)([0.0, 0.0])[0].data", 0.5),
    ("nn.LogSoftmax(dim=-1)([0.0, 0.0])[0].data", -math.log(2.0)),
    ("nn.Identity()", "Activate('linear')"),
    ("nn.Dropout(p=0.5)", "Dropout(0.5)"),
    ("nn.BatchNorm1d(3)", "BatchNorm(3)"),
    ("nn.BatchNorm1d(2).running_var", [1.0, 1.0]),
    ("nn.MaxPool2d(kernel_size=2)", "MaxPool(2)"),
    ("nn.AvgPool1d(3, stride=1)", "AvgPool(3, stride=1)"),
    ("nn.Conv2d(1, 4, kernel_size=3, activation='linear').kernel", (3, 3)),
    ("nn.Conv2d(in_channels=1, out_channels=4, kernel_size=3).n_out", 4),
    ("len(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).parameters())", 33),
    ("nn.MSELoss()(Value(3.0), 1.0).data", 4.0),
    ("nn.MSELoss(Value(3.0), 1.0)", Says("write nn.MSELoss()(prediction, target)")),
    ("nn.Sigmoid([Value(3.0)])", Says("write nn.Sigmoid()(values)")),
    ("nn.L1Loss()([Value(3.0), Value(0.0)], [1.0, 1.0]).data", 1.5),
    ("nn.MSELoss(reduction='sum')([Value(3.0), Value(0.0)], [1.0, 1.0]).data", 5.0),
    ("nn.HuberLoss(delta=2.0)(Value(3.0), 0.0).data", 4.0),
    ("nn.SmoothL1Loss()(Value(3.0), 0.0).data", 2.5),
    ("nn.BCELoss()(Value(0.5), 1).data", math.log(2.0)),
    ("nn.BCEWithLogitsLoss()(Value(0.0), 1).data", math.log(2.0)),
    ("nn.BCEWithLogitsLoss(pos_weight=3.0)(Value(0.0), 1).data", 3 * math.log(2.0)),
    ("nn.CrossEntropyLoss()([Value(0.0), Value(0.0)], 1).data", math.log(2.0)),
    ("nn.CrossEntropyLoss(weight=[1.0, 3.0], reduction='sum')([Value(0.0), Value(0.0)], 1).data", 3 * math.log(2.0)),
    ("nn.CrossEntropyLoss(ignore_index=-1)([[Value(0.0), Value(0.0)]] * 2, [1, -1]).data", math.log(2.0)),
    ("nn.CrossEntropyLoss(label_smoothing=0.5)([Value(0.0), Value(2.0)], 1).data",
     math.log(1 + math.exp(2.0)) - 0.75 * 2),
    ("nn.CrossEntropyLoss()([Value(0.0), Value(2.0)], [0.5, 0.5]).data", math.log(1 + math.exp(2.0)) - 1.0),
    ("nn.NLLLoss()([Value(-0.1), Value(-2.3)], 1).data", 2.3),
    ("print(nn.CrossEntropyLoss(label_smoothing=0.1))", "cross_entropy(label_smoothing=0.1)"),
    ("nn.RMSprop([Value(1.0)], lr=0.1).lr", 0.1),
    ("w = Value(1.0)\nw.grad = 2.0\nnn.SGD([w], lr=0.1, maximize=True).step()\nw.data", 1.2),
    ("w = Value(0.0)\nsgd = nn.SGD([w], lr=1.0, momentum=0.5, dampening=0.5)\nfor _ in range(2):\n    w.grad = 1.0\n"
     "    sgd.step()\nw.data", -2.0),
    ("nn.Adam([Value(1.0)], amsgrad=True).amsgrad", True),
    ("print(nn.SGD([Value(1.0)], lr=0.1, momentum=0.9))", "SGD(1 parameter, lr=0.1, momentum=0.9)"),
    ("print(nn.StepLR(nn.SGD([Value(1.0)], lr=0.1), 10))", "StepLR(step_size=10, gamma=0.1; 0 steps, lr=0.1)"),
    ("a = Value(1.0)\na.grad = 5.0\nnn.clip_grad_norm_([a], max_norm=1.0)", 5.0),
    ("a = Value(1.0)\na.grad = 5.0\nnn.clip_grad_value_([a], clip_value=1.0)\na.grad", 1.0),
    ("nn.functional.relu", Says("nn has no functional: write Value's methods")),
    ("nn.Parameter(1.0)", Says("a Value set as an attribute is a parameter")),
    ("nn.utils.clip_grad_norm_", Says("nn.clip_grad_norm_")),
    ("nn.MLP(2, [1]).to('cpu')", Says("numbers are Python's")),
    ("nn.MLP(2, [1]).cuda()", Says("nn.to_torch(model)")),
    ("nn.ModuleList([nn.Linear(1, 1)])", Says("a list of modules set as an attribute")),
]  # fmt: skip

FIT = "model = nn.MLP(2, [3, 1], 'tanh', generator=np.random.default_rng(0))\n"
KERAS = [
    (FIT + "nn.fit(model, X, y, optimizer='adam', epochs=2, progress=False).epochs", 2),
    (FIT + "nn.fit(model, X, y, optimizer='sgd', lr=0.01, epochs=2, progress=False).epochs", 2),
    (FIT + "nn.fit(model, X, y, lr=0.01, epochs=2, progress=False).epochs", 2),
    (FIT + "nn.fit(model, X, y, optimizer='momentum')", Says("write nn.SGD(model.parameters(), lr=0.1, momentum=0.9)")),
    ("nn.predict(nn.Conv2d(1, 2, 3), np.zeros((5, 1, 8, 8)))", Says("write X.reshape(len(X), -1), and nn.Unflatten(")),
    ("nn.predict(nn.Conv2d(1, 2, 3), np.zeros((5, 1, 8, 8)).tolist())", Says("not an image")),
    ("nn.predict(nn.Sequential(nn.Unflatten((1, 8, 8)), nn.Conv2d(1, 2, 3), nn.Flatten()),\n"
     "np.zeros((5, 1, 8, 8)).reshape(5, -1)).shape", (5, 72)),
    (FIT + "nn.fit(model, X, y, loss=nn.MSELoss)", Says("write nn.MSELoss()(prediction, target)")),
    (FIT + "model(X)", Says("[model(row) for row in X] has gradients")),
    (FIT + "nn.fit(model, X, y, optimizer=nn.SGD, lr=0.5, epochs=1, progress=False).epochs", 1),
    (FIT + "nn.fit(model, X, y, optimizer='adm')", Says("unknown optimizer: 'adm' (one of 'sgd', 'rmsprop', 'adam'")),
    (FIT + "nn.fit(model, X, y, optimizer=nn.SGD(model.parameters()), lr=0.1)",
     Says("give it there: SGD(parameters, lr=0.1)")),
    ("model = nn.MLP(2, [1], output='sigmoid')\nnn.fit(model, X, y, loss='bce', epochs=1, progress=False).epochs", 1),
    (FIT + "nn.fit(model, X, y, loss='mean_squared_error', epochs=1, progress=False).epochs", 1),
    (FIT + "nn.fit(model, X, y, loss='mae', epochs=1, progress=False).epochs", 1),
    (FIT + "nn.fit(model, X, y, loss='binary_crossentropy')", Says("is not a probability")),
    (FIT + "nn.fit(model, X, y, loss='sparse_categorical_crossentropy')", Says("cross_entropy takes logits")),
    (FIT + "nn.fit(model, X, y, loss='categorical_crossentropy')", Says("cross_entropy takes logits")),
    (FIT + "h = nn.fit(model, X, y, epochs=2, progress=False)\nh['loss'] == h.loss", True),
    (FIT + "h = nn.fit(model, X, y, epochs=2, validation=0.5, progress=False)\nh['val_loss'] == h.validation_loss",
     True),
    (FIT + "h = nn.fit(model, X, y, epochs=2, progress=False)\nh['lost']", Says("a history has loss, accuracy")),
    (FIT + "h = nn.fit(model, X, y, epochs=2, progress=False)\nh.history['loss']", Says('write history["loss"]')),
    (FIT + "nn.fit(model, X, y, validation_split=0.2)", Says("validation_split: write validation=0.2")),
    (FIT + "nn.fit(model, X, y, validation_data=(X, y))", Says("write validation=(X, y)")),
    (FIT + "nn.fit(model, X, y, verbose=0)", Says("verbose: write progress=False")),
    (FIT + "nn.fit(model, X, y, seed=0)", Says("generator=np.random.default_rng(0)")),
    (FIT + "nn.fit(model, X, y, callbacks=[])", Says("write callback=")),
    (FIT + "nn.fit(model, X, y, learning_rate=0.1)", Says("write lr=0.1")),
    (FIT + "nn.fit(model, X, y, class_weight={0: 1.0})", Says("nn.CrossEntropyLoss(weight=[...])")),
    (FIT + "nn.fit(model, X, y, epoch=5)", Says("nn.fit has no epoch; did you mean epochs?")),
    (FIT + "model.fit(X, y)", Says("write nn.fit(model, X, y)")),
    (FIT + "model.predict(X)", Says("write nn.predict(model, X)")),
    (FIT + "model.evaluate(X, y)", Says("write nn.evaluate(model, X, y)")),
    (FIT + "model.compile('adam')", Says("nn.fit(model, X, y, optimizer=..., loss=...)")),
    (FIT + "model.save('x')", Says("write nn.save(model, path)")),
    (FIT + "model(X)", Says("nn.predict(model, X)")),
    (FIT + "model(np.array(X))", Says("nn.predict(model, X)")),
    (FIT + "model(frame)", Says("nn.predict(model, X)")),
    ("nn.accuracy([0.2, 0.9], [0, 1])", Says('nn.accuracy(predictions, y, "cross_entropy")')),
    ("nn.Dense(3)", Says("nn.Layer(n_in, n_out, activation)")),
]  # fmt: skip

LABELS = "labels = ['yes' if value else 'no' for value in y]\n"
PAIR = "model = nn.MLP(2, [4, 2], 'tanh', generator=np.random.default_rng(0))\n"
SCIKIT_LEARN = [
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=80, progress=False)\n"
     "list(nn.classify(model, X)) == labels", True),
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=1, progress=False)\n"
     "model.answers.labels", ("no", "yes")),
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=1, progress=False)\n"
     "nn.predict(model, X).shape", (6, 2)),
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=80, progress=False)\n"
     "nn.evaluate(model, X, labels, 'cross_entropy')['accuracy']", 1.0),
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=80, progress=False)\n"
     "nn.save(model, path)\nlist(nn.classify(nn.load(path), X)) == labels", True),
    (FIT + LABELS + "nn.fit(model, X, labels, loss='binary_cross_entropy_with_logits', epochs=80, progress=False)\n"
     "list(nn.classify(model, X)) == labels", True),
    (FIT + LABELS + "nn.fit(model, X, labels, loss='hinge', epochs=80, progress=False)\n"
     "list(nn.classify(model, X)) == labels", True),
    (FIT + "nn.fit(model, X, [bool(value) for value in y], loss='binary_cross_entropy_with_logits', epochs=80,"
     " progress=False)\nlist(nn.classify(model, X)) == [bool(value) for value in y]", True),
    (PAIR + "nn.fit(model, X, np.array(y) == 1, loss='cross_entropy', epochs=80, progress=False)\n"
     "bool(nn.classify(model, X)[0] == (y[0] == 1))", True),
    (PAIR + "nn.fit(model, X, y, loss='cross_entropy', epochs=80, progress=False)\nnn.classify(model, X).tolist() == y",
     True),
    (PAIR + LABELS + "nn.fit(model, X, labels, loss='cross_entropy', epochs=1, progress=False)\n"
     "nn.evaluate(model, X, ['maybe', *labels[1:]], 'cross_entropy')",
     Says("'maybe' is none of the labels 'no', 'yes'")),
    (FIT + LABELS + "nn.fit(model, X, labels)", Says("mse learns numbers, not labels such as 'no'")),
    (FIT + "nn.fit(model, X, ['a', 'b', 'c'] * 2, loss='hinge')",
     Says("3 labels, 'a', 'b', 'c', for a loss that tells two apart")),
    (PAIR + "nn.fit(model, X, ['a', 'b', 'c'] * 2, loss='cross_entropy')",
     Says("3 labels, 'a', 'b', 'c', for a model of 2 outputs")),
    (PAIR + "nn.classify(model, X)", Says("nn.classify")),
    (PAIR + "nn.classify(model, X, 'cross_entropy').shape", (6,)),
    (FIT + "nn.fit(model, X, [[value] for value in y], epochs=1, progress=False).epochs", 1),
    (PAIR + "nn.fit(model, X, np.array(y)[:, None], loss='cross_entropy', epochs=1, progress=False).epochs", 1),
    (PAIR + "nn.fit(model, X, nn.one_hot(y), loss='cross_entropy', epochs=1, progress=False).epochs", 1),
    (FIT + "model.score(X, y)", Says("write nn.evaluate(model, X, y)")),
    (FIT + "model.predict_proba(X)", Says("nn.predict(model, X)")),
    ("nn.train_test_split(X, y)", Says("write (X_train, y_train), (X_test, y_test) = nn.split(X, y)")),
    ("nn.precision_score(y, y)", Says("nn.confusion_matrix(predictions, y, loss) has the counts")),
    ("nn.r2_score(y, y)", Says("write nn.r2(predictions, y), with the predictions first")),
    ("nn.mean_squared_error(y, y)", Says('write nn.evaluate(model, X, y, "mse")')),
    ("nn.LogisticRegression()", Says('nn.fit(model, X, y, loss="cross_entropy")')),
    ("nn.LinearRegression()", Says("write nn.MLP(n_in, [1]) and nn.fit(model, X, y)")),
    ("nn.StandardScaler()", Says("write X_train, X_test = nn.standardise(X_train, X_test)")),
]  # fmt: skip

PANDAS = [
    (FIT + "nn.fit(model, frame, y, epochs=2, progress=False).epochs", 2),
    (FIT + "nn.fit(model, frame, Series(y), epochs=2, progress=False).epochs", 2),
    (FIT + "nn.predict(model, frame).tolist() == nn.predict(model, X).tolist()", True),
    (FIT + "nn.evaluate(model, frame, Series(y)) == nn.evaluate(model, X, y)", True),
    (FIT + "nn.doctor(model, frame, Series(y)) is not None", True),
    (FIT + "nn.fit(model, X, y, validation=(frame, Series(y)), epochs=1, progress=False).epochs", 1),
    (FIT + "nn.fit(model, frame, Frame(bought=y), epochs=1, progress=False).epochs", 1),
    (PAIR + LABELS + "nn.fit(model, frame, Series(labels), loss='cross_entropy', epochs=80, progress=False)\n"
     "list(nn.classify(model, frame)) == labels", True),
    ("nn.standardise(frame)[0].shape", (6, 2)),
    ("nn.split(frame, Series(y), 0.5)[0][0].shape", (3, 2)),
    (FIT + "nn.fit(model, Frame(a=[1.0, math.nan], b=[1.0, 2.0]), [0, 1])", Says("X['a'][1] is nan")),
    (FIT + "nn.fit(model, Frame(a=[1.0, 2.0], city=['Rome', 'Oslo']), [0, 1])",
     Says("X['city'][0]: a number expected, 'Rome' given")),
    ("nn.load_csv(write('size,city,y\\n1,Rome,a\\n2,Oslo,b\\n')).features", ("size", "city=Oslo", "city=Rome")),
    ("nn.load_csv(write('size,city,y\\n1,Rome,a\\n2,Oslo,b\\n')).X.tolist()", [[1, 0, 1], [2, 1, 0]]),
    ("nn.load_csv(write('a;b;y\\n1;2;x\\n3;4;z\\n')).X.tolist()", [[1, 2], [3, 4]]),
    ("nn.load_csv(write('a,y\\n1,x\\n,z\\n'))", Says('missing="drop"')),
    ("nn.load_csv(write('a,y\\n1,x\\n,z\\n3,x\\n'), missing='drop').X.tolist()", [[1], [3]]),
    ("nn.load_csv(write('a,y\\n1,x\\nNA,z\\n3,x\\n'), missing='mean').X.tolist()", [[1], [2], [3]]),
    ("nn.load_csv(write('a,y\\n1,x\\n?,z\\n3,x\\n'), missing=0.0).X.tolist()", [[1], [0], [3]]),
    ("nn.load_csv(write('a,y\\n1,x\\n,z\\n'), missing='median')", Says("missing must be")),
    ("nn.load_csv(write('a,y\\n1,x\\n2x,z\\n'))", Says("a number expected, '2x' given")),
    ("len(nn.load_iris())", 150),
    ("print(nn.load_csv(write('a,kind\\n1,x\\n3,z\\n')))",
     "Dataset: 2 rows, 1 column, 2 classes\n    a  class\n1.000  x\n3.000  z"),
    ("nn.to_csv", Says("nn has no 'to_csv'")),
]  # fmt: skip

HABITS = [*MICROGRAD, *VALUES, *PYTORCH, *KERAS, *SCIKIT_LEARN, *PANDAS]


def run(program, tmp_path, capsys):
    """What the last line of a program gives; what it prints, if that is nothing."""

    def write(text):
        path = tmp_path / "file.csv"
        path.write_text(text, encoding="utf-8")
        return path

    X = [[-1.0, -0.5], [-0.8, -1.0], [-1.2, 0.1], [1.0, 0.4], [0.7, 1.1], [1.3, -0.2]]
    frame = Frame(width=[row[0] for row in X], height=[row[1] for row in X])
    scope = {"Value": Value, "engine": engine, "nn": nn, "np": np, "math": math, "random": random, "X": X,
             "y": [0, 0, 0, 1, 1, 1], "Series": Series, "Frame": Frame, "frame": frame, "write": write,
             "path": tmp_path / "model.npz"}  # fmt: skip
    *lines, last = ast.parse(program).body
    exec(compile(ast.Module(lines, []), "<habit>", "exec"), scope)
    given = eval(compile(ast.Expression(last.value), "<habit>", "eval"), scope)
    return capsys.readouterr().out.rstrip("\n") if given is None else given


@pytest.mark.parametrize(("program", "expected"), HABITS, ids=[row[0].splitlines()[-1] for row in HABITS])
def test_a_habit_computes_or_says_what_to_write(program, expected, tmp_path, capsys):
    if isinstance(expected, Says):
        with pytest.raises((TypeError, ValueError, AttributeError, KeyError), match=re.escape(expected)):
            run(program, tmp_path, capsys)
        return
    given = run(program, tmp_path, capsys)
    if isinstance(expected, str):
        assert str(given) == expected
    elif isinstance(expected, bool | set | tuple) or np.ndim(expected) == 2:
        assert given == expected
    else:
        assert given == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_most_of_150_habits_compute():
    assert len(HABITS) >= 150
    assert sum(not isinstance(expected, Says) for _, expected in HABITS) >= 90

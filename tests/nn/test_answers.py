"""Labels: encoded, kept with the model and in its file, and given back."""

import numpy as np
import pytest

import nn
from nn.answers import Answers, read_labels
from tests.arrays import seeded

X = seeded().normal(size=(20, 2))
LABELS = np.where(X[:, 0] > 0, "right", "left").tolist()


def learn(labels, outputs=2, loss="cross_entropy", **options):
    model = nn.MLP(2, [4, outputs], "tanh", generator=seeded(1))
    nn.fit(model, X, labels, loss=loss, epochs=60, progress=False, generator=seeded(2), **options)
    return model


def test_labels_are_learned_as_their_places_in_sorted_order():
    model, other = learn(LABELS), learn([int(label == "right") for label in LABELS])
    assert model.state_dict() == other.state_dict()
    assert model.answers == Answers(("left", "right"), "cross_entropy")
    assert other.answers == Answers((), "cross_entropy")
    assert nn.classify(model, X).tolist() == LABELS
    assert nn.predict(model, X).tolist() == nn.predict(other, X).tolist()


@pytest.mark.parametrize("loss", ["binary_cross_entropy_with_logits", "hinge"])
def test_two_labels_for_one_output(loss):
    assert nn.classify(learn(LABELS, 1, loss), X).tolist() == LABELS
    signs = learn([label == "right" for label in LABELS], 1, loss)
    assert nn.classify(signs, X).tolist() == [label == "right" for label in LABELS]


def test_they_go_into_the_file(tmp_path):
    for labels in (LABELS, [label == "right" for label in LABELS]):
        model = learn(labels)
        nn.save(model, tmp_path / "model.npz")
        again = nn.load(tmp_path / "model.npz")
        assert again.answers == model.answers
        assert nn.classify(again, X).tolist() == labels
        model.answers = None
        nn.load(tmp_path / "model.npz", model)
        assert model.answers == again.answers


def test_validation_goes_by_the_same_labels():
    model = nn.MLP(2, [4, 2], "tanh", generator=seeded(1))
    only = [place for place, label in enumerate(LABELS) if label == "right"]
    history = nn.fit(
        model, X, LABELS, loss="cross_entropy", epochs=60, progress=False,
        validation=(X[only], [LABELS[place] for place in only]),
    )  # fmt: skip
    assert history.validation_accuracy[-1] == 1.0
    assert nn.evaluate(model, X[only], ["right"] * len(only), "cross_entropy")["accuracy"] == 1.0


def test_other_labels_are_learned_anew():
    model = learn(LABELS)
    nn.fit(model, X, ["yes" if label == "right" else "no" for label in LABELS], loss="cross_entropy", progress=False)
    assert model.answers.labels == ("no", "yes")


def test_a_label_that_is_known_keeps_its_number():
    model = learn(LABELS)
    for new, labels in (("aft", ("aft", "right")), ("up", ("up", "right")), ("left", ("left", "right"))):
        given = [label if label == "right" else new for label in LABELS]
        nn.fit(model, X, given, loss="cross_entropy", epochs=1, progress=False, generator=seeded())
        assert model.answers.labels == labels
        assert nn.classify(model, X).tolist() == given


def test_a_training_that_is_refused_keeps_what_the_model_knows():
    model = learn(LABELS)
    with pytest.raises(ValueError, match="batch_size"):
        nn.fit(model, X, ["a", "b"] * 10, loss="cross_entropy", batch_size=0)
    assert model.answers.labels == ("left", "right")


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        (["a", "b"], ["a", "b"]),
        (np.array([["a"], ["b"]]), ["a", "b"]),
        (np.array(["a", "b"], object), ["a", "b"]),
        ([np.True_, False], [True, False]),
        ([1, 0], None),
        (["a", 1], None),
        ([[True, False]], None),
        ([], None),
        ("ab", None),
        (None, None),
    ],
)
def test_what_labels_are(given, labels):
    assert read_labels(given) == labels


def test_booleans_are_numbers_for_a_loss_of_numbers():
    assert nn.fit(nn.MLP(2, [1]), X, X[:, 0] > 0, epochs=1, progress=False).epochs == 1


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a", float("nan"), "b"], r"y\[1\]: a label such as 'a' expected, not float: nan"),
        ([None, "a", "b"], r"y\[0\]: a label such as 'a' expected, not NoneType: None"),
        (np.array(["a", "b", 3], object), r"y\[2\]: a label such as 'a' expected, not int: 3"),
    ],
)
def test_a_target_that_is_no_label_is_named(labels, message):
    with pytest.raises(TypeError, match=message):
        nn.fit(nn.MLP(2, [2]), X[:3], labels, loss="cross_entropy", epochs=1, progress=False)


def test_a_single_label_is_counted_as_one():
    with pytest.raises(ValueError, match="y: 1 label, 'a', for a model of 2 outputs"):
        nn.fit(nn.MLP(2, [2]), X[:2], ["a", "a"], loss="cross_entropy", epochs=1, progress=False)

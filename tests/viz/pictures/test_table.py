"""Tables of Values: their numbers against the Values, what is left out, and hostile labels."""

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import viz
from engine import Value
from viz.numbers import format_number
from viz.scale import colour, find_scale

CELL = re.compile(r'<td style="[^"]*background: (#[0-9a-f]{6})[^"]*" title="([^"]*)">([^<]*)(?:<br>([^<]*))?</td>')


def matrix(rows, columns):
    values = np.array([[Value(i - j / 8, f"w{i},{j}") for j in range(columns)] for i in range(rows)])
    (values**2).sum().backward()
    return values


def test_the_numbers_are_those_of_the_values():
    values = matrix(2, 3)
    found = viz.table(values)
    assert found.data.shape == found.grad.shape == (2, 3)
    for place, value in np.ndenumerate(values):
        assert (found.data[place], found.grad[place]) == (value.data, value.grad)
    scale = find_scale(abs(value.grad) for value in values.flat)
    cells = CELL.findall(found.html)
    assert [(float(data), float(grad)) for *_, data, grad in cells] == [(v.data, v.grad) for v in values.flat]
    assert [title for _, title, *_ in cells] == [value.label for value in values.flat]
    shades = [colour(round(scale.place(abs(v.grad)), 2)) if v.grad else "#ffffff" for v in values.flat]
    assert [shade for shade, *_ in cells] == shades
    assert "shade: |grad|, 0.1 to 10, log scale" in found.html
    lines = [list(map(float, line.split())) for line in str(found).splitlines()[1:]]
    assert lines[::2] == found.data.tolist()
    assert lines[1::2] == found.grad.tolist()
    assert found._repr_html_() == found.html
    assert repr(found) == str(found)


def test_before_a_backward_pass_there_is_no_gradient():
    found = viz.table([1.0, Value(2.0)])
    assert str(found) == "2 Values, data:\n  1.0  2.0"
    assert [grad for *_, grad in CELL.findall(found.html)] == ["", ""]
    assert "shade" not in found.html
    assert str(viz.table(Value(3.0))) == "1 Value, data:\n  3.0"


def test_of_many_the_first_and_the_last_are_shown():
    values = matrix(30, 100)
    found = viz.table(values)
    head, *lines = str(found).splitlines()
    assert head.startswith("30 × 100 Values")
    assert len(lines) == 2 * 20 + 1
    assert lines[0].split() == ["0.0", "-0.125", "-0.25", "-0.375", "…", "-12.0", "-12.12", "-12.25", "-12.38"]
    assert set(lines[20].split()) == {"…"}
    assert len(CELL.findall(found.html)) == 20 * 8
    assert len(viz.table(np.array([[[Value(1.0)] * 2] * 3] * 2)).html.split("<tr>")) == 1 + 6


def test_what_is_not_finite_is_as_dark_as_can_be():
    values = [Value(1.0), Value(2.0), Value(3.0)]
    for value, grad in zip(values, (math.nan, math.inf, 1e-3), strict=True):
        value.grad = grad
    assert [shade for shade, *_ in CELL.findall(viz.table(values).html)][:2] == [colour(1.0)] * 2


@pytest.mark.parametrize(
    "label", ["</td><script>alert(1)</script>", '" onclick="alert(1)', "\0\u202e\n", "x" * 100_000]
)
def test_hostile_labels_are_text(label):
    html = viz.table([Value(1.0, label)]).html
    root = ET.fromstring(html.replace("<br>", "<br/>"))
    assert {element.tag for element in root.iter()} == {"div", "p", "table", "tr", "td"}
    assert all(set(element.attrib) <= {"style", "title"} for element in root.iter())
    assert len(html) < 1000
    assert not set(html) & set("\0\u202e")


def test_bad_input():
    with pytest.raises(ValueError, match="at least one Value"):
        viz.table([])
    with pytest.raises(TypeError, match="not str: 'x'"):
        viz.table(["x"])
    with pytest.raises(TypeError, match="not list"):
        viz.table([[Value(1.0)], [Value(2.0), Value(3.0)]])


def test_a_value_in_an_array_is_one_line():
    assert "\n" not in repr(Value(1.0, "w"))
    assert repr(np.array([Value(1.0, "w")])) == "array([Value(data=1.0, grad=0.0, label='w')], dtype=object)"


@pytest.mark.parametrize("columns", [1, 7, 8, 30])
def test_text_fits_a_terminal(columns):
    numbers = [Value(-1.234e-5 * (place + 1)) for place in range(columns)]
    lines = str(viz.table([numbers, numbers])).split("\n")
    assert max(map(len, lines)) <= 80
    first, last = (format_number(number.data) for number in (numbers[0], numbers[-1]))
    assert lines[1].split()[0] == lines[2].split()[0] == first
    assert lines[1].split()[-1] == last
    assert ("…" in lines[1]) == (columns > 6)
    assert "…" not in str(viz.table([[Value(1.0)] * min(columns, 8)]))

"""The film of a training: frames against the model, bytes against the numbers, the page in a browser, bad input."""

import json
import math
import re
import sys
from base64 import b64decode
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import nn
from engine import Value
from tests.viz.pages.pages import wait_until
from viz.films.film import MOST_FRAMES, film
from viz.films.frames import DECADES, GRID, find_high, pack_shares, pack_signed, pack_sizes


def model(*widths, activation="tanh", seed=0):
    first, *others = widths
    return nn.MLP(first, others, activation, generator=np.random.default_rng(seed))


def moons():
    return nn.moons(40, 0.1, np.random.default_rng(1))


def train(network, X, y, taken, epochs=5, **options):
    options = {"loss": "binary_cross_entropy_with_logits", "batch_size": 20} | options
    generator = np.random.default_rng(2)
    return nn.fit(network, X, y, epochs=epochs, generator=generator, progress=False, callback=taken, **options)


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def unpack(text):
    return np.frombuffer(b64decode(text), np.uint8).astype(int)


def test_a_frame_holds_what_the_model_was():
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y)
    seen = []

    def both(history):
        taken(history)
        seen.append(([p.data for p in network.parameters()], [p.grad for p in network.parameters()]))

    train(network, X, y, both)
    assert [frame.epoch for frame in taken.frames] == list(range(6))
    names = [name for name, _ in network.named_parameters()]
    for frame, (numbers, gradients) in zip(taken.frames[1:], seen, strict=True):
        weights = [number for name, number in zip(names, numbers, strict=True) if "weights" in name]
        shown = [grad for name, grad in zip(names, gradients, strict=True) if "weights" in name]
        assert np.allclose(frame.weights, weights, rtol=1e-6)
        assert list(frame.gradients) == shown
        first = [abs(grad) for name, grad in zip(names, gradients, strict=True) if name.startswith("layers[0]")]
        assert np.allclose(frame.quantiles[0], np.quantile(first, [0, 0.25, 0.5, 0.75, 1]), rtol=1e-12)


def test_the_outputs_are_those_of_predict():
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y)
    train(network, X, y, taken)
    grid = taken._camera.grid
    assert np.allclose(taken.frames[-1].outputs[:, 0], nn.predict(network, grid), rtol=1e-12)
    hidden = [value.data for value in network.layers[0](X[0].tolist())]
    assert np.allclose(taken.frames[-1].numbers, [*X[0], *hidden, nn.predict(network, X[:1])[0]], rtol=1e-12)
    assert len(grid) == GRID**2
    assert (grid.min(axis=0) < X.min(axis=0)).all()
    assert (grid.max(axis=0) > X.max(axis=0)).all()


def test_training_is_not_disturbed():
    X, y = moons()
    alone, filmed = model(2, 3, 1), model(2, 3, 1)
    before = train(alone, X, y, None)
    after = train(filmed, X, y, film(filmed, X, y))
    assert before.loss == after.loss
    assert alone.state_dict() == filmed.state_dict()


def test_bytes_keep_sign_and_size():
    numbers = np.array([0.0, 1e-9, -1e-9, 1.0, -1.0, 0.5, 7.0, math.nan])
    assert list(unpack(pack_signed(numbers, 1.0))) == [128, 129, 127, 255, 1, 192, 255, 128]
    sizes = np.array([0.0, 1e-9, 0.01, -1.0, math.inf])
    assert DECADES == 4
    assert list(unpack(pack_sizes(sizes, 0))) == [0, 1, 128, 255, 255]
    assert find_high(np.array([0.0, 3.0, math.inf])) == 1
    assert find_high(np.array([0.0])) == 0


def test_the_page_holds_the_same_numbers():
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y, title="Two moons")
    history = train(network, X, y, taken, validation=(X[:10], y[:10]))
    page = data_of(taken.html)
    assert page["title"] == "Two moons"
    assert page["epochs"] == list(range(6))
    assert page["series"]["loss"] == pytest.approx(history.loss, rel=1e-5)
    assert page["series"]["validation_loss"] == pytest.approx(history.validation_loss, rel=1e-5)
    assert np.allclose(page["quantiles"], [frame.quantiles for frame in taken.frames], rtol=1e-5)
    weights = np.array([frame.weights for frame in taken.frames])
    largest = np.abs(weights).max()
    read = (unpack(page["network"]["weights"]) - 128) / 127 * largest
    assert np.allclose(read, weights.ravel(), atol=1.01 * largest / 127)
    outputs = np.array([frame.outputs[:, 0] for frame in taken.frames]).ravel()
    assert np.array_equal(np.sign(unpack(page["plane"]["bytes"]) - 128), np.sign(outputs))
    assert len(page["plane"]["points"]) == len(X)
    assert {point[2] for point in page["plane"]["points"]} == {0, 1}


def test_several_outputs_make_regions():
    generator = np.random.default_rng(0)
    X, y = nn.blobs(60, generator=generator)
    network = model(2, 4, len(np.unique(y)))
    taken = film(network, X, y)
    train(network, X, y, taken, loss="cross_entropy")
    page = data_of(taken.html)
    assert page["plane"]["kind"] == "classes"
    best = nn.predict(network, taken._camera.grid).argmax(axis=1)
    assert np.array_equal(unpack(page["plane"]["bytes"]).reshape(len(page["epochs"]), -1)[-1], best)


def test_frames_are_thinned_evenly_and_the_page_says_so():
    network, (X, y) = model(2, 2, 1), moons()
    taken = film(network, X[:4], y[:4])
    losses = []
    for _ in range(1000):
        losses.append(1.0)
        taken(SimpleNamespace(loss=losses))
    epochs = [frame.epoch for frame in taken.frames]
    assert len(epochs) <= MOST_FRAMES
    assert (epochs[0], epochs[-1]) == (0, 1000)
    assert len(set(np.diff(epochs)[:-1])) == 1
    assert f"one every {epochs[1]} epochs of 1,000" in taken.html
    assert len(taken._frames) <= 2 * MOST_FRAMES + 1
    losses[:] = [1.0]
    taken(SimpleNamespace(loss=losses))  # another training begins
    assert [frame.epoch for frame in taken.frames] == [1]


def test_two_hundred_frames_of_a_large_network_stay_below_five_megabytes():
    network = model(2, 64, 64, 64, 1)
    X, y = moons()
    taken = film(network, X, y)
    frame = taken._camera.take(1)
    taken._frames = [type(frame)(**(vars(frame) | {"epoch": epoch})) for epoch in range(201)]
    taken._last = taken._frames[-1]
    page = taken.html
    assert len(page.encode()) < 5_000_000
    assert len(data_of(page)["epochs"]) > 100
    small = film(model(2, 16, 16, 1), X, y)
    frame = small._camera.take(1)
    small._frames = [type(frame)(**(vars(frame) | {"epoch": epoch})) for epoch in range(201)]
    assert len(data_of(small.html)["epochs"]) == 201
    assert len(small.html.encode()) < 5_000_000


def test_models_that_cannot_be_drawn_or_recorded_are_filmed_without():
    iris = nn.load_iris()
    wide = film(model(4, 100, 3), iris.X, iris.y)
    page = data_of(wide.html)
    assert page["plane"] is None
    assert page["network"]["drawn"] == [False, False]
    generator = np.random.default_rng(0)
    series = nn.Sequential(
        nn.Unflatten([1, 4]), nn.Conv1d(1, 2, 2, generator=generator), nn.Flatten(), nn.Layer(6, 1, "linear")
    )
    assert data_of(film(series, iris.X, iris.y).html)["network"] is None
    X, y = moons()
    noisy = nn.Sequential(
        nn.Layer(2, 3, "tanh", generator=generator),
        nn.Dropout(0.5, generator=generator),
        nn.Layer(3, 1, "linear", generator=generator),
    )
    taken = film(noisy, X, y, predict=lambda rows: nn.predict(noisy, rows))
    assert np.allclose(taken.frames[0].outputs[:, 0], nn.predict(noisy, taken._camera.grid))


def test_the_page_is_one_file_that_loads_nothing(tmp_path):
    network, (X, y) = model(2, 2, 1), moons()
    taken = film(network, X, y, title="</script><b>")
    taken.save(tmp_path / "film.html")
    page = (tmp_path / "film.html").read_text()
    assert page == taken.html
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert "</script><b>" not in page
    assert taken._repr_html_().startswith("<iframe")
    assert "1 frame" in repr(taken)
    with pytest.raises(ValueError, match=r"\.html"):
        taken.save(tmp_path / "film.svg")


def test_numbers_that_are_not_finite_do_not_break_it():
    network, (X, y) = model(2, 2, 1), moons()
    taken = film(network, X, y)
    for parameter in network.parameters():
        parameter.data, parameter.grad = math.inf, math.nan
    taken(SimpleNamespace(loss=[math.nan]))
    page = data_of(taken.html)
    assert page["series"]["loss"] == [None]
    assert page["quantiles"][1][0] == [None] * 5


def test_outputs_that_are_not_finite_are_none_in_the_picture(tmp_path, browser):
    numbers = np.array([0.0, 0.5, -1.0, math.nan, math.inf, -math.inf])
    packed = b64decode(pack_shares(numbers, np.full(6, 2.0)))
    assert np.array_equal(np.frombuffer(packed, np.float32), [0.0, 0.25, -0.5, *[math.nan] * 3], equal_nan=True)
    network, (X, y) = model(2, 3, 1), moons()
    path = tmp_path / "film.html"
    film(network, X, y).save(path)
    tab = browser.new_context(offline=True).new_page()
    tab.goto(path.as_uri())
    said = tab.evaluate(
        """() => [0, 0.5, -1, NaN].map((share) => {
            const said = [];
            const call = (name) => (text) => name === "fillText" && said.push(text);
            drawUnit(new Proxy({}, { get: (_, name) => call(name), set: () => true }), 0, 0, 16, share, 3);
            return said.join();
        })"""
    )
    assert said == ["0", "1.5", "-3", "–"]
    tab.context.close()


def test_weights_beyond_single_precision_are_as_large_as_it_has():
    network, (X, y) = model(2, 2, 1), moons()
    for weight, number in zip(network.layers[0].neurons[0].weights, (1e300, -math.inf), strict=True):
        weight.data = number
    largest = float(np.finfo(np.float32).max)
    assert film(network, X, y).frames[0].weights[:2].tolist() == [largest, -largest]


def test_bad_input():
    X, y = moons()
    with pytest.raises(TypeError, match="expected a model"):
        film(lambda row: row, X, y)
    with pytest.raises(ValueError, match=r"needs 2 inputs, X has 4.*boundary=False"):
        film(model(4, 1), np.zeros((3, 4)), np.zeros(3), boundary=True)
    with pytest.raises(ValueError, match="must be"):
        film(model(2, 1), X, y[:5])
    with pytest.raises(ValueError, match="2 numbers, not 3"):
        film(model(2, 1), X, y, sample=[1, 2, 3])
    with pytest.raises(TypeError, match=r"the history of nn\.fit"):
        film(model(2, 1), X, y)([1.0])
    with pytest.raises(TypeError, match="title must be a text, not int: 3"):
        film(model(2, 1), X, y, title=3)
    with pytest.raises(ValueError, match="title has half a character"):
        film(model(2, 1), X, y, title="a\ud800")
    with pytest.raises(ValueError, match="threshold must be finite"):
        film(model(2, 1), X, y, threshold=math.nan)
    with pytest.raises(ValueError, match="X must be finite"):
        film(model(2, 1), np.where(X[0] == X, np.inf, X), y)


def test_the_page_plays_in_a_browser(tmp_path, browser):
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y)
    train(network, X, y, taken)
    taken.save(tmp_path / "film.html")
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url)
    )
    page.goto(f"file://{tmp_path}/film.html")
    picture = "id => document.querySelector(`#${id} canvas`).toDataURL()"

    def look():
        return [page.evaluate(picture, name) for name in ("network", "plane", "loss", "gradients")]

    assert page.inner_text("#position") == "frame 1 of 6"  # it opens at its beginning
    assert page.inner_text("#numbers").split()[:4] == ["epoch", "0", "loss", "–"]
    first = look()
    page.keyboard.press("End")
    assert page.inner_text("#position") == "frame 6 of 6"
    last = look()
    page.keyboard.press("Home")
    assert look() == first
    for button, key in (("back", "Enter"), ("start", "Enter"), ("next", "End"), ("end", "Enter")):  # keeps the focus
        page.keyboard.press("Home" if button in ("next", "end") else "ArrowRight")
        page.keyboard.press("ArrowRight")
        page.focus(f"#{button}")
        for _ in range(3):
            page.keyboard.press(key)
        page.wait_for_timeout(50)
        assert page.evaluate("document.activeElement.id") == button
        assert page.is_disabled(f"#{button}")
    page.keyboard.press("Home")
    assert all(a != b for a, b in zip(first, last, strict=True))
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#position") == "frame 2 of 6"
    assert page.input_value("#slider") == "1"
    page.click("#play")
    page.locator("#position", has_text="frame 6 of 6").wait_for()
    page.locator("#play[aria-label=Play]").wait_for()
    assert look() == last
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.click("#theme")
    assert look()[0] != last[0]
    for width, height in ((844, 390), (390, 844)):  # a phone: every picture is large enough to read, and reached
        page.set_viewport_size({"width": width, "height": height})
        heights = [box.bounding_box()["height"] for box in page.locator(".stage").all()]
        assert len(heights) == 4
        assert min(heights) >= 190
        page.locator("#gradients").scroll_into_view_if_needed()
        assert page.locator("footer").bounding_box()["y"] < height
    page.close()
    assert not wrong


@pytest.mark.parametrize("widths", [(2, 3, 1), (2, 70, 1)], ids=["units", "a stripe"])
def test_a_film_whose_frame_is_shown_later(tmp_path, browser, widths):
    network, (X, y) = model(*widths), moons()
    film(network, X, y).save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    wrong = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.set_content('<iframe style="display: none; border: 0" sandbox="allow-scripts"></iframe>')
    tab.evaluate(
        """(html) => new Promise((done) => {
            const frame = document.querySelector("iframe");
            Object.assign(frame, { onload: done, srcdoc: html });
        })""",
        (tmp_path / "film.html").read_text(),
    )
    frame = tab.frames[1]
    wait_until(frame, "document.querySelector('#position')?.textContent === 'frame 1 of 1'")
    for width, height in ((0, 0), (1, 1), (60, 20), (1000, 700)):
        looks = f"display: block; border: 0; width: {width}px; height: {height}px"
        tab.evaluate("(looks) => (document.querySelector('iframe').style = looks)", looks)
        wait_until(frame, f"innerWidth === {width} && innerHeight === {height}")
    wait_until(frame, "document.querySelector('#network canvas').height > 200")
    tab.context.close()
    assert wrong == []


class Bent(nn.Module):
    """Two lines that meet where x1 is 0.25: which of them counts is decided by a comparison."""

    def __init__(self):
        self.slopes = [Value(2.0), Value(-3.0)]
        self.name_parts()

    def forward(self, x):
        first = x[0] * 1.0
        return (first - 0.25) * self.slopes[0 if first > 0.25 else 1] + x[1]


class Frozen(nn.Module):
    """Takes numbers out of the graph, where no tape can follow."""

    def __init__(self):
        self.slope = Value(2.0)
        self.name_parts()

    def forward(self, x):
        return self.slope * float(x[0]) + x[1] * 1.0


@pytest.mark.parametrize("network", [Bent(), Frozen()])
def test_the_outputs_are_right_where_no_recorded_graph_is(network):
    X, y = moons()
    taken = film(network, X, y)
    direct = [network(row).data for row in taken._camera.grid.tolist()]
    assert list(taken.frames[0].outputs[:, 0]) == direct
    taken(SimpleNamespace(loss=[1.0]))
    assert list(taken.frames[1].outputs[:, 0]) == direct


class Cooling(nn.Module):
    def __init__(self):
        self.slope, self.temperature = Value(2.0), 1.0
        self.name_parts()

    def forward(self, x):
        return self.slope * x[0] / self.temperature + x[1]


def test_an_attribute_that_was_set_since_is_in_the_next_frame():
    network, (X, y) = Cooling(), moons()
    taken = film(network, X, y)
    network.temperature = 0.5
    taken(SimpleNamespace(loss=[1.0]))
    assert np.allclose(taken.frames[1].outputs[:, 0], [network(row).data for row in taken._camera.grid.tolist()])
    assert not np.allclose(taken.frames[0].outputs, taken.frames[1].outputs)


def test_with_a_tape_a_frame_asks_the_model_for_two_rows_only():
    class Counted(Cooling):
        calls = 0

        def forward(self, x):
            Counted.calls += 1
            return super().forward(x)

    network, (X, y) = Counted(), moons()
    taken = film(network, X, y)
    before = Counted.calls
    taken(SimpleNamespace(loss=[1.0]))
    assert Counted.calls - before == 2
    network.temperature = 0.5  # which the tape does not know
    taken(SimpleNamespace(loss=[1.0, 0.5]))
    assert Counted.calls - before > len(taken._camera.grid)


def test_units_without_a_tape_are_those_with_one(monkeypatch):
    X, y = moons()
    quick = film(model(2, 3, 1), X, y).frames[0]

    def refuse(*_, **__):
        raise ValueError("not recorded")

    monkeypatch.setattr(sys.modules["viz.films.frames"], "record", refuse)
    slow = film(model(2, 3, 1), X, y).frames[0]
    assert np.allclose(slow.numbers, quick.numbers, rtol=1e-12)
    assert np.allclose(slow.outputs, quick.outputs, rtol=1e-12)


def test_a_model_whose_parts_have_no_names_is_filmed_without_its_network():
    network, (X, y) = model(2, 3, 1), moons()
    for parameter in network.parameters():
        parameter.label = ""
    taken = film(network, X, y)
    assert data_of(taken.html)["network"] is None


class Noisy(nn.Module):
    def __init__(self):
        self.slope, self.generator = Value(2.0), np.random.default_rng(0)
        self.name_parts()

    def forward(self, x):
        return self.slope * x[0] + self.generator.normal()


def test_a_model_that_changes_from_call_to_call_is_refused():
    with pytest.raises(ValueError, match=r"different outputs each time, also with no part of it in training.*predict="):
        film(Noisy(), *moons())


def make_dropout(generator):
    return nn.Dropout(0.5, generator=generator)


def make_normalisation(_):
    return nn.BatchNorm(3)


@pytest.mark.parametrize("make", [make_dropout, make_normalisation])
@pytest.mark.parametrize("predict", [None, nn.predict])
def test_a_model_is_filmed_as_it_predicts_and_its_training_is_not_disturbed(make, predict):
    def build():
        generator = np.random.default_rng(0)
        first, last = (nn.Layer(*widths, "tanh", generator=generator) for widths in ((2, 3), (3, 1)))
        return nn.Sequential(first, make(generator), last)

    X, y = moons()
    alone, filmed = build(), build()
    taken = film(filmed, X, y, predict=predict and (lambda rows: nn.predict(filmed, rows)))
    before, after = train(alone, X, y, None), train(filmed, X, y, taken)
    assert before.loss == after.loss
    assert alone.state_dict() == filmed.state_dict()
    assert all(part.training for part in filmed.modules())
    frame = taken.frames[-1]
    assert frame.numbers[-1] == pytest.approx(nn.predict(filmed, X[:1])[0], rel=1e-12)
    assert np.allclose(frame.outputs[:, 0], nn.predict(filmed, taken._camera.grid), rtol=1e-12)


def test_units_show_their_numbers(tmp_path, browser):
    sample = [0.01, 0.3, 1.0, -0.07, 0.2, 123.4, 1234.5]
    taken = film(nn.MLP(7, [1], init="zeros"), np.ones((3, 7)), np.zeros(3), sample=sample)
    taken.save(tmp_path / "film.html")
    tab = browser.new_context(offline=True, viewport={"width": 1280, "height": 1000}).new_page()
    tab.add_init_script(
        """window.written = [];
        CanvasRenderingContext2D.prototype.fillText = (text) => written.push(text);"""
    )
    tab.goto((tmp_path / "film.html").as_uri())
    written = tab.evaluate("() => { written.length = 0; panels.get('network')(); return written; }")
    assert written == ["inputs", ".01", ".3", "1", "-.07", ".2", "123", "1235", "layers[0]", "0"]
    tab.context.close()


def test_points_have_the_colour_of_the_region_of_their_class():
    X, y = moons()

    def show(outputs, targets):
        plane = data_of(film(model(2, 3, outputs), X, targets).html)["plane"]
        return plane["classes"], [point[2] for point in plane["points"]]

    assert show(3, 2 * y) == (["0", "1", "2"], (2 * y).tolist())  # a class of which there is no point
    assert show(2, 2 * y - 1) == (["-1", "1"], y.tolist())
    assert show(1, 2 * y - 1) == (["-1", "1"], y.tolist())
    assert show(1, y[:, None]) == (["0", "1"], y.tolist())
    assert show(1, np.where(y == 1, "cat", "ant")) == (["ant", "cat"], y.tolist())
    many = np.arange(40) % 9
    assert show(9, many) == ([str(number) for number in range(9)], (many % 6).tolist())
    names, shades = show(1, np.arange(40) % 3)  # numbers: at the threshold and above it
    assert not names
    assert min(shades) == 0
    assert max(shades) == 1
    with pytest.raises(ValueError, match="3 outputs stand for 3 classes, y has 2 others: pass boundary=False"):
        film(model(2, 3), X, y + 2)


def test_several_targets_a_row_are_filmed_without_a_plane():
    X, y = moons()
    taken = film(model(2, 3, 2), X, X)
    train(taken._camera.model, X, X, taken, loss="mse")
    assert data_of(taken.html)["plane"] is None
    assert film(model(2, 3, 1), X, y, boundary=False).frames[0].outputs.size == 0


def test_an_output_that_is_nan_stands_for_no_class():
    network, (X, y) = model(2, 3), moons()
    network.layers[0].neurons[1].bias.data = math.nan
    assert set(unpack(data_of(film(network, X, y).html)["plane"]["bytes"])) == {255}


def test_the_line_is_where_the_output_crosses_zero(tmp_path, browser):
    X, y = [[0.0, 0.0], [1.0, 1.0]], [0.0, 1.0]
    network = nn.MLP(2, [1])
    taken = film(network, X, y)
    x1, x2, bias = network.parameters()
    for epoch, size in enumerate((0.2, 20.0), 1):  # x1 + 0.3 * x2 = 0.6: small outputs at first, then large ones
        x1.data, x2.data, bias.data = size, 0.3 * size, -0.6 * size
        taken(SimpleNamespace(loss=[1.0] * epoch, validation_loss=[]))
    taken.save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    tab.evaluate("findCrossings = ((find) => (...given) => (window.crossings = find(...given)))(findCrossings); 0")
    plane = data_of(taken.html)["plane"]
    low, high = np.array(plane["low"]), np.array(plane["high"])
    for _ in range(2):
        tab.click("#next")
        ends = np.array(tab.evaluate("crossings")).reshape(-1, 2)
        places = low + ends / (GRID - 1) * (high - low)
        cell = (high[0] - low[0]) / (GRID - 1)
        assert len(places) > GRID
        assert np.abs(places @ [1.0, 0.3] - 0.6).max() < 0.1 * cell
    tab.context.close()


def test_the_ends_of_an_axis_are_told_apart(tmp_path, browser):
    X, y = moons()
    film(model(2, 3, 1), X, y).save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    for low, high, said in (
        (-1.5, 2.4, ["-1.5", "2.4"]),
        (1996.2, 2014.9, ["1996", "2015"]),
        (2004.81, 2004.93, ["2004.81", "2004.93"]),
        (0, 1234567, ["0", "1200000"]),
        (-2e-9, 1e-9, ["-2.0e-9", "1.0e-9"]),
        (5e8, 5.01e8, ["5.000e+8", "5.010e+8"]),
    ):
        assert tab.evaluate("([low, high]) => [low, high].map((end) => writeEnd(end, high - low))", [low, high]) == said
    tab.context.close()


LOSSES_DRAWN = """(losses) => {
  const said = [];
  let points = 0;
  const pen = new Proxy({}, { set: () => true, get: (_, name) => (...given) => {
    if (name === "beginPath") points = 0;
    if (name === "lineTo") points += 1;
    if (name === "stroke" && points > 2) said.push(`line of ${points}`);
    if (name === "arc") said.push("dot");
    if (name === "fillText" && given[0] === "×") said.push("cross");
  }});
  const range = encloseLosses(keepFinite(losses));
  drawLosses({ pen, width: 400, height: 200 }, { ...range, series: [losses], epochs: losses.length, now: 0 });
  return said.join(", ");
}"""


def test_the_ends_of_an_axis_are_near_its_numbers(tmp_path, browser):
    network, (X, y) = model(2, 3, 1), moons()
    film(network, X, y).save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    for numbers, ticks in (
        ([0.27, 0.7], ["2e-1", "5e-1", "1e0"]),
        ([0.69, 0.7], ["5e-1", "1e0"]),
        ([3, 3], ["2e0", "5e0"]),
        ([1, 1], ["1e0", "2e0"]),
        ([0.2, 0.5], ["2e-1", "5e-1"]),
        ([3e-4, 40], [f"1e{exponent}" for exponent in range(-3, 2)]),
        ([1e-300, 1], [f"1e{exponent}" for exponent in range(-300, 1, 50)]),
        ([], ["1e-1", "2e-1", "5e-1", "1e0"]),
    ):
        assert tab.evaluate("(numbers) => findTicks(...encloseSizes(numbers)).map(writePower)", numbers) == ticks
        low, high = tab.evaluate("encloseSizes", numbers)
        assert all(low - 1e-9 <= math.log10(number) <= high + 1e-9 for number in numbers)
    tab.context.close()


UNITS_DRAWN = """(numbers) => {
  const pen = document.createElement("canvas").getContext("2d");
  const texts = [];
  pen.fillText = (text) => texts.push(text);
  for (const number of numbers) drawUnit(pen, 0, 0, 16, Math.fround(number / 1.3), 1.3);
  return texts;
}"""
CHARTED = """(low) => {
  const pen = document.createElement("canvas").getContext("2d");
  const lines = [];
  pen.lineTo = (x, y) => lines.push(y);
  pen.moveTo = pen.lineTo;
  const quantiles = [0, low].map((least) => [least, 0.02, 0.1, 0.2, 0.5]);
  drawQuantiles({ pen, width: 300, height: 200 }, ["a", "b"], quantiles, [-2, 0], true);
  return lines;
}"""


def test_what_is_below_its_axis_or_near_a_whole_number_is_told(tmp_path, browser):
    network, (X, y) = model(2, 3, 1), moons()
    film(network, X, y).save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    texts = tab.evaluate(UNITS_DRAWN, [-0.996, -1, 1, 0.999, 0, 0.5, 9.96])
    assert texts == ["-1.0", "-1", "1", "1.0", "0", ".5", "10"]
    bottom = 200 - 24
    assert tab.evaluate(CHARTED, 0.01).count(bottom - 6) == 2  # both sides of one arrow
    assert tab.evaluate(CHARTED, 0.009).count(bottom - 6) == 4
    tab.context.close()


NAMES_DRAWN = """() => {
  const ends = [];
  for (const draw of [panels.get("network"), panels.get("gradients")]) {
    const write = CanvasRenderingContext2D.prototype.fillText;
    const seen = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, x) {
      const half = this.measureText(text).width / 2;
      if (text.startsWith("layers") || text === "inputs") seen.push([x - half, x + half]);
    };
    draw();
    CanvasRenderingContext2D.prototype.fillText = write;
    ends.push(seen);
  }
  return ends;
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_the_names_of_many_layers_do_not_overlap(tmp_path, browser, width):
    network, (X, y) = model(2, *[3] * 13, 1), moons()
    taken = film(network, X, y)
    taken(SimpleNamespace(loss=[1.0]))
    taken.save(tmp_path / "film.html")
    tab = browser.new_context(offline=True, viewport={"width": width, "height": 720}).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    for names in tab.evaluate(NAMES_DRAWN):
        assert len(names) > 1
        assert all(left[1] < right[0] for left, right in pairwise(names))
    tab.context.close()


def test_every_loss_is_in_the_chart(tmp_path, browser):
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y)
    taken(SimpleNamespace(loss=[math.inf]))
    taken.save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    drawn = [tab.evaluate(LOSSES_DRAWN, losses) for losses in ([1], [3, 2, 1], [3, 2, 1, None, 4, None])]
    assert drawn == ["dot", "line of 3", "cross, cross, line of 3, dot"]
    tab.keyboard.press("End")
    assert tab.inner_text("#numbers").split("\n")[-1] == "not finite"
    tab.context.close()


def test_an_attribute_that_moves_hidden_units_alone_is_in_the_next_frame():
    network, (X, y) = model(2, 3, 1), moons()
    for parameter in network.layers[1].neurons[0].weights:
        parameter.data = 0.0  # nothing of the hidden layer reaches the output
    taken = film(network, X, y)
    network.layers[0].neurons[0].activation = lambda value: value.sigmoid()
    taken(SimpleNamespace(loss=[1.0]))
    hidden = network.layers[0](list(taken._camera.sample))
    assert np.allclose(taken.frames[1].numbers[2:5], [value.data for value in hidden])


def test_as_text_nothing_is_said_of_gradients_before_the_first_backward_pass():
    network = model(2, 3, 1)
    taken = film(network, *moons())
    assert str(taken).splitlines()[-1].split() == ["0"]  # neither a loss nor a gradient
    train(network, *moons(), taken)
    lines = str(taken).splitlines()
    assert " ".join(lines[:2]).endswith("gradients are medians")
    assert max(map(len, lines)) <= 80
    start, first = lines[3:5]
    assert start.split() == ["0"]
    assert len(first.split()) == 4


def test_a_film_of_probabilities_needs_their_threshold():
    X, y = moons()
    network = nn.MLP(2, [3, 1], "tanh", "sigmoid", generator=np.random.default_rng(0))
    with pytest.warns(UserWarning, match="the threshold 0 separates nothing: threshold=0.5") as warned:
        assert film(network, X, y).html
    assert [warning.filename for warning in warned] == [__file__]
    assert film(network, X, y, threshold=0.5).html
    with pytest.raises(ValueError, match="y: could not convert string to float: 'upper'"):
        film(network, X[:1], ["upper"])


def test_on_paper_pictures_keep_their_shape(browser, tmp_path):
    network, (X, y) = model(2, 3, 1), moons()
    taken = film(network, X, y)
    train(network, X, y, taken)
    taken.save(tmp_path / "film.html")
    tab = browser.new_context(offline=True).new_page()
    tab.goto((tmp_path / "film.html").as_uri())
    tab.emulate_media(media="print")  # paper itself has another shape than the window that they were drawn for
    fits = tab.locator("canvas").evaluate_all("(all) => all.map((each) => getComputedStyle(each).objectFit)")
    assert fits == ["contain"] * 4
    widths = tab.locator("figure").evaluate_all("(all) => all.map((each) => each.offsetWidth / innerWidth)")
    assert min(widths) > 0.9  # one below the other, as large as they can be

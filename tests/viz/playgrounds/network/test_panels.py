"""The network in a browser: what a person does with it, and what is told of it."""

import json

import numpy as np
import pytest

import nn
import viz
from tests.viz.pages.pages import LAID_OUT, wait_until
from tests.viz.test_axe import VIOLATIONS, axe  # noqa: F401, a fixture

UPDATES = "shell.network.training.updates"


@pytest.fixture
def open_tab(browser, tmp_path):
    """A function that opens a playground at its network, offline; in the end nothing was requested or complained of."""
    contexts, requests, complaints = [], [], []

    def open_tab(made=None, state="", width=1280, height=720, **options):
        path = tmp_path / f"{len(contexts)}.html"
        (made or viz.playground()).save(path)
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, offline=True, **options))
        tab = contexts[-1].new_page()
        tab.set_default_timeout(20_000)
        tab.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        for event in ("pageerror", "console", "dialog"):
            tab.on(event, lambda told: complaints.append(str(told)))
        tab.goto(path.as_uri() + state)
        tab.evaluate(LAID_OUT)
        if made is None and not state:
            tab.click("#network-tab")
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert complaints == []
    assert len(set(requests)) == len(contexts)


CENTRE = """(canvas) => {
  const { x, y, width, height } = canvas.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
COUNT = """() => {
  const { draw } = shell.network;
  globalThis.drawn = 0;
  shell.network.draw = function () {
    drawn++;
    draw.call(this);
  };
}"""
# Which pictures are drawn in one frame of a training, and in the next.
IN_TURN = """() => [1, 2].map(() => {
  const canvases = [...document.querySelectorAll("#network canvas")];
  for (const canvas of canvases) canvas.width = canvas.width;
  const blank = canvases.map((each) => each.toDataURL());
  shell.network.pictures.draw(true);
  return canvases.map((each, i) => each.toDataURL() !== blank[i]);
})"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("#network *")]
  .filter((each) => each.offsetParent && each.textContent)
  .map((each) => parseFloat(getComputedStyle(each).fontSize)))"""


# How many dots of the sheet differ by more than a shade from those of its SVG, painted by the browser, as a share.
COMPARE = """async (leaveOut) => {
  const { pictures } = shell.network;
  const painted = pictures.paint();
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(pictures.write().replace(new RegExp(leaveOut, "g"), ""))}`;
  await image.decode();
  const [one, other] = [painted, image].map((each) => {
    const { width, height } = painted;
    const pen = penOf(make("canvas", { width, height }));
    pen.drawImage(each, 0, 0, each === image ? 2 * image.width : width, each === image ? 2 * image.height : height);
    return pen.getImageData(0, 0, width, height).data;
  });
  return one.reduce((count, shade, i) => count + (Math.abs(shade - other[i]) > 40), 0) / one.length;
}"""


def complaint(tab):
    return tab.inner_text(".net-settings .net-complaint")


def settings(tab):
    return tab.evaluate("shell.network.settings")


def numbers(tab):
    return tab.evaluate("[...shell.network.model.parameters]")


def press(tab, name):
    tab.click(f"#network button:text-is('{name}')")


def told(tab):
    return tab.inner_text(".net > [role=status]")


def test_a_person_trains_a_network_looks_inside_and_goes_on(open_tab, tmp_path):
    tab = open_tab()
    assert tab.evaluate(UPDATES) == 0
    assert tab.evaluate("[[], [0]].map((losses) => describeLosses(losses).range)") == [[0, 1]] * 2  # short ticks
    assert tab.evaluate("ink['--warning']") == "#a8471a"  # dark enough to read on a card
    tab.focus("#network button")
    tab.keyboard.press("s")
    assert told(tab) == "epoch 0, updates 1, loss –, right –"
    tab.keyboard.press("e")
    wait_until(tab, f"{UPDATES} === 20")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("Space")
    wait_until(tab, f"{UPDATES} >= 60")
    tab.click("#net-train")
    assert tab.inner_text("#net-train") == "Train"
    press(tab, "Epoch")  # to its end
    wait_until(tab, f"{UPDATES} % 20 === 0 && !shell.network.frame")
    updates = tab.evaluate(UPDATES)
    generator = np.random.default_rng(0)
    X, y = nn.moons(200, 0.1, generator)
    model = nn.MLP(2, [8, 8, 1], "tanh", generator=generator)
    history = nn.fit(
        model, X, y, loss="binary_cross_entropy_with_logits", optimizer=nn.Adam(model.parameters(), lr=0.01),
        epochs=updates // 20, batch_size=10, generator=generator, progress=False,
    )  # fmt: skip
    assert numbers(tab) == pytest.approx([leaf.data for leaf in model.parameters()], rel=1e-9, abs=1e-9)
    assert told(tab).endswith(f"right {100 * history.accuracy[-1]:.1f} %")
    labels = tab.eval_on_selector_all("#network canvas", "all => all.map((each) => each.getAttribute('aria-label'))")
    assert labels[0] == f"Network of 2, 8, 8, 1 units; {told(tab)}"
    assert labels[3].startswith("Median gradient by layer: layers[0] ")

    tab.fill("#net-sample", "3")
    tab.press("#net-sample", "Enter")
    press(tab, "Look inside")
    loss = nn.binary_cross_entropy_with_logits(model(X[2].tolist()), float(y[2]))
    assert tab.evaluate("page.run.values.at(-1)") == pytest.approx(loss.data, rel=1e-8)
    assert tab.evaluate("page.descent.rate") == 0.01
    assert tab.evaluate("page.descent.chosen.size") == len(model.parameters())  # not of the inputs
    tab.evaluate("page.go(Infinity)")
    tab.click("#descend")
    model.zero_grad()
    loss.backward()
    stepped = [leaf.data - 0.01 * leaf.grad for leaf in model.parameters()]
    tab.click("#training")
    assert numbers(tab) == pytest.approx(stepped, rel=1e-8, abs=1e-9)
    assert told(tab) == "Training now starts from the numbers of the graph."
    press(tab, "Epoch")
    wait_until(tab, f"{UPDATES} === 20")
    press(tab, "Python")
    program = tab.input_value("#net-code")
    assert "start = [" in program
    tab.keyboard.press("Escape")
    tab.click("#share")
    assert tab.input_value("#python") == program
    assert tab.input_value("#link") == tab.url
    with tab.expect_download() as download:
        tab.click("#sharing button:has-text('PNG')")  # of the network, not of the graph behind it
    assert download.value.suggested_filename == "network.png"
    picture = tmp_path / "network.png"
    download.value.save_as(picture)
    assert picture.stat().st_size > 200_000  # the plane is in it
    with tab.expect_download() as download:
        tab.click("#sharing button:has-text('SVG')")
    assert download.value.suggested_filename == "network.svg"
    differing = [
        tab.evaluate(COMPARE, leave_out) for leave_out in ("nothing of it", "<text .*?</text>", "<image [^>]*>")
    ]
    assert differing[0] < 0.001 < min(differing[1:])
    tab.keyboard.press("Escape")
    press(tab, "Reset")
    assert numbers(tab) == pytest.approx(stepped, rel=1e-8, abs=1e-9)
    assert tab.input_value("#net-initialisation") == "given"
    tab.fill("#net-rate", "0.5")
    tab.press("#net-rate", "Enter")
    assert numbers(tab) == pytest.approx(stepped, rel=1e-8, abs=1e-9)  # they stay where they can
    one, other = tab.evaluate(IN_TURN)
    assert one == [not each for each in other]
    tab.select_option("#net-initialisation", "zeros")
    assert set(numbers(tab)) == {0}


SEEN = """() => {
  const pen = new SvgPen(400, 300);
  pen.font = smallLetters();
  const { training, points, room, sample } = shell.network;
  drawFit({ pen, width: 400, height: 300 }, training, points, room, sample);
  const { picture } = pen;
  const line = [...picture.querySelectorAll("path")].at(-1).getAttribute("d");
  return [pen.write(), line.split("L").map((place) => Number(place.split(" ")[1]))];
}"""


@pytest.mark.parametrize(
    ("outputs", "options"),
    [(1, {}), (1, {"loss": "hinge"}), (3, {})],
    ids=["two classes", "two signs", "three classes"],
)
def test_classes_over_one_input(open_tab, outputs, options):
    X = np.linspace(-1, 1, 9)
    y = np.repeat([-1, 1] if options else [0, 1] if outputs == 1 else [0, 1, 2], [5, 4] if outputs == 1 else 3)
    generator = np.random.default_rng(0)
    model = nn.MLP(1, [8, outputs], "tanh", generator=generator)
    tab = open_tab(viz.playground(model, X[:, None], y, lr=0.05, **options))
    tab.evaluate("shell.network.trainTo(300)")
    wait_until(tab, f"{UPDATES} === 300")
    picture, heights = tab.evaluate(SEEN)
    assert "undefined" not in picture
    assert "NaN" not in picture
    first, last = heights[10], heights[90]  # near the points at both ends: 0, and the last class
    bottom, top = 300 - 16, 4
    room = 0.12 * max(outputs - 1, 1)
    share = [(bottom - height) / (bottom - top) for height in (first, last)]
    found = [each * (max(outputs - 1, 1) + 2 * room) - room for each in share]
    assert found == pytest.approx([0, max(outputs - 1, 1)], abs=0.1)
    assert tab.is_hidden("[aria-label='y of a point']")
    tab.fill("[aria-label='x1 of a point']", "0.25")
    tab.select_option("#net-kind", "1")
    tab.click("#network button:has-text('Add')")
    assert tab.evaluate("shell.network.points.at(-1)") == [0.25, 1]


def test_the_line_of_numbers_over_two_inputs_is_told_by_its_output(open_tab):
    tab = open_tab(viz.playground(nn.MLP(2, [1], init="zeros"), [[0, 1], [2, 0.5], [1, 1]], [3, 10, 4], loss="mse"))
    assert tab.inner_text("#network figure:nth-child(2) figcaption span") == "line: output 6.5; ring: the sample"
    written = tab.evaluate(
        """() => {
          const said = [];
          const pen = { fillText: (text) => said.push(text) };
          writeEnds(pen, findPlane(300, 200), shell.network.room.low, shell.network.room.high);
          return said;
        }"""
    )
    assert written == ["-0.24", "2.2", "0.44", "1.1"]  # not those of the targets


@pytest.mark.parametrize("inputs", [1, 2, 5])
def test_pictures_of_a_window_with_hardly_any_room(open_tab, inputs):
    X = np.random.default_rng(0).normal(size=(8, inputs))
    fitted = viz.playground(nn.MLP(inputs, [3, 1]), X, X[:, 0], loss="mse")
    tab = open_tab(fitted if inputs == 1 else viz.playground(nn.MLP(inputs, [3, 1]), X, np.arange(8) % 2))
    tab.evaluate("shell.network.trainTo(2)")
    for width, height in ((1, 1), (60, 60), (100, 40), (1280, 200)):
        tab.set_viewport_size({"width": width, "height": height})
        wait_until(tab, f"innerWidth === {width} && innerHeight === {height}")
        tab.evaluate("shell.network.pictures.paint()")
        sizes = "[...'__'.matchAll(/ (?:width|height)=\"([^\"]*)/g)].map((found) => Number(found[1]))"
        found = tab.evaluate(sizes.replace("'__'", "shell.network.pictures.write()"))
        assert len(found) > 2
        assert min(found) >= 0


def test_settings_points_and_files_change_what_is_trained(open_tab, tmp_path):
    tab = open_tab()
    tab.select_option("#net-data", "file")
    assert tab.is_visible(".net-settings input[type=file]")
    tab.select_option("#net-data", "line")
    assert tab.get_by_label("y of a point").is_visible()
    tab.select_option("#net-data", "spiral")
    tab.fill("#net-classes", "3")
    tab.press("#net-classes", "Enter")
    tab.fill("#net-hidden", "8 8")
    tab.press("#net-hidden", "Enter")
    held = settings(tab)
    assert (held["classes"], held["loss"], held["hidden"]) == (3, "cross_entropy", [8, 8])
    assert tab.is_disabled("#net-loss option[value=hinge]")
    tab.fill("#net-rate", "fast")
    tab.press("#net-rate", "Enter")
    assert complaint(tab) == "learning rate: expected a number from 0 to 1,000, not fast."
    assert tab.get_attribute("#net-rate", "aria-invalid") == "true"
    assert settings(tab) == held
    tab.select_option("#net-data", "circles")
    assert settings(tab)["loss"] == "cross_entropy"
    tab.select_option("#net-loss", "mse")

    x, y = tab.eval_on_selector("#network figure:nth-child(2) canvas", CENTRE)
    tab.select_option("#net-kind", "1")
    tab.mouse.click(x, y)
    held = settings(tab)
    assert (held["data"], len(held["points"]), held["points"][-1][2]) == ("points", 201, 1)
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y + 30, steps=6)
    tab.mouse.up()
    assert len(settings(tab)["points"]) > 203
    press(tab, "Clear")
    caption = "#network figure:nth-child(2) figcaption span"
    assert tab.inner_text(caption) == "one point is left, since training needs one; ring: the sample"
    tab.fill("[aria-label='x1 of a point']", "0.5")
    tab.fill("[aria-label='x2 of a point']", "-1")
    press(tab, "Add")
    assert settings(tab)["points"][1:] == [[0.5, -1, 1]]
    tab.select_option("#net-data", "line")
    tab.fill("#net-count", "1201")
    tab.fill("#net-hidden", "")
    tab.fill("#net-rate", "1000")
    tab.press("#net-rate", "Enter")
    tab.select_option("#net-optimiser", "sgd")
    assert tab.inner_text(caption) == "the fitted line; ring: the sample; 301 of 1,201 points are drawn"
    for _ in range(2):  # Train answers the same way once it has stopped
        press(tab, "Train")
        wait_until(tab, "shell.network.training.trouble && !shell.network.frame")
        assert tab.inner_text(".net-bar .net-complaint").endswith("Reset it, or choose a smaller rate, to train again.")

    file = tmp_path / "data.csv"
    file.write_text("a,b,c,kind\n" + "\n".join(f"{i},{i % 3},{i % 5},{'yn'[i % 2]}" for i in range(30)))
    tab.select_option("#net-data", "file")
    assert told(tab).startswith("Choose a file")
    tab.set_input_files(".net-settings input[type=file]", file)
    wait_until(tab, "shell.network.settings.data === 'file'")
    assert told(tab) == "30 rows read; inputs a, b, c, scaled; target kind."
    assert tab.is_visible(f".net-settings :text('{told(tab)}')")
    assert tab.is_hidden("#network figure:nth-child(2)")  # three inputs make no plane
    press(tab, "Step")
    state = tab.evaluate("shell.network.readState()")
    assert state["points"] == []  # the file stays here
    file.write_text("a;b\n1;2\n")
    tab.set_input_files(".net-settings input[type=file]", file)
    wait_until(tab, "shell.network.form.complaint.textContent !== ''")
    assert "at least 4 are needed" in complaint(tab)
    tab.evaluate("(state) => shell.network.restoreState(state)", state)
    assert "The address does not hold the rows of the file" in complaint(tab)


def test_a_link_brings_the_training_back_and_a_forged_one_is_refused(open_tab):
    generator = np.random.default_rng(1)
    X, y = nn.blobs(12, generator=generator)
    model = nn.MLP(2, [3, 3], "relu", generator=generator)
    start = [leaf.data for leaf in model.parameters()]
    tab = open_tab(viz.playground(model, X, y, optimizer="momentum", lr=0.1, batch_size=4, seed=5))
    assert tab.is_visible("#net-train")
    assert numbers(tab) == start
    for _ in range(7):
        press(tab, "Step")
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    options = {"loss": "cross_entropy", "optimizer": optimizer, "batch_size": 4, "progress": False}
    generator = np.random.default_rng(5)
    nn.fit(model, X, y, epochs=2, generator=generator, **options)
    order = generator.permutation(12)
    optimizer.zero_grad()
    nn.cross_entropy([model(row) for row in X[order[:4]].tolist()], y[order[:4]].tolist()).backward()
    optimizer.step()
    assert numbers(tab) == pytest.approx([leaf.data for leaf in model.parameters()], rel=1e-9)
    kept, state = numbers(tab), tab.evaluate("shell.network.readState()")

    other = open_tab()
    other.evaluate("(state) => shell.network.restoreState(state)", state)
    wait_until(other, f"{UPDATES} === 7 && !shell.network.frame")
    assert numbers(other) == kept
    forge = """(state) => {
      try {
        shell.network.restoreState(state);
        return "taken";
      } catch (error) {
        return error instanceof StateError ? error.message : `${error}`;
      }
    }"""
    for forged, said in (
        (None, "it holds no state"),
        ([], "it holds no state"),
        ({"updates": 1e12}, "its number of updates is not valid"),
        ({"updates": "7"}, "its number of updates is not valid"),
        ({"labels": [1]}, "the names of its classes are not valid"),
        ({"data": "<img src=x onerror=alert(1)>"}, "data: expected one of the data offered, not <img src=x"),
        (state | {"start": [0] * 5}, "the starting numbers: expected 21, not 5"),
        (state | {"points": [[1e308, 0, 3]] * 500}, "the points: each class must be a whole number from 0 to 2"),
    ):
        assert other.evaluate(forge, forged).startswith(said)
    assert numbers(other) == kept
    again = open_tab(state=f"#1={json.dumps({'text': 'a*b', 'numbers': [], 'network': state, 'tab': 'network'})}")
    wait_until(again, f"{UPDATES} === 7")


def test_undo_brings_settings_points_and_the_training_back(open_tab, tmp_path):
    tab = open_tab()
    assert tab.get_attribute("#undo", "aria-disabled") == "true"
    press(tab, "Epoch")
    wait_until(tab, f"{UPDATES} === 20")
    press(tab, "Step")
    kept = numbers(tab)
    tab.select_option("#net-data", "blobs")
    tab.click("#network canvas >> nth=1")
    assert len(settings(tab)["points"]) == 201
    file = tmp_path / "data.csv"
    file.write_text("a,b,kind\n" + "\n".join(f"{i},{i % 3},{'yn'[i % 2]}" for i in range(30)))
    tab.set_input_files(".net-settings input[type=file]", file)
    wait_until(tab, "shell.network.settings.data === 'file'")
    tab.click("#expression-tab")
    assert tab.get_attribute("#undo", "aria-disabled") == "true"  # each tab has a past of its own
    tab.click("#network-tab")
    tab.click("#undo")
    assert [settings(tab)["data"], tab.evaluate("shell.network.names")] == ["points", ["0", "1"]]
    tab.click("#redo")
    assert [settings(tab)["data"], tab.evaluate("shell.network.names")] == ["file", ["n", "y"]]
    assert tab.evaluate("shell.network.table.names") == ["a", "b", "kind"]
    tab.focus("#net-data")
    for _ in range(3):
        tab.keyboard.press("Control+z")
    assert settings(tab)["data"] == tab.input_value("#net-data") == "moons"
    wait_until(tab, f"{UPDATES} === 21")
    assert numbers(tab) == kept
    press(tab, "Look inside")
    tab.evaluate("page.setLeaf(page.graph.leaves.find((leaf) => page.graph.names[leaf].includes('.')), 0.5)")
    assert tab.is_hidden("#undo")
    tab.click("#training")
    assert 0.5 in settings(tab)["start"]
    tab.click("#undo")
    wait_until(tab, f"{UPDATES} === 21")
    assert numbers(tab) == kept
    assert tab.get_attribute("#undo", "aria-disabled") == "true"


def test_the_rate_is_changed_while_it_trains(open_tab):
    tab = open_tab()
    for _ in range(3):
        press(tab, "Step")
    tab.click("[aria-label='Larger rate']")
    assert tab.input_value("#net-rate") == "0.02"
    tab.fill("#net-rate", "-1")
    tab.press("#net-rate", "Enter")
    assert complaint(tab) == "learning rate: expected a number from 0 to 1,000, not -1."
    tab.fill("#net-rate", "0.5")
    tab.press("#net-rate", "Enter")
    assert complaint(tab) == ""
    assert [settings(tab)["turns"], tab.evaluate(UPDATES)] == [[[3, 0.5]], 3]  # where it is, and only the last there
    press(tab, "Step")
    turned = numbers(tab)
    generator = np.random.default_rng(0)
    X, y = nn.moons(200, 0.1, generator)
    model = nn.MLP(2, [8, 8, 1], "tanh", generator=generator)
    optimizer, order = nn.Adam(model.parameters(), lr=0.01), np.arange(200)
    generator.shuffle(order)
    for update in range(4):
        rows = order[10 * update : 10 * update + 10]
        optimizer.lr = 0.5 if update == 3 else 0.01
        optimizer.zero_grad()
        nn.binary_cross_entropy_with_logits([model(row) for row in X[rows].tolist()], y[rows].tolist()).backward()
        optimizer.step()
    assert turned == pytest.approx([leaf.data for leaf in model.parameters()], rel=1e-9, abs=1e-12)
    again = open_tab(state=tab.evaluate("(address.write(), location.hash)"))
    wait_until(again, f"{UPDATES} === 4")
    assert (numbers(again), again.input_value("#net-rate")) == (turned, "0.5")

    tab.click("#net-train")
    wait_until(tab, f"{UPDATES} >= 40")
    tab.click("[aria-label='Smaller rate']")
    assert tab.inner_text("#net-train") == "Pause"  # it goes on
    at, rate = settings(tab)["turns"][1]
    assert (at >= 40, rate) == (True, 0.2)
    wait_until(tab, f"{UPDATES} >= {at + 40}")
    assert tab.inner_text("#network figure:nth-child(3) figcaption span") == (
        "mean of each epoch; dotted: the rate was changed"
    )
    tab.click("#undo")  # to where it was changed
    wait_until(tab, f"{UPDATES} === {at} && !shell.network.frame")
    assert (settings(tab)["turns"], tab.input_value("#net-rate")) == ([[3, 0.5]], "0.5")
    press(tab, "Reset")
    assert [settings(tab)[name] for name in ("rate", "turns")] == [0.5, []]
    assert tab.evaluate(UPDATES) == 0
    tab.click("#undo")
    wait_until(tab, f"{UPDATES} === {at} && !shell.network.frame")
    assert settings(tab)["turns"] == [[3, 0.5]]
    tab.select_option("#net-optimiser", "momentum")  # anew, with the rate as it was last
    assert [tab.evaluate(UPDATES), settings(tab)["rate"], settings(tab)["turns"]] == [0, 0.5, []]
    tab.fill("#net-momentum", "0.5")
    tab.press("#net-momentum", "Enter")
    assert settings(tab)["momentum"] == 0.5


@pytest.mark.parametrize("filmed", [False, True])
def test_forced_colours_leave_the_legend_those_of_the_pictures(browser, tmp_path, filmed):
    generator = np.random.default_rng(0)
    data, network = nn.moons(20, 0.1, generator), nn.MLP(2, [3, 1], generator=generator)
    (viz.film if filmed else viz.playground)(network, *data).save(tmp_path / "page.html")
    found = []
    for forced in ("none", "active"):
        context = browser.new_context(forced_colors=forced, color_scheme="light")
        tab = context.new_page()
        tab.goto((tmp_path / "page.html").as_uri())
        tab.wait_for_selector(".legend .c1")
        colours = """all => all.map((each) => {
            const { width, backgroundColor, borderTopColor } = getComputedStyle(each);
            return width === "24px" ? borderTopColor : backgroundColor; // of lines and of discs
        })"""
        found.append(tab.locator(".legend i").evaluate_all(colours))
        found[-1] += tab.locator(".legend .c1").evaluate_all("all => all.map((e) => getComputedStyle(e).color)")
        context.close()
    assert len(found[0]) >= 5
    assert found[0] == found[1]


def test_it_fits_a_phone_is_calm_on_demand_and_can_be_used_by_everyone(open_tab, axe):  # noqa: F811
    tab = open_tab(width=390, height=844, reduced_motion="reduce", color_scheme="dark")
    assert tab.is_hidden("#net-data")
    tab.click("summary")
    tab.select_option("#net-data", "blobs")
    tab.fill("#net-classes", "3")
    tab.press("#net-classes", "Enter")
    tab.evaluate(COUNT)
    tab.click("#net-train")
    wait_until(tab, "/updates%22%3A[1-9]/.test(location.hash)")  # while it trains: so much a reload brings back
    assert tab.inner_text("#net-train") == "Pause"
    wait_until(tab, f"{UPDATES} >= 100")
    tab.click("#net-train")
    assert tab.evaluate("drawn < shell.network.training.updates / 20")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.evaluate(axe)
    options = {"rules": {"target-size": {"enabled": True}}}
    assert tab.evaluate(VIOLATIONS, options) == []
    press(tab, "Python")
    assert tab.evaluate(VIOLATIONS, options) == []
    tab.keyboard.press("Escape")
    tab.evaluate("document.documentElement.dataset.theme = 'light'")
    wait_until(tab, "ink['--card'] === '#ffffff'")
    assert tab.evaluate(VIOLATIONS, options) == []
    assert tab.evaluate(SMALLEST) >= 11


def test_on_paper_pictures_keep_their_shape(open_tab):
    tab = open_tab()
    tab.emulate_media(media="print")  # paper itself has another shape than the window that they were drawn for
    fits = tab.locator(".net canvas").evaluate_all("(all) => all.map((each) => getComputedStyle(each).objectFit)")
    assert fits == ["contain"] * 4

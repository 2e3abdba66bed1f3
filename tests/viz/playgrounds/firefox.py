"""Firefox without a window, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi), which it speaks by itself.

What is clicked and typed comes as from a mouse and a keyboard.
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

KEYS = {
    "Control": "\ue009",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "Home": "\ue011",
    "End": "\ue010",
    "ArrowRight": "\ue014",
}
EVENTS = ["log.entryAdded", "network.beforeRequestSent"]


class Firefox:
    """One window, of which is kept what it requested and complained of; what is downloaded goes to `folder`.

    websocket   the module of websocket-client
    """

    def __init__(self, program: str, folder: Path, websocket: Any) -> None:
        settings = {"browser.download.folderList": 2, "browser.download.dir": str(folder)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
        profile = folder / "profile"
        profile.mkdir()
        (profile / "user.js").write_text("\n".join(lines))
        command = [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(profile)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.events: list[dict[str, Any]] = []
        self.commands = 0
        try:
            address = profile / "WebDriverBiDiServer.json"
            wait_for(lambda: address.exists() and address.read_text().endswith("}"))
            port = json.loads(address.read_text())["ws_port"]
            self.socket = websocket.create_connection(
                f"ws://127.0.0.1:{port}/session", timeout=60, suppress_origin=True
            )
            self.command("session.new", capabilities={})
            self.command("session.subscribe", events=EVENTS)
            self.window = self.command("browsingContext.getTree")["contexts"][0]["context"]
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def close(self) -> None:
        try:
            self.command("browser.close")
            self.socket.close()
            self.process.wait(30)
        finally:
            self.process.kill()

    def command(self, method: str, **parameters: Any) -> Any:
        """What Firefox answers; what happens meanwhile is kept."""
        self.commands += 1
        self.socket.send(json.dumps({"id": self.commands, "method": method, "params": parameters}))
        while (told := json.loads(self.socket.recv())).get("id") != self.commands:
            self.events.append(told)
        if told["type"] == "error":
            raise AssertionError(f"{method}: {told['message']}")
        return told["result"]

    def told(self, kind: str) -> list[dict[str, Any]]:
        """What was told of the events of a kind."""
        return [event["params"] for event in self.events if event["method"] == kind]

    def open(self, address: str) -> None:
        for each in ("about:blank", address):  # or only what stands behind # would change
            self.command("browsingContext.navigate", context=self.window, url=each, wait="complete")

    def evaluate(self, expression: str, framed: bool = False) -> Any:
        """What an expression is, in the page or in the frame that it holds."""
        (tree,) = self.command("browsingContext.getTree", root=self.window)["contexts"]
        context = tree["children"][0]["context"] if framed else self.window
        told = self.command(
            "script.evaluate", expression=f"JSON.stringify({expression})", target={"context": context},
            awaitPromise=False,
        )  # fmt: skip
        assert told["type"] == "success", f"{expression}: {told['exceptionDetails']['text']}"
        return json.loads(told["result"].get("value", "null"))

    def until(self, condition: str) -> None:
        wait_for(lambda: self.evaluate(condition), condition)

    def find(self, selector: str) -> dict[str, Any]:
        locator = {"type": "css", "value": selector}
        found = self.command("browsingContext.locateNodes", context=self.window, locator=locator)["nodes"]
        assert found, f"nothing is found by {selector}"
        return {"sharedId": found[0]["sharedId"]}

    def click(self, selector: str, *, right: int = 0, drag: int = 0) -> None:
        """Click an element so many pixels to the right of its middle, or drag it by so many."""
        self.evaluate(f"void document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        at = {"type": "element", "element": self.find(selector)}
        moves = [{"type": "pointerMove", "x": drag // 4, "y": 0, "origin": "pointer"}] * (4 if drag else 0)
        actions = [
            {"type": "pointerMove", "x": right, "y": 0, "origin": at},
            {"type": "pointerDown", "button": 0}, *moves, {"type": "pointerUp", "button": 0},
        ]  # fmt: skip
        self._act({"type": "pointer", "id": "mouse", "actions": actions})

    def press(self, *chords: str) -> None:
        """Press keys one after the other, those of a chord such as Control+z together."""
        actions = []
        for chord in chords:
            keys = [KEYS.get(key, key) for key in (chord.split("+") if len(chord) > 1 else [chord])]
            actions += [{"type": "keyDown", "value": key} for key in keys]
            actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act({"type": "key", "id": "keyboard", "actions": actions})

    def type(self, selector: str, text: str) -> None:
        """Type into a field, in place of what stands there."""
        self.click(selector)
        self.press("Control+a", *text)

    def choose(self, selector: str, value: str) -> None:
        change = "select.dispatchEvent(new Event('change', {bubbles: true}))"
        choice = f"(select) => {{ select.value = {json.dumps(value)}; {change}; }}"
        self.evaluate(f"void ({choice})(document.querySelector({json.dumps(selector)}))")

    def _act(self, source: dict[str, Any]) -> None:
        self.command("input.performActions", context=self.window, actions=[source])


def wait_for(condition: Any, what: str = "Firefox") -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"never came true: {what}")

// The page in a notebook, in a frame of its own: a channel between that frame and the traits of `viz.widget`.

const TRAITS = ["_told", "_moved", "step", "pinned", "mistake"];

/** @typedef {{ get(name: string): any, set(name: string, value: unknown): void, save_changes(): void }} Traits */
/** @typedef {Traits & Record<"on" | "off", (event: string, listener: () => void) => void>} Model */

/** @type {(given: { model: Model, el: HTMLElement }) => () => void} */
function render({ model, el }) {
  el.innerHTML = model.get("_frame");
  const frame = el.querySelector("iframe");
  /** @type {MessagePort | null} */
  let port = null;
  let taking = false; // what the page has told, which it need not be told again
  frame?.addEventListener("load", () => {
    // Only the two ends of the channel hear what is said on it.
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = ({ data }) => {
      taking = true;
      for (const name of TRAITS) if (name in data) model.set(name, data[name]);
      taking = false;
      model.save_changes();
    };
    frame.contentWindow?.postMessage("gradwalk", "*", [channel.port2]);
    port.postMessage(Object.fromEntries(TRAITS.map((name) => [name, model.get(name)])));
  });
  const listeners = TRAITS.map((name) => {
    const tell = () => taking || port?.postMessage({ [name]: model.get(name) });
    model.on(`change:${name}`, tell);
    return () => model.off(`change:${name}`, tell);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}

export default { render };

"""The scripts of the network in a browser, on an empty page."""

from viz.offline import read_script
from viz.pages.page import write_script
from viz.playgrounds.network.scripts import write_network_script

RUN = """(asked) => {
  const generator = new Generator(asked.seed);
  const rule = DATA[asked.data];
  const points = rule.make(asked, generator);
  const samples = collectSamples(points, rule.classes ?? asked.classes);
  if (offered.losses[asked.loss].targets === "sign") samples.targets = samples.targets.map((target) => 2 * target - 1);
  const model = new Model(asked);
  model.reset(asked.initialisation, generator);
  const start = [...model.parameters];
  const sample = { inputs: [...samples.rows.slice(0, samples.inputs)], target: samples.targets[0] };
  const graph = lossGraph(model, sample);
  const training = new Training(model, samples, { ...FIRST_SETTINGS, ...asked }, generator);
  while (training.epoch < asked.epochs && !training.trouble) training.advance(1);
  const { losses, accuracies, trouble, epoch } = training;
  return { points, start, end: [...model.parameters], losses, accuracies, trouble, epoch, ...graph, sample };
}"""


def open_scripts(browser):
    """A page with nothing but the scripts."""
    page = browser.new_page()
    language = read_script("viz.playgrounds", "language/tokens", "recording")
    page.add_script_tag(content=f'"use strict";\n{write_script()}\n{language}\n{write_network_script()}')
    return page

"""The film of a training: a callback of `nn.fit` that becomes a page with a slider over the epochs.

Read `film` (what goes into the file), `frames` (what is taken at each epoch), then the .js files of drawing/,
film.js and reel.js.
"""

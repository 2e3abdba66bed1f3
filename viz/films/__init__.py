"""Film a training: a callback for `nn.fit` that becomes a page with a slider over the epochs.

Read `film` (what goes into the file), `frames` (what is recorded at each epoch), then the .js files of drawing/,
film.js and reel.js.
"""

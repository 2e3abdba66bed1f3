"""The playground: a page where you type an expression or train a network, with everything that `viz.page` shows.

Read `playground`, which writes it; then what runs in the browser: `language/` (from text to a graph), `recording.js`
(its nodes), `layout/` (the positions of boxes, with `measures`) and `shell/` (the controls).
"""

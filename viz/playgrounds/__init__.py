"""The playground: a page to type an expression into, with all that the page of a graph has.

Read `playground`, which writes it; then what runs in the browser: `language/` (text as a graph), `recording.js` (its
nodes), `layout/` (where boxes stand, with `measures`) and `shell/` (what a person sees and does).
"""

"""The playground: a page to type an expression into, with all that the page of a graph has."""

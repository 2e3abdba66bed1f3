"""Check that `nn` and `viz` are Gradwalk's, not those of another distribution of the same name."""

import os
from importlib.util import find_spec

for name in ("nn", "viz"):
    try:
        found = (spec := find_spec(name)) and spec.origin
    except ValueError:  # a module that somebody made by hand
        continue
    own = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), name, "__init__.py")
    installed = found and {"site-packages", "dist-packages"} & set(found.split(os.sep))  # a person's own file may stay
    if found and installed and os.path.realpath(found) != os.path.realpath(own):
        from importlib.metadata import packages_distributions

        of = [each for each in packages_distributions().get(name, []) if each != "gradwalk"]
        whose = f" (distribution {', '.join(of)})" if of else ""
        raise ImportError(
            f"Gradwalk's {name} is {own}; in its way is {found}{whose}: "
            "uninstall that one, or use a virtual environment for Gradwalk"
        )

"""Beside this package lies Gradwalk's `engine`: one of another distribution, or of a file of that name, will not do.

The same file lies in `nn` and in `viz`: neither knows the other, and a foreign `engine` knows neither.
"""

from pathlib import Path

import engine

found, own = Path(str(engine.__file__)).resolve(), Path(__file__).resolve().parents[1] / "engine"
if found != own / "__init__.py":
    from importlib.metadata import packages_distributions

    of = [name for name in packages_distributions().get("engine", []) if name != "gradwalk"]
    whose = f" (distribution {', '.join(of)})" if of else ""
    raise ImportError(
        f"{__package__} needs Gradwalk's engine, {own}; in its way is {found}{whose}: "
        "rename or uninstall that one, or use a virtual environment for Gradwalk"
    )

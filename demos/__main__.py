"""python -m demos lists the demos and runs one or all of them; python -m demos claims checks what they claim."""

import sys
import textwrap

from demos import claims, gallery
from demos.course import find_names
from demos.runner import run
from viz.terminal.terminal import tell_failures

USAGE = """Run one:          python -m demos NAME     (--help for its options)
Run all of them:  python -m demos all      makes the gallery, out/index.html
Check the claims: python -m demos claims   --seeds 5 checks each on five seeds"""


def main(arguments: list[str] | None = None) -> None:
    """List the demos, run one or all, or check the claims."""
    name, *options = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    names = find_names()
    if name in ("-h", "--help"):
        for known in names:
            line = f"{known:17}{gallery.describe(known)[0]}"
            print(textwrap.fill(line, 80, initial_indent="  ", subsequent_indent=" " * 19))
        print(f"\n{USAGE}")
    elif name == "all":
        run(gallery.main, options)
    elif name == "claims":
        run(claims.main, options)
    elif name in names:
        gallery.start(name, options)
    else:
        print(f"python -m demos: no demo {name!r} (one of {', '.join(names)}, all, claims)", file=sys.stderr)
        raise SystemExit(2)


if __name__ == "__main__":
    with tell_failures("python -m demos"):
        main()

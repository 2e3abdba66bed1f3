import resource
import sys

from tests.fuzz.runs import main

resource.setrlimit(resource.RLIMIT_AS, (8 << 30, resource.RLIM_INFINITY))  # what gets out of hand harms nobody
sys.exit(main())

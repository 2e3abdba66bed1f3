"""Real data that ship with the project; each file names its source and licence."""

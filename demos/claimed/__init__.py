"""What the demos claim, a file for each heading of the notes; demos/claims.py says what a claim is."""

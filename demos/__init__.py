"""demos: the course, made runnable."""

"""The log at run time: its only writer, its readers, its live feed, and the followers that act on it."""

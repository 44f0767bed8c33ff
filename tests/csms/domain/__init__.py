"""The pure domain, read like a specification; rules are named by their number."""

"""Tables that people write."""

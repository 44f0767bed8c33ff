"""What people and actors read."""

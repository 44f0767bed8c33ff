"""Chargers' connections: the door, the sockets, the life of each, and what is kept of their frames."""

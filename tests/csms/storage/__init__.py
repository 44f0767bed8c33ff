"""The log and everything beside it, on a real SQLite file in a temporary directory."""

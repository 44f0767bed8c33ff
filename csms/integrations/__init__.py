"""Outbound clients: what this server asks of others, one folder a kind; http.py for all of them that speak HTTP."""

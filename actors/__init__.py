"""The running system as supervised actors, over the pure domain in csms. Knows nothing of HTTP."""

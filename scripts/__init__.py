"""What the scripts do in Python: checks and benchmarks. Never called by the product."""

"""One benchmark a module, run with `scripts/bench NAME`; each prints ratios against a baseline of the same run."""

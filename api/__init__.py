"""The outermost layer: the Litestar app, its pages and the `csms` command line."""

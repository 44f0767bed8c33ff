"""The outermost shell: the Litestar app, the web pages and the `csms` command line."""

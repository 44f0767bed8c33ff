"""The served process over real sockets, driven by charge points that other people wrote, each in its own process."""

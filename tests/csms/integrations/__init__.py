"""Outbound clients against real peers in the test process."""

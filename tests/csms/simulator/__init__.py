"""Tests of the simulated chargers."""

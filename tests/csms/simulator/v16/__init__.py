"""Tests of the OCPP 1.6 dialect of simulated chargers."""

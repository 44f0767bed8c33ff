"""Tests of actors/recording."""

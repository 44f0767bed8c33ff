"""Tests of the actor runtime: each of its promises is a test named for it, in virtual time."""

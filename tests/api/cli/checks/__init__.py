"""Tests of what `csms doctor` looks at: each breaks one thing and reads the advice."""

"""Specifies what lies in scripts/."""

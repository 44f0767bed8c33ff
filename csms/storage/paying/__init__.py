"""Payments as rows and events: how one begins, what it has to know of the rest, and whether the books are right.

Used by actors/business/payment.py, the API and the command line. Never talks to a provider.
"""

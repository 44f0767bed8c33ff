"""The books by months: which are open, what keeps one from being closed, what is in it, and closing it.

Used by the API, the command line, and by whoever books something: nothing may be booked in a month that was closed.
"""

"""Files by which a network is moved in and out: CSV for spreadsheets, JSON for programs. Pure but for the file itself.

What the rows mean, and how they come from and into the tables, is csms/storage/porting's. A record is a plain dict by
field name. Written files have no secrets, and read back they are the same again.
"""

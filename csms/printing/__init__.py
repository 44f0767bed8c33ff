"""Bills on paper: what JSON tells, laid out as PDF by typst, in the language of the reader.

Used by the API and by mails; pure but for reading its template and the fonts. A page takes about ten milliseconds, so
callers with an event loop run it in a thread. Without the fonts (scripts/_setup) Latin text is set in typst's own.
"""

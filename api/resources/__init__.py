"""One module a resource: its bodies, its handlers and what they answer; catalogue.py collects them for the app."""

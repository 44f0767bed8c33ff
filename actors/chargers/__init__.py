"""The charger's actor and what it is made of: what it hears (reports), what it is told (orders), and their parts."""

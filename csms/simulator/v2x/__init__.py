"""What chargers of OCPP 2.0.1 and 2.1 have in common; `v201` and `v21` compose it.

dialect        what a charger says, and how it reads the answers
station        what a 2.x charger has that a 1.6 one has not: EVSEs, the device model, counters
device_model, variables     components and variables, and the table of those that every charger has
commands       how a functional block answers calls: a table `COMMANDS`, action -> handler
one module a functional block, named like those of csms.protocol.v2x
"""

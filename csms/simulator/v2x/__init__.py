"""What chargers of OCPP 2.0.1 and 2.1 have in common; `v201` and `v21` compose it.

`dialect` is what a charger says and how it reads the answers, `station` what a 2.x charger has that a 1.6 one has not:
EVSEs, the `device_model` with its `variables`, `monitors`, counters. Everything else is a functional block, named like
those of csms.protocol.v2x, with a table COMMANDS (action -> handler, see `commands`) and often an `inventory` of
variables; `blocks` puts them together. Some also have functions for what happens at a charger by itself, such as
`smart_charging.constrain` or `plug_and_charge.ask_for_contract`.
"""

"""All resources that the OpenAPI document tells of, in its order."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from api.resources import (
    accounts,
    actors,
    audit,
    authorizations,
    campaigns,
    certificates,
    chargers,
    charging_commands,
    commands,
    customer_information,
    documents,
    events,
    file_commands,
    firmware,
    fleet,
    health,
    inventory,
    invoices,
    jobs,
    messages,
    payments,
    sellers,
    session_costs,
    sessions,
    stations,
    tariff_assignments,
    tariff_trials,
    tariffs,
    templates,
    tokens,
    uploads,
    webhooks,
    wide_tariffs,
)

V1 = "/api/v1"
RESOURCES = (
    stations,
    chargers,
    inventory,
    customer_information,
    messages,
    commands,
    charging_commands,
    file_commands,
    certificates,
    templates,
    jobs,
    uploads,
    firmware,
    campaigns,
    sessions,
    session_costs,
    documents,
    sellers,
    payments,
    fleet,
    invoices,
    tokens,
    authorizations,
    tariffs,
    tariff_trials,
    tariff_assignments,
    wide_tariffs,
    events,
    actors,
    accounts,
    webhooks,
    audit,
)


def handlers() -> list[ControllerRouterHandler]:
    """Everything below /api/v1, and health beside it."""
    return [Router(V1, route_handlers=[handler for part in RESOURCES for handler in part.HANDLERS]), *health.HANDLERS]

"""What people and keys that are narrowed to stations have no part in, whatever their role."""

from api.permissions.roles import Permission
from api.permissions.routes import PORTED, ROUTES

_V1 = "/api/v1"

NETWORK_WIDE = frozenset(
    {
        f"POST {_V1}/stations",
        f"POST {_V1}/networks",
        f"PATCH {_V1}/networks/{{network_id}}",
        f"DELETE {_V1}/networks/{{network_id}}",
        f"POST {_V1}/firmware",
        f"PUT {_V1}/firmware/{{firmware_id}}/file",
        f"DELETE {_V1}/firmware/{{firmware_id}}",
        f"GET {_V1}/tokens",
        f"POST {_V1}/tokens",
        f"GET {_V1}/tokens/{{token_id}}",
        f"PATCH {_V1}/tokens/{{token_id}}",
        f"GET {_V1}/drivers",
        f"POST {_V1}/drivers",
        f"GET {_V1}/drivers/{{driver_id}}",
        f"PATCH {_V1}/drivers/{{driver_id}}",
        f"DELETE {_V1}/drivers/{{driver_id}}",
        f"GET {_V1}/groups",
        f"POST {_V1}/groups",
        f"GET {_V1}/groups/{{group_id}}",
        f"PATCH {_V1}/groups/{{group_id}}",
        f"DELETE {_V1}/groups/{{group_id}}",
        f"POST {_V1}/tariffs",
        f"PATCH {_V1}/tariffs/{{tariff_id}}",
        f"DELETE {_V1}/tariffs/{{tariff_id}}",
        f"GET {_V1}/tariffs/{{tariff_id}}/assignments",
        f"DELETE {_V1}/tariffs/{{tariff_id}}/assignments/{{assignment_id}}",
        f"PUT {_V1}/groups/{{group_id}}/tariff",
        f"DELETE {_V1}/groups/{{group_id}}/tariff",
        f"PUT {_V1}/networks/{{network_id}}/tariff",
        f"DELETE {_V1}/networks/{{network_id}}/tariff",
        f"GET {_V1}/accounts",
        f"POST {_V1}/accounts",
        f"GET {_V1}/accounts/{{account_id}}",
        f"PATCH {_V1}/accounts/{{account_id}}",
        f"DELETE {_V1}/accounts/{{account_id}}",
        f"GET {_V1}/accounts/{{account_id}}/members",
        f"POST {_V1}/accounts/{{account_id}}/members",
        f"DELETE {_V1}/accounts/{{account_id}}/members/{{member_id}}",
        f"GET {_V1}/accounts/{{account_id}}/charges",
        f"GET {_V1}/accounts/{{account_id}}/statement",
        f"GET {_V1}/invoices",
        f"POST {_V1}/invoices",
        f"GET {_V1}/invoices/{{invoice_id}}",
        f"DELETE {_V1}/invoices/{{invoice_id}}",
        f"POST {_V1}/invoices/{{invoice_id}}/issue",
        f"POST {_V1}/invoices/{{invoice_id}}/paid",
        f"GET {_V1}/reconciliations",
        f"POST {_V1}/reconciliations",
        f"GET {_V1}/reconciliations/{{reconciliation_id}}",
        f"GET {_V1}/differences",
        f"GET {_V1}/periods",
        f"GET {_V1}/periods/{{period}}",
        f"POST {_V1}/periods/{{period}}/close",
        f"GET {_V1}/periods/{{period}}/export",
        f"GET {_V1}/sellers/{{seller_id}}/chart",
        f"PUT {_V1}/sellers/{{seller_id}}/chart",
        f"POST {_V1}/sellers",
        f"PATCH {_V1}/sellers/{{seller_id}}",
        f"GET {_V1}/buyers/{{driver_id}}",
        f"PUT {_V1}/buyers/{{driver_id}}",
        f"DELETE {_V1}/buyers/{{driver_id}}",
        *(f"GET {_V1}/export/{kind}" for kind in PORTED),
        *(f"POST {_V1}/import/{kind}" for kind in PORTED),
        f"GET {_V1}/actors",
        "GET /metrics",
    }
)
"""Routes to what is of no station; what asks for ADMINISTER is so too, or a key could make itself a wider one."""


def is_network_wide(route: str) -> bool:
    """Whether a route is closed to people and keys that are narrowed to stations."""
    return ROUTES[route] is Permission.ADMINISTER or route in NETWORK_WIDE

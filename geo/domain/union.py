"""Union organisations: what covers a site."""

from __future__ import annotations

from enum import StrEnum


class UnionKind(StrEnum):
    """An enterprise union belongs to one site; federations cover a territory."""

    ENTERPRISE = "enterprise"
    REGIONAL_FEDERATION = "regional_federation"
    SECTORAL_FEDERATION = "sectoral_federation"

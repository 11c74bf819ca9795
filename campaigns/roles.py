"""What people may be here, and the languages they are spoken to in."""

import enum
import zoneinfo

LANGUAGES = {
    "en": "English",
    "az": "Azərbaycanca",
    "tr": "Türkçe",
    "ka": "ქართული",
    "ru": "Русский",
}
"""Each by its own name, as people look for it."""


@enum.unique
class Role(enum.StrEnum):
    """What a person's account is for."""

    AGENT = "agent"
    """Takes calls; the account belongs to an agent."""
    SUPERVISOR = "supervisor"
    """Runs the floor."""
    QUALITY = "quality"
    """Listens to recordings and scores them."""
    CLIENT = "client"
    """Looks in for one client company."""
    ADMINISTRATOR = "administrator"
    """Makes accounts and tokens, and may do what supervisor and quality may."""


def is_zone(name: str) -> bool:
    """True for a time zone's name, such as Asia/Baku."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

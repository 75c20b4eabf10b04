"""The hub's directory: settings, systems, jobs, mappings; what is shipped lies below, the hub's own files over it."""

from ltc.app.config.catalogue import Catalogue, Entry, find_connectors
from ltc.app.config.hub import HubConfig, open_hub
from ltc.app.config.mapped import Mapped
from ltc.app.config.settings import (
    BrakeSettings,
    EntitySettings,
    HubSettings,
    JobSettings,
    RetentionSettings,
    SystemSettings,
    WantSettings,
)
from ltc.app.config.systems import SystemConfig

__all__ = [
    "BrakeSettings",
    "Catalogue",
    "EntitySettings",
    "Entry",
    "HubConfig",
    "HubSettings",
    "JobSettings",
    "Mapped",
    "RetentionSettings",
    "SystemConfig",
    "SystemSettings",
    "WantSettings",
    "find_connectors",
    "open_hub",
]

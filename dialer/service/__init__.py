"""The composition root: builds the running dialer, keeps it running, and stops it in order."""

from dialer.service.service import Service, ServiceState

__all__ = ["Service", "ServiceState"]

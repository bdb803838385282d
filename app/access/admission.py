"""From where an application may be used, and how often: the keys ``networks`` and ``rate`` of its document.

Counting is left to whoever lets requests in, since each process or a shared storage may do it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

from limits import RateLimitItem, parse_many
from marshmallow import ValidationError, fields

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Admission:
    """What must hold of a request, whoever sends it. Nothing is said by default."""

    networks: tuple[Network, ...] = ()
    rates: tuple[RateLimitItem, ...] = ()

    def admits(self, address: str) -> bool:
        """Say whether requests may come from an address."""
        return not self.networks or is_within(address, self.networks)


ANYBODY = Admission()


def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Say whether an address is in one of some networks. An IPv4 address may be written in IPv6's way."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in networks)


class NetworkField(fields.Field[Any]):
    """A network in CIDR notation, or one address."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Network:
        del attr, data, kwargs
        try:
            if isinstance(value, str):
                return ip_network(value)
        except ValueError as error:
            raise ValidationError(f"is no network: {error}") from None
        raise ValidationError('is a network such as "192.0.2.0/24", or an address')


class RateField(fields.Field[Any]):
    """How many requests in which time, such as ``25 per second; 10000 per hour``."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[RateLimitItem, ...]:
        del attr, data, kwargs
        try:
            rates = parse_many(value) if isinstance(value, str) else []
        except ValueError:
            rates = []
        if rates and all(rate.amount > 0 for rate in rates):
            return tuple(rates)
        raise ValidationError('is a rate such as "25 per second", or several with ; between them')


def networks_field() -> fields.List[Any]:
    """Make the field for where requests may come from."""
    return fields.List(
        NetworkField(), metadata={"description": "Networks that its requests may come from; all by default."}
    )


def rate_field() -> RateField:
    """Make the field for how many requests may come."""
    return RateField(
        metadata={
            "description": "How many requests it may send, such as 25 per second; any number by default."
        }
    )


def read_admission(keys: Mapping[str, Any]) -> Admission:
    """Make the value of a valid document's keys."""
    return Admission(tuple(keys.get("networks", ())), tuple(keys.get("rate", ())))

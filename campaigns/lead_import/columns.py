# ruff: noqa: RUF001 - words of other languages
"""Which column holds what: by name in a few languages, by what is in it, or as a person says."""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.lead_import.charsets import plain
from campaigns.lead_import.errors import BadFile
from campaigns.phone_numbers import BadNumber, parse


@enum.unique
class Role(enum.StrEnum):
    """What a column is to the dialer. Everything else goes to the agent's screen as it is."""

    PHONE = "phone"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EXTERNAL_ID = "external_id"
    """The customer's own key."""
    PRIORITY = "priority"
    """A whole number; higher is called first."""
    FIELD = "field"
    SKIP = "skip"
    """Not stored at all."""


Mapping_ = Mapping[Role, Sequence[str]]
"""Columns a person named for a role."""

_SYNONYMS: dict[Role, str] = {
    Role.PHONE: """
        phone|phone number|phone no|telephone|telephone number|tel|tel no|mobile|mobile phone|
        mobile number|mobile no|cell|cell phone|cellular|msisdn|landline|home phone|work phone|
        contact number|call number|number|phone mobile|phone home|phone work|e164|
        telefon|telefon nömrəsi|nömrə|nomre|mobil|mobil telefon|mobil nömrə|əlaqə nömrəsi|
        ev telefonu|
        telefon numarası|telefon no|cep|cep telefonu|cep tel|cep no|gsm|gsm no|numara|iş telefonu|
        телефон|тел|мобильный|мобильный телефон|мобильный номер|сотовый|номер|номер телефона|
        контактный телефон|телефон мобильный|домашний телефон|рабочий телефон|
        telefonnummer|rufnummer|handy|handynummer|mobiltelefon|mobilnummer|festnetz|
        téléphone|numéro|numéro de téléphone|portable|téléphone portable|téléphone mobile|
        téléphone fixe|fixe
    """,
    Role.NAME: """
        name|full name|customer name|client name|contact name|customer|client|
        ad soyad|adı soyadı|soyad ad|ad və soyad|müştəri|müşteri|müşteri adı|isim|ad soyadı|
        фио|имя фамилия|клиент|имя клиента|ф и о|kunde|kundenname|
        nom complet|nom et prénom|nom prénom
    """,
    Role.FIRST_NAME: "first name|given name|forename|ad|adı|имя|vorname|prénom",
    Role.LAST_NAME: "last name|surname|family name|soyad|soyadı|soyisim|фамилия|nachname|nom|"
    "nom de famille",
    Role.EXTERNAL_ID: """
        id|external id|lead id|customer id|client id|customer number|customer no|client number|
        account|account number|account no|reference|ref|record id|
        müştəri id|müştəri kodu|müştəri nömrəsi|müşteri no|müşteri numarası|müşteri id|
        ид|код|код клиента|номер клиента|kundennummer|kunden nr|numéro client|identifiant
    """,
    Role.PRIORITY: "priority|prioritet|öncelik|приоритет|priorität|priorité",
}
_ROLE_OF: dict[str, Role] = {
    plain(word): role for role, words in _SYNONYMS.items() for word in words.split("|")
}
_TRAILING_INDEX = re.compile(r"\d{1,2}$")
_NUMBER_LIKE = re.compile(r"\+?[\s().\-/]*(?:\d[\s().\-/]*){7,15}(?:\.0)?|\d[.,]\d+[eE]\+?\d+")
_PHONE_SHARE_MIN = 0.6
"""A column is taken for telephone numbers by its contents when so many of its filled cells are."""
_FILLED_MIN = 2
"""Cells that must speak against a column's name before it is not believed; ten times as many where
the cells do look like numbers."""
REJECT_COLUMNS = ("line", "column", "value", "reason")
"""The first columns of a rejects file. They are skipped when a corrected one is imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of all columns and where to find what; indexes count from 0."""

    names: tuple[str, ...]
    phones: tuple[int, ...]
    name: tuple[int, ...]
    """One column, or first and last name to be joined."""
    external_id: int | None
    priority: int | None
    fields: tuple[tuple[int, str], ...]
    """Columns for the agent's screen under the names they are stored by."""
    has_header: bool
    is_corrected_rejects: bool
    """True when the table is a rejects file that a person has corrected."""

    def role(self, index: int) -> Role:
        """What column `index` is used for."""
        if index in self.phones:
            return Role.PHONE
        if index in self.name:
            return Role.NAME
        if index == self.external_id:
            return Role.EXTERNAL_ID
        if index == self.priority:
            return Role.PRIORITY
        return Role.FIELD if index in dict(self.fields) else Role.SKIP


def parse_mapping(items: Iterable[str]) -> dict[Role, tuple[str, ...]]:
    """Read what a person wrote, such as ["phone=Nomer", "phone=Nomer 2", "name=Ad"]. Raises
    BadFile."""
    found: dict[Role, tuple[str, ...]] = {}
    for item in items:
        role, equals, column = item.partition("=")
        if not equals or role.strip() not in list(Role) or not column.strip():
            raise BadFile(
                f'"{item}" maps nothing; write role=column, the role one of {", ".join(Role)}'
            )
        key = Role(role.strip())
        found[key] = (*found.get(key, ()), column.strip())
    return found


def has_header(first: Sequence[str]) -> bool:
    """True when the first row names columns: it holds a known name, or nothing like a telephone
    number."""
    if any(_role_of(cell) is not None for cell in first):
        return True
    return not any(_NUMBER_LIKE.fullmatch(cell.strip()) for cell in first)


def map_columns(
    first: Sequence[str], sample: Sequence[Sequence[str]], *, mapping: Mapping_, region: str
) -> Columns:
    """Decide what each column holds from the first row and some rows of data. Raises BadFile."""
    header = has_header(first)
    names = _distinct_names(first if header else [""] * len(first))
    roles = _roles(names, mapping, has_names=header)
    is_corrected = header and tuple(names[: len(REJECT_COLUMNS)]) == REJECT_COLUMNS
    if is_corrected:
        roles.update(dict.fromkeys(range(len(REJECT_COLUMNS)), Role.SKIP))
    if Role.PHONE not in mapping:
        _settle_phones(roles, names, sample, region)
    phones = tuple(index for index in range(len(names)) if roles.get(index) is Role.PHONE)
    whole = [index for index in range(len(names)) if roles.get(index) is Role.NAME][:1]
    parts = [
        index
        for role in (Role.FIRST_NAME, Role.LAST_NAME)
        for index in range(len(names))
        if roles.get(index) is role
    ][:2]
    used_for_name = tuple(whole or parts)
    external_id = _only(roles, Role.EXTERNAL_ID)
    priority = _only(roles, Role.PRIORITY)
    taken = {*phones, *used_for_name, external_id, priority}
    fields = tuple(
        (index, name)
        for index, name in enumerate(names)
        if index not in taken and roles.get(index) is not Role.SKIP
    )
    return Columns(
        names=names,
        phones=phones,
        name=used_for_name,
        external_id=external_id,
        priority=priority,
        fields=fields,
        has_header=header,
        is_corrected_rejects=is_corrected,
    )


def _roles(names: Sequence[str], mapping: Mapping_, *, has_names: bool) -> dict[int, Role]:
    roles: dict[int, Role] = {}
    for role, wanted in mapping.items():
        for column in wanted:
            roles[_index_of(column, names)] = role
    for index, name in enumerate(names):
        role_by_name = _role_of(name) if has_names else None
        if role_by_name is not None and index not in roles and role_by_name not in mapping:
            roles[index] = role_by_name
    return roles


def _index_of(column: str, names: Sequence[str]) -> int:
    if column in names:
        return list(names).index(column)
    wanted = plain(column)
    matches = [index for index, name in enumerate(names) if plain(name) == wanted]
    if len(matches) == 1:
        return matches[0]
    if column.isdecimal() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise BadFile(f'there is no column "{column}"; the columns are {_listed(names)}')


def _settle_phones(
    roles: dict[int, Role], names: Sequence[str], sample: Sequence[Sequence[str]], region: str
) -> None:
    """Check the columns that are named like telephone numbers, and look for others if none is left.

    A column called "mobile" may hold yes and no, and one called "number" a row count.
    """
    named = [index for index, role in roles.items() if role is Role.PHONE]
    shares = {index: _phone_share(sample, index, region) for index in range(len(names))}
    convincing = [index for index in named if (shares[index] or 0.0) >= _PHONE_SHARE_MIN]
    for index in named:
        # An empty column stays what its name says, and one bad value proves nothing.
        filled = [row[index] for row in sample if index < len(row) and row[index].strip()]
        if shares[index] != 0.0 or len(filled) < _FILLED_MIN:
            continue
        if not any(map(_has_digits, filled)) or (convincing and len(filled) >= 10 * _FILLED_MIN):
            del roles[index]
    if any(role is Role.PHONE for role in roles.values()):
        return
    candidates = [
        index
        for index, share in shares.items()
        if share is not None and share >= _PHONE_SHARE_MIN and index not in roles
    ]
    if not candidates:
        raise BadFile(
            "no column looks like telephone numbers; say which one it is with phone=COLUMN. "
            f"The columns are {_listed(names)}"
        )
    best = max(candidates, key=lambda index: (shares[index] or 0.0, -index))
    roles[best] = Role.PHONE


def _phone_share(sample: Sequence[Sequence[str]], index: int, region: str) -> float | None:
    filled = [row[index].strip() for row in sample if index < len(row) and row[index].strip()]
    if not filled:
        return None
    return sum(_holds_phone(cell, region) for cell in filled) / len(filled)


def _holds_phone(cell: str, region: str) -> bool:
    first = re.split(r"[;,\n|]", cell, maxsplit=1)[0]
    try:
        parse(first, region)
    except BadNumber:
        return _NUMBER_LIKE.fullmatch(cell) is not None and cell.startswith("+")
    return True


def _has_digits(cell: str) -> bool:
    return sum(map(str.isdigit, cell)) >= 5


def _role_of(name: str) -> Role | None:
    key = plain(name)
    role = _ROLE_OF.get(key)
    if role is None:
        # phone2, mobile_1, "Telefon 3"
        role = _ROLE_OF.get(_TRAILING_INDEX.sub("", key))
        if role is not Role.PHONE:
            return None
    return role


def _only(roles: Mapping[int, Role], role: Role) -> int | None:
    return min((index for index, each in roles.items() if each is role), default=None)


def _distinct_names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names without line breaks, none empty, none twice."""
    names: list[str] = []
    for index, cell in enumerate(header, start=1):
        name = " ".join(cell.split())[:100] or f"column_{index}"
        base, copy = name, 2
        while name in names:
            name, copy = f"{base}_{copy}", copy + 1
        names.append(name)
    return tuple(names)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:20])
    return shown if len(names) <= 20 else f"{shown} and {len(names) - 20} more"

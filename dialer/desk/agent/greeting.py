"""The first sentence: the campaign's, with the record's words in it."""

import re
from collections.abc import Mapping

_BRACES = re.compile(r"\{([^{}]+)\}")


def greeting(text: str, values: Mapping[str, str]) -> str:
    """`text` with every `{word}` filled in; one that the record lacks is left out.

    Names are taken as they stand in the list, capitals aside.
    """
    known = {name.strip().casefold(): value for name, value in values.items()}
    filled = _BRACES.sub(lambda found: known.get(found[1].strip().casefold(), ""), text)
    # What was left out leaves no hole before a comma or a full stop.
    return re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"\s{2,}", " ", filled)).strip()

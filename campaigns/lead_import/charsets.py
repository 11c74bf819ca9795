# ruff: noqa: RUF001, RUF003 - words and letters of other languages
"""Which characters a file's bytes stand for.

A byte order mark decides. Without one, bytes that are valid UTF-8 and not plain ASCII are UTF-8:
text in a Windows code page practically never is by accident. What remains is one of the code pages
below, chosen by how well the letters each would give fit a language written in it, and how well
they sit in words.

What this cannot tell: code pages share many letters (ä ö ü é are the same bytes in 1250, 1252, 1254
and 1257), so a file with no other letters is read alike by all of them, and it does not matter
which is named. Windows-1252 (Western Europe) is read as 1254, which differs from it in six letters
only, all Icelandic or Turkish. A few short words may fit two pages; then the region of the campaign
tips the balance and the reason says so. A person who sees wrong letters in the preview gives the
encoding.
"""

import codecs
import functools
import math
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

SAMPLE_BYTES_MAX = 65_536
"""Evidence enough: some thousand names. More would only cost time."""

_LANGUAGES: dict[str, dict[str, str]] = {
    "cp1250": {
        "Polish": "łąęóśżćńź",
        "Czech": "íáéěřžýčůšúťóďň",
        "Slovak": "áíéčžýúšľťôňďäóĺŕ",
        "Hungarian": "áéőóöüíúű",
        "Croatian": "čšžćđ",
        "Romanian": "ăîâţş",
        "German": "üäöß",
    },
    "cp1251": {
        "Russian": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
        "Ukrainian": "оаиніервтсклдпумязьгбчйхжшюцщєїфґ",
        "Bulgarian": "аоиетнрсвлкдпмъзугбчщжцяйхшфюь",
    },
    "cp1254": {
        "Turkish": "ıüşğçöâî",
        "German": "üäöß",
        "French": "éèàêçôâîùûëï",
        "Spanish": "óíáñéúü",
        "Portuguese": "ãçáéõóêíâúà",
        "Nordic": "åäöøæé",
    },
    "cp1257": {
        "Lithuanian": "ėšžųąįūčę",
        "Latvian": "āīēšūžņļčģķ",
        "Estonian": "äõüöšž",
    },
}
"""Letters beyond ASCII by falling frequency in running text, roughly; only the order matters."""
_CODE_PAGE_OF_REGION = {
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "RO", "HR", "SI", "RS", "BA", "ME", "AL"), "cp1250"),
    **dict.fromkeys(("RU", "UA", "BY", "BG", "MK", "KZ", "KG", "TJ", "UZ", "MN"), "cp1251"),
    **dict.fromkeys(("TR", "AZ", "CY"), "cp1254"),
    **dict.fromkeys(("LT", "LV", "EE"), "cp1257"),
}
"""Where a campaign calls says a little about its files; everywhere else counts for 1254 (and so
1252)."""
_REGION_WEIGHT = 3.0
_LETTER_OF_NO_LANGUAGE = math.log(1e-4)
_SIGN = math.log(3e-3)
_MISPLACED = -4.0
"""For each sign inside a word, capital after a small letter, or mix of alphabets in a word."""
_UNDEFINED = -12.0
_CERTAIN_MARGIN = 6.0
"""Natural logarithm of how many times likelier the chosen page must be to be called certain."""
_MISPLACEMENTS = (
    re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f](?=[^\W\d_])"),
    re.compile(r"[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charset:
    """The encoding to read a file with, by its Python name, and why."""

    encoding: str
    reason: str
    is_certain: bool


def known_encoding(name: str) -> str | None:
    """The Python name of an encoding a person named, or None. Accepts "windows-1251", "cp1251",
    "1251"."""
    text = name.strip().lower().replace("windows-", "cp").replace("win-", "cp").replace("win", "cp")
    for candidate in (text, f"cp{text}"):
        try:
            info = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        # base64 and its like are codecs too, but not of text.
        if getattr(info, "_is_text_encoding", True):
            return "utf-8-sig" if info.name == "utf-8" else info.name
    return None


def charset_of_head(head: bytes) -> Charset | None:
    """By the first bytes of the file: a byte order mark, or the zeros of UTF-16 without one."""
    for mark, encoding, name in (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    ):
        if head.startswith(mark):
            reason = f"the file begins with the byte order mark of {name}"
            return Charset(encoding=encoding, reason=reason, is_certain=True)
    utf_16 = _utf_16_without_mark(head)
    if utf_16 is None:
        return None
    reason = "every other byte is zero, as in UTF-16"
    return Charset(encoding=utf_16, reason=reason, is_certain=True)


def charset_of_sample(sample: bytes, *, region: str | None) -> Charset:
    """By the bytes themselves; `sample` should hold whole lines with bytes beyond ASCII."""
    if sample.isascii():
        return Charset(encoding="utf-8-sig", reason="only ASCII characters", is_certain=True)
    if _is_utf_8(sample):
        reason = "its letters beyond ASCII are valid UTF-8"
        return Charset(encoding="utf-8-sig", reason=reason, is_certain=True)
    return _code_page(_evidence(sample), region=region)


def _utf_16_without_mark(sample: bytes) -> str | None:
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    # Latin text has a zero in nearly every pair; a stray NUL byte in a byte-wise file is far rarer.
    if half >= 8 and max(even, odd) > 0.4 * half and min(even, odd) < 0.05 * half:
        return "utf-16-be" if even > odd else "utf-16-le"
    return None


def _is_utf_8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _evidence(sample: bytes) -> bytes:
    lines = [line for line in sample.splitlines() if not line.isascii()]
    return b"\n".join(lines)[:SAMPLE_BYTES_MAX]


def _code_page(evidence: bytes, *, region: str | None) -> Charset:
    home = _CODE_PAGE_OF_REGION.get(region or "", "cp1254")
    scores: list[tuple[float, str, str]] = []
    for page, languages in _LANGUAGES.items():
        text = evidence.decode(page, errors="replace")
        misplaced = _misplaced(text)
        prior = _REGION_WEIGHT if page == home else 0.0
        score, language = max((_fit(text, letters), name) for name, letters in languages.items())
        scores.append((score + misplaced + prior, page, language))
    scores.sort(reverse=True)
    best, page, language = scores[0]
    rival = next(
        (each for each in scores[1:] if _differ(evidence, page, each[1])), (-math.inf, "", "")
    )
    is_certain = best - rival[0] >= _CERTAIN_MARGIN
    reason = f"its letters fit {language} in Windows-{page[2:]} best"
    if not is_certain:
        reason += (
            f", but could be {rival[2]} in Windows-{rival[1][2:]}; look at the names in the "
            "preview and give the encoding if they are wrong"
        )
    return Charset(encoding=page, reason=reason, is_certain=is_certain)


def _differ(evidence: bytes, one: str, two: str) -> bool:
    return evidence.decode(one, errors="replace") != evidence.decode(two, errors="replace")


def _fit(text: str, letters: str) -> float:
    """Log-likelihood of the text's characters beyond ASCII in a language."""
    weights = _weights(letters)
    total = 0.0
    for character in text:
        if character < "\x80":
            continue
        if character == "\ufffd":
            total += _UNDEFINED
        elif character in weights:
            total += weights[character]
        elif character.isalpha():
            total += _LETTER_OF_NO_LANGUAGE
        else:
            total += _SIGN
    return total


@functools.lru_cache(maxsize=64)
def _weights(letters: str) -> dict[str, float]:
    shares = [1 / (rank + 2) for rank in range(len(letters))]
    whole = sum(shares)
    found: dict[str, float] = {}
    for letter, share in zip(letters, shares, strict=True):
        found[letter] = math.log(0.7 * share / whole)
        if len(letter.upper()) == 1:
            found[letter.upper()] = math.log(0.2 * share / whole)
    # The Turkish pair İ/ı and I/i is not what str.upper says.
    if "ı" in found:
        found["İ"] = found["ş"]
    return found


def _misplaced(text: str) -> float:
    count = sum(len(pattern.findall(text)) for pattern in _MISPLACEMENTS)
    for before, after in pairwise(text):
        if after >= "\x80" and after.isupper() and before.islower():
            count += 1
    return _MISPLACED * count


def plain(text: str) -> str:
    """Letters and digits only, without case and accents: how names of columns are compared."""
    folded = text.casefold().replace("ı", "i").replace("ə", "e").replace("ß", "ss")
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if character.isalnum())

"""The whole comparison as Markdown: the table, and what has to be said below it."""

from collections.abc import Sequence

from benchmarks.pacing.cells import BAD_DAY_RATIO, LIMIT_RATIO, Cell
from benchmarks.pacing.contenders import BY_LABEL, RULE
from benchmarks.pacing.worlds import World

OPENED, CLOSED = "<!-- table -->", "<!-- end of table -->"
"""Between these two lines of a page stands what the last whole run printed."""

Column = tuple[str, int]
"""World's name and team size."""


def column_of(world: World) -> Column:
    """Where a world stands in the table."""
    return world.name, world.agents


def markdown(cells: Sequence[Cell], limits: dict[Column, float]) -> str:
    """The table, with `limits` as its last row, and the remarks."""
    columns = list(dict.fromkeys(column_of(cell.world) for cell in cells))
    labels = list(dict.fromkeys(cell.label for cell in cells))
    by_place = {(cell.label, column_of(cell.world)): cell for cell in cells}
    lines = [
        "| | " + " | ".join(f"{name} n={agents}" for name, agents in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for label in labels:
        found = [by_place.get((label, column)) for column in columns]
        mark = "*" if BY_LABEL[label].is_tuned else ""
        texts = ["" if cell is None else figure(cell) for cell in found]
        lines.append(f"| {label}{mark} | " + " | ".join(texts) + " |")
    if limits:
        texts = [f"{limits[column]:.3f}" if column in limits else "" for column in columns]
        lines.append("| limit for exponential durations | " + " | ".join(texts) + " |")
    return "\n".join([*lines, "", *remarks(cells)])


def inserted(page: str, text: str) -> str:
    """The page with `text` in the place of its old table; ValueError when it has no such place."""
    before, opened, rest = page.partition(OPENED)
    _, closed, after = rest.partition(CLOSED)
    if not (opened and closed):
        raise ValueError(f"the page has no place for a table: put {OPENED} and {CLOSED} into it")
    return f"{before}{OPENED}\n\n{text.strip()}\n\n{CLOSED}{after}"


def figure(cell: Cell) -> str:
    """Utilisation with its 95 % interval; abandonment and days in brackets."""
    half = cell.utilisation.high - cell.utilisation.mean
    lost = f"{cell.abandonment * 100.0:.2f} %; {len(cell.days)}"
    text = f"{cell.utilisation.mean:.3f} ±{half:.3f} ({lost})"
    return f"**{text}**" if BY_LABEL[cell.label].is_ours else text


def remarks(cells: Sequence[Cell]) -> list[str]:
    """What the table alone does not say."""
    return [
        "Utilisation ± 95 % interval over days (abandoned ÷ live answers over all days; days).",
        "\\* settings searched on each world, on other seeds than those shown.",
        "",
        *_beaten(cells),
        "",
        *_bad_days(cells),
        "",
        *_tuned(cells),
    ]


def _beaten(cells: Sequence[Cell]) -> list[str]:
    ours = {column_of(cell.world): cell for cell in cells if cell.label == RULE}
    lawful: list[str] = []
    lawless: list[str] = []
    for cell in cells:
        rule = ours.get(column_of(cell.world))
        if rule is None or BY_LABEL[cell.label].is_ours:
            continue
        if cell.utilisation.mean <= rule.utilisation.mean:
            continue
        line = (
            f"- {cell.label}, {cell.world.name} n={cell.world.agents}: "
            f"{cell.utilisation.mean:.3f} ({cell.abandonment * 100.0:.1f} %) against "
            f"{rule.utilisation.mean:.3f} ({rule.abandonment * 100.0:.1f} %)"
        )
        # What the table rounds to the limit is at the limit.
        (lawful if cell.abandonment < LIMIT_RATIO + 0.0005 else lawless).append(line)
    if not ours:
        return []
    first = "Cells where a peer at no more than 3.0 % abandoned is above the rule:"
    second = "Cells where a peer is above the rule by abandoning more than 3.0 %:"
    return [first, "", *(lawful or ["- none"]), "", second, "", *(lawless or ["- none"])]


def _bad_days(cells: Sequence[Cell]) -> list[str]:
    lines = []
    for label in dict.fromkeys(cell.label for cell in cells if BY_LABEL[cell.label].is_ours):
        ours = [cell for cell in cells if cell.label == label]
        texts = [
            f"{cell.world.name} n={cell.world.agents} "
            f"{sum(day.abandonment > BAD_DAY_RATIO for day in cell.days)} of {len(cell.days)}"
            for cell in ours
        ]
        bad = sum(day.abandonment > BAD_DAY_RATIO for cell in ours for day in cell.days)
        days = sum(len(cell.days) for cell in ours)
        lines.append(
            f"Days of {label} above {BAD_DAY_RATIO * 100.0:.1f} %: {bad} of {days} "
            f"({', '.join(texts)})."
        )
    return lines


def _tuned(cells: Sequence[Cell]) -> list[str]:
    found = [cell for cell in cells if BY_LABEL[cell.label].is_tuned]
    if not found:
        return []
    lines = ["Settings found by search:", ""]
    for label in dict.fromkeys(cell.label for cell in found):
        texts = [
            f"{cell.world.name} n={cell.world.agents}: {cell.settings}"
            for cell in found
            if cell.label == label
        ]
        lines.append(f"- {label}: {'; '.join(texts)}")
    return lines

"""Makes customers.csv.gz from the public bank telemarketing data, and the made-up permissions
that a campaign for it needs: the same bytes of text every time.

    python examples/bank_telesales/make_list.py ORIGINAL.csv[.gz] [OUTPUT_FOLDER]

ORIGINAL is the table of README.md, with or without the economic indicators, separated by commas or
semicolons. Names and telephone numbers are not in it and are made up here.
"""

import csv
import gzip
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path

AREA_CODES = {
    "eastern": """
        201 202 203 207 212 215 216 219 220 223 226 227 229 231 234 239 240 248 249 252 260
        263 267 269 270 272 273 276 283 289 301 302 304 305 313 315 317 321 324 326 329 330
        332 336 339 343 347 351 352 354 363 364 365 367 380 382 386 401 404 407 410 412 413
        416 418 419 428 434 437 438 440 443 445 448 450 463 468 470 472 475 478 484 502 506
        508 513 514 516 517 518 519 540 548 551 561 567 570 571 574 579 581 582 585 586 603
        606 607 609 610 613 614 616 617 631 640 645 646 647 656 667 678 680 681 683 686 703
        704 705 706 709 716 717 718 724 727 728 732 734 740 742 743 753 754 757 762 765 770
        771 772 774 781 782 786 802 803 804 807 810 812 813 814 819 821 826 828 835 838 839
        843 845 848 850 854 856 857 859 860 862 863 864 865 873 878 879 902 904 905 906 908
        910 912 914 917 919 929 930 934 937 941 942 943 947 948 954 959 973 978 980 984 989
    """,
    "central": """
        204 205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 306 308 309 312 314
        316 318 319 320 325 327 331 334 337 346 353 361 402 405 409 414 417 423 430 431 432
        447 464 469 474 479 501 504 507 512 515 531 534 539 557 563 572 573 580 584 601 605
        608 612 615 618 620 629 630 636 639 641 651 659 660 662 682 689 701 708 712 713 715
        726 730 731 737 763 769 773 779 785 806 815 816 817 830 832 847 870 872 901 903 913
        918 920 931 936 938 940 945 952 956 972 975 979 985
    """,
    "mountain": """
        208 303 307 368 385 403 406 435 480 505 520 575 587 602 623 719 720 748 775 780 801
        825 867 915 928 970 983 986
    """,
    "pacific": """
        206 209 213 236 250 253 257 279 310 323 341 350 360 369 408 415 424 425 442 458 503
        509 510 530 541 559 562 564 604 619 626 628 650 657 661 669 672 702 707 714 725 738
        747 760 778 805 808 818 820 831 840 858 907 909 916 925 949 951 971
    """,
}
"""Geographic area codes of the United States and Canada, by the clock most of the area keeps."""
LINES = range(100, 200)
"""555-0100 to 555-0199 are set aside for fictional use in every area code of the North American
plan."""
SEED = 20_081_110
COLUMNS = (
    "customer_id",
    "name",
    "phone",
    "age",
    "job",
    "marital",
    "education",
    "default",
    "housing",
    "loan",
    "campaign",
    "pdays",
    "previous",
    "last_talk_seconds",
    "subscribed",
)
_RENAMED = {"last_talk_seconds": "duration", "subscribed": "y"}
_YES_NO = {"0": "no", "1": "yes"}


def fictional_numbers() -> list[str]:
    """Every number used, in a shuffled order, so that each part of the list spans the time
    zones."""
    numbers = [
        f"({area}) 555-{line:04d}"
        for codes in AREA_CODES.values()
        for area in codes.split()
        for line in LINES
    ]
    random.Random(SEED).shuffle(numbers)  # noqa: S311 - nothing secret, only the same every time
    return numbers


def rows(original: Path) -> Iterator[list[str]]:
    """The header and one row for each customer of the original, shuffled.

    The original is in the order of its 30 months, in which the share of buyers grew tenfold;
    shuffled, any part of the list is like the whole.
    """
    opener = gzip.open if original.suffix == ".gz" else open
    with opener(original, "rt", encoding="utf-8-sig", newline="") as file:
        text = file.read()
    separator = ";" if text.partition("\n")[0].count(";") else ","
    numbers = fictional_numbers()
    yield list(COLUMNS)
    records = list(enumerate(csv.DictReader(io.StringIO(text), delimiter=separator)))
    random.Random(SEED).shuffle(records)  # noqa: S311 - nothing secret, only the same every time
    for index, record in records:
        made = {
            "customer_id": f"C{index + 1:05d}",
            "name": f"Customer {index + 1:05d}",
            "phone": numbers[index],
        }
        values = [made.get(name) or record[_RENAMED.get(name, name)] for name in COLUMNS]
        values[-1] = _YES_NO.get(values[-1], values[-1])
        yield values


def permissions(customers: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Numbers on a made-up national do-not-call list, and the consents of most of the others.

    One customer in a hundred is on the list; three in a hundred have given no consent.
    """
    draw = random.Random(SEED)  # noqa: S311 - nothing secret, only the same every time
    refused: list[str] = []
    consents = [["number", "given_at", "source", "proof"]]
    for customer_id, _, phone, *_ in customers:
        number = "+1" + "".join(c for c in phone if c.isdigit())
        chance = draw.random()
        if chance < 0.01:
            refused.append(number)
        elif chance >= 0.04:
            given_at = f"2025-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
            consents.append([number, given_at, "account contract", f"contract {customer_id}"])
    return refused, consents


def main(arguments: list[str]) -> None:
    """Write the files beside this script, or into the folder of the second argument."""
    folder = Path(arguments[1]) if arguments[1:] else Path(__file__).parent
    table = list(rows(Path(arguments[0])))
    refused, consents = permissions(table[1:])
    _write(folder / "customers.csv.gz", table)
    _write(folder / "consents.csv.gz", consents)
    (folder / "national_do_not_call.txt").write_text("\n".join(sorted(refused)) + "\n")


def _write(path: Path, table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(table)
    # No name and no time in the gzip header, so that the same text gives the same file.
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
    ):
        packed.write(text.getvalue().encode())


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(sys.argv[1:])

"""North America: area codes, ZIP and postal codes, and the states and provinces they are in.

Area codes follow the phonenumbers library's table of places, which follows NANPA's assignments; a
test compares the two, so that a newer library with a new area code is noticed. Codes that several
provinces share (902, 782, 867) and those of no place (toll-free) are left out: they do not tell.
ZIP ranges are those of the first three digits, USPS Domestic Mail Manual, labeling list L002.
"""

US_STATES: dict[str, str] = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}
CANADIAN_PROVINCES: dict[str, str] = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Quebec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}

US_STATES_BY_WINTER_HOURS: dict[int, frozenset[str]] = {
    -5: frozenset(
        [
            "CT",
            "DC",
            "DE",
            "FL",
            "GA",
            "IN",
            "KY",
            "MA",
            "MD",
            "ME",
            "MI",
            "NC",
            "NH",
            "NJ",
            "NY",
            "OH",
            "PA",
            "RI",
            "SC",
            "TN",
            "VA",
            "VT",
            "WV",
        ]
    ),
    -6: frozenset(
        [
            "AL",
            "AR",
            "FL",
            "IA",
            "IL",
            "IN",
            "KS",
            "KY",
            "LA",
            "MI",
            "MN",
            "MO",
            "MS",
            "ND",
            "NE",
            "OK",
            "SD",
            "TN",
            "TX",
            "WI",
        ]
    ),
    -7: frozenset(
        ["AZ", "CO", "ID", "KS", "MT", "ND", "NE", "NM", "NV", "OR", "SD", "TX", "UT", "WY"]
    ),
    -8: frozenset(["CA", "ID", "NV", "OR", "WA"]),
    -9: frozenset(["AK"]),
    -10: frozenset(["AK", "HI"]),
}
"""States by their zones' hours from UTC in January (49 CFR part 71); a state on a border is in
two."""

AREA_CODES: dict[str, str] = {
    "AL": "205 251 256 334 659 938",
    "AK": "907",
    "AZ": "480 520 602 623 928",
    "AR": "327 479 501 870",
    "CA": (
        "209 213 279 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 "
        "669 707 714 738 747 760 805 818 820 831 840 858 909 916 925 949 951"
    ),
    "CO": "303 719 720 748 970 983",
    "CT": "475 860 959",
    "DE": "302",
    "DC": "202 771",
    "FL": (
        "239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 "
        "941 954"
    ),
    "GA": "229 404 470 478 678 706 762 770 912 943",
    "HI": "808",
    "ID": "208 986",
    "IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 872",
    "IN": "219 260 317 463 574 765 812 930",
    "IA": "319 515 563 641 712",
    "KS": "316 620 785 913",
    "KY": "270 364 502 606 859",
    "LA": "225 318 337 504 985",
    "ME": "207",
    "MD": "227 240 301 410 443 667",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MI": "231 248 269 313 517 586 616 734 810 906 947 989",
    "MN": "218 320 507 612 651 763 952",
    "MS": "228 601 662 769",
    "MO": "235 314 417 557 573 636 660 816 975",
    "MT": "406",
    "NE": "308 402 531",
    "NV": "702 725 775",
    "NH": "603",
    "NJ": "201 551 609 640 732 848 856 862 908 973",
    "NM": "505 575",
    "NY": "212 315 329 332 347 363 516 518 585 607 631 646 680 716 838 845 914 917 929 934",
    "NC": "252 336 472 704 743 828 910 919 980 984",
    "ND": "701",
    "OH": "216 220 234 283 326 330 380 419 440 513 567 614 740 937",
    "OK": "405 539 572 580 918",
    "OR": "458 503 541 971",
    "PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "RI": "401",
    "SC": "803 821 839 843 854 864",
    "SD": "605",
    "TN": "423 615 629 731 865 901 931",
    "TX": (
        "210 214 254 281 325 346 361 409 430 432 469 512 682 726 737 806 817 830 832 903 915 "
        "936 940 945 956 972 979"
    ),
    "UT": "385 435 801",
    "VT": "802",
    "VA": "276 434 540 571 686 703 757 804 826 948",
    "WA": "206 253 360 425 509 564",
    "WV": "304 681",
    "WI": "262 274 353 414 534 608 715 920",
    "WY": "307",
    "AB": "368 403 587 780 825",
    "BC": "236 250 257 604 672 778",
    "MB": "204 431 584",
    "NB": "428 506",
    "NL": "709 879",
    "ON": "226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 807 942",
    "QC": "263 273 354 367 418 438 450 468 514 579 581 819 873",
    "SK": "306 474 639",
}

_ZIP_RANGES = (
    "005 005 NY, 010 027 MA, 028 029 RI, 030 038 NH, 039 049 ME, 050 054 VT, 055 055 MA, "
    "056 059 VT, 060 069 CT, 070 089 NJ, 100 149 NY, 150 196 PA, 197 199 DE, 200 200 DC, "
    "201 201 VA, 202 205 DC, 206 212 MD, 214 219 MD, 220 246 VA, 247 268 WV, 270 289 NC, "
    "290 299 SC, 300 319 GA, 320 339 FL, 341 342 FL, 344 344 FL, 346 347 FL, 349 349 FL, "
    "350 352 AL, 354 369 AL, 370 385 TN, 386 397 MS, 398 399 GA, 400 427 KY, 430 459 OH, "
    "460 479 IN, 480 499 MI, 500 516 IA, 520 528 IA, 530 532 WI, 534 535 WI, 537 549 WI, "
    "550 551 MN, 553 567 MN, 570 577 SD, 580 588 ND, 590 599 MT, 600 620 IL, 622 629 IL, "
    "630 631 MO, 633 641 MO, 644 658 MO, 660 662 KS, 664 679 KS, 680 681 NE, 683 693 NE, "
    "700 701 LA, 703 708 LA, 710 714 LA, 716 729 AR, 730 731 OK, 733 733 TX, 734 741 OK, "
    "743 749 OK, 750 770 TX, 772 799 TX, 800 816 CO, 820 831 WY, 832 838 ID, 840 847 UT, "
    "850 853 AZ, 855 857 AZ, 859 860 AZ, 863 865 AZ, 870 871 NM, 873 884 NM, 885 885 TX, "
    "889 891 NV, 893 895 NV, 897 898 NV, 900 908 CA, 910 928 CA, 930 961 CA, 967 968 HI, "
    "970 979 OR, 980 986 WA, 988 994 WA, 995 999 AK"
)
_PROVINCES_BY_LETTER = {
    "A": "NL",
    "B": "NS",
    "C": "PE",
    "E": "NB",
    "G": "QC",
    "H": "QC",
    "J": "QC",
    "K": "ON",
    "L": "ON",
    "M": "ON",
    "N": "ON",
    "P": "ON",
    "R": "MB",
    "S": "SK",
    "T": "AB",
    "V": "BC",
    "Y": "YT",
}
"""Canada Post's forward sortation areas by first letter; X is shared by two territories."""


def _read_zip_ranges() -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _ZIP_RANGES.split(", "):
        first, last, state = part.split()
        found.update((f"{prefix:03}", state) for prefix in range(int(first), int(last) + 1))
    return found


_STATE_OF_AREA = {
    code: subdivision for subdivision, codes in AREA_CODES.items() for code in codes.split()
}
_STATE_OF_ZIP = _read_zip_ranges()


def subdivision_of_area_code(code: str) -> str | None:
    """The state or province of three digits; None where the code does not tell."""
    return _STATE_OF_AREA.get(code)


def state_of_zip(text: str) -> str | None:
    """The state of a ZIP code such as "33101" or "33101-4321"; None when it is none.

    Spreadsheets eat the leading zero of New England's codes, so four digits are read with it.
    """
    digits = text.partition("-")[0].strip()
    if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 5):
        return None
    return _STATE_OF_ZIP.get(digits.zfill(5)[:3])


def province_of_postal_code(text: str) -> str | None:
    """The province of a Canadian postal code such as "K1A 0B1"; None when it does not tell."""
    cleaned = text.replace(" ", "").upper()
    if len(cleaned) not in (3, 6) or not cleaned[1:2].isdigit():
        return None
    return _PROVINCES_BY_LETTER.get(cleaned[0])

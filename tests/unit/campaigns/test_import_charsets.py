# ruff: noqa: RUF001 - names in several languages
"""Which letters bytes are, and which names columns have, in several languages."""

from pathlib import Path

import pytest

from campaigns.lead_import import BadFile, Role, parse_mapping
from campaigns.lead_import.charsets import charset_of_sample, known_encoding
from tests.support.tables import read_bytes, read_table

NAMES = {
    ("cp1250", "Polish"): "Grażyna Świątek, Łukasz Wiśniewski, Paweł Jabłoński, Żaneta Kępińska",
    (
        "cp1250",
        "Czech",
    ): "Jiří Dvořák, Božena Němcová, Tomáš Růžička, Zdeněk Žižka, Markéta Šťastná",
    ("cp1250", "Hungarian"): "Győző Szűcs, Erzsébet Kőszegi, Gergő Tóth, Zsófia Dörömbözi",
    ("cp1251", "Russian"): "Иван Петров, Наталья Щербакова, Сергей Ёлкин",
    ("cp1251", "Ukrainian"): "Олексій Їжакевич, Ганна Ґонтар, Євген Ільченко",
    ("cp1254", "Turkish"): "Ayşe Yılmaz, Oğuzhan Çağlar, Gülşah Işık, İbrahim Şahin",
    ("cp1254", "German"): "Jürgen Müller, Käthe Schäfer, Björn Weiß",
    ("cp1254", "French"): "Hélène Lefèvre, Gérard Noël, François Hébert",
    ("cp1254", "Spanish"): "José Núñez, María Muñoz, Ángel Ibáñez",
    ("cp1257", "Lithuanian"): "Jūratė Žukauskienė, Rūta Šimkutė, Ąžuolas Čepaitis, Gintarė Kęsminė",
    ("cp1257", "Latvian"): "Jānis Bērziņš, Līga Kļaviņa, Mārtiņš Žagars, Kārlis Ģērmanis",
    ("cp1257", "Estonian"): "Jüri Mägi, Õnne Pärn, Tõnu Šmidt",
}


@pytest.mark.parametrize(("page", "language"), NAMES)
def test_names_are_read_in_their_code_page_without_help(
    page: str, language: str, tmp_path: Path
) -> None:
    names = NAMES[page, language].split(", ")
    rows = "".join(f"{name};(202) 555-01{index:02d}\r\n" for index, name in enumerate(names))
    table = read_bytes(tmp_path, ("name;phone\r\n" + rows).encode(page), region="US")
    assert [lead.name for lead in table.leads] == names


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str, tmp_path: Path) -> None:
    text = "Ad;Telefon\nAysel Əliyeva;0501234567\nGülnar İsmayılova;0551234567\n"
    table = read_bytes(tmp_path, text.encode(encoding), region="AZ")
    assert [lead.name for lead in table.leads] == ["Aysel Əliyeva", "Gülnar İsmayılova"]
    assert table.numbers == ["+994501234567", "+994551234567"]


def test_the_first_accent_may_be_in_the_last_of_many_rows(tmp_path: Path) -> None:
    rows = "".join(f"Customer {n};+1 202 555 01{n % 100:02d}\n" for n in range(4_000))
    text = f"name;phone\n{rows}Łukasz Wiśniewski;+1 202 555 0177\n"
    table = read_bytes(tmp_path, text.encode("cp1250"), region="PL")
    assert table.layout.encoding == "cp1250"
    assert table.leads[-1].name == "Łukasz Wiśniewski"


def test_the_region_decides_what_the_letters_leave_open() -> None:
    # 0xF0 0xFE is ğş in Turkish and šž in Lithuanian; two letters prove little.
    sample = b"name\nA\xf0a\nA\xfea\n"
    assert charset_of_sample(sample, region="TR").encoding == "cp1254"
    assert charset_of_sample(sample, region="LT").encoding == "cp1257"
    assert not charset_of_sample(sample, region="LT").is_certain


def test_letters_that_all_code_pages_share_are_certain() -> None:
    assert charset_of_sample("name\nJürgen Müller\n".encode("cp1252"), region="DE").is_certain


def test_a_given_encoding_is_obeyed(tmp_path: Path) -> None:
    content = "name;phone\nПётр;(202) 555-0100\n".encode("koi8-r")
    assert read_bytes(tmp_path, content, encoding="koi8-r").leads[0].name == "Пётр"


@pytest.mark.parametrize(
    ("name", "python_name"),
    [("Windows-1251", "cp1251"), ("1254", "cp1254"), ("UTF-8", "utf-8-sig"), ("rot13", None)],
)
def test_encodings_are_known_by_their_common_names(name: str, python_name: str | None) -> None:
    assert known_encoding(name) == python_name


def test_an_unknown_encoding_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match='"klingon" is no known encoding; give one such as'):
        read_bytes(tmp_path, b"phone\n2025550100\n", encoding="klingon")


def test_a_broken_byte_costs_its_own_row_only(tmp_path: Path) -> None:
    good = "Aysel Əliyeva,0501234567\n".encode()
    content = b"name,phone\n" + good * 3 + b"\xff\xfe,0501234568\n" + good
    table = read_bytes(tmp_path, content, region="AZ", encoding="utf-8")
    assert len(table.leads) == 4
    assert table.reasons == {
        5: "the line holds bytes that are no UTF-8 text; give the file's encoding"
    }


@pytest.mark.parametrize(
    ("header", "phones", "name"),
    [
        ("Phone,Name", (0,), (1,)),
        ("name,mobile,phone2,Home Phone", (1, 2, 3), (0,)),
        ("Müştəri,Nömrə,Şəhər", (1,), (0,)),
        ("AD SOYAD,CEP TELEFONU,İL", (1,), (0,)),
        ("ФИО,Номер телефона,Город", (1,), (0,)),
        ("Vorname,Nachname,Rufnummer", (2,), (0, 1)),
        ("Nom,Prénom,Téléphone", (2,), (1, 0)),
        ("tel_1,tel_2,id", (0, 1), ()),
    ],
)
def test_columns_are_known_by_their_names(
    header: str, phones: tuple[int, ...], name: tuple[int, ...], tmp_path: Path
) -> None:
    cells = ["x"] * (header.count(",") + 1)
    for index in phones:
        cells[index] = "+12025550100"
    table = read_bytes(tmp_path, f"{header}\n{','.join(cells)}\n".encode())
    assert table.columns.phones == phones
    assert table.columns.name == name


def test_a_column_named_mobile_that_holds_words_is_no_telephone(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"contact,mobile\n(202) 555-0100,yes\n(202) 555-0101,no\n")
    assert table.numbers == ["+12025550100", "+12025550101"]
    assert table.leads[0].fields == {"mobile": "yes"}


def test_a_table_without_header_is_known_by_its_contents(tmp_path: Path) -> None:
    table = read_bytes(tmp_path, b"Ann;(202) 555-0100;7\nBob;(202) 555-0101;8\n")
    assert not table.columns.has_header
    assert table.numbers == ["+12025550100", "+12025550101"]
    assert table.leads[0].fields == {"column_1": "Ann", "column_3": "7"}


def test_no_telephone_column_is_one_sentence_with_the_columns(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r'phone=COLUMN\. The columns are "a", "b"'):
        read_bytes(tmp_path, b"a,b\n1,2\n")


def test_a_person_maps_columns(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"who,Nomer 1,x,junk\nAnn,2025550100,2025550101,z\n")
    mapping = parse_mapping(["phone=nomer 1", "phone=x", "name=1", "skip=junk"])
    table = read_table(path, mapping=mapping)
    assert [phone.number for phone in table.leads[0].numbers] == ["+12025550100", "+12025550101"]
    assert table.leads[0].name == "Ann"
    assert table.leads[0].fields == {}


@pytest.mark.parametrize("item", ["phone", "fone=a", "phone=", "=a"])
def test_a_mapping_that_maps_nothing_is_refused(item: str) -> None:
    with pytest.raises(BadFile, match="maps nothing; write role=column"):
        parse_mapping([item])


def test_a_mapping_to_no_column_is_refused_with_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"a,phone\n1,2025550100\n")
    with pytest.raises(BadFile, match='no column "nomer"; the columns are "a", "phone"'):
        read_table(path, mapping={Role.PHONE: ("nomer",)})

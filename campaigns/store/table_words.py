"""What all table definitions share: the metadata, instants and identities."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANT = DateTime(timezone=True)


def identity() -> Column[int]:
    """The primary key `id`, counted by the database."""
    return Column("id", BigInteger, Identity(always=False), primary_key=True)

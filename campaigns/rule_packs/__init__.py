"""The law as dated, cited, tested data: who may be called when, how often, and on what terms.

data/*.toml           the packs, for a lawyer to read (docs/rule-packs.md)
rules, pack           what they hold, as values
reading*              the files, read strictly
examples              the cases written beside the rules
packs                 which rules apply where
applied               the strictest of each sort
law_window            calling hours: the campaign's, narrowed by every law and holiday
difference            what changed between two directories of packs
"""

from campaigns.rule_packs.applied import Applied
from campaigns.rule_packs.law_window import Closed, LawWindow
from campaigns.rule_packs.pack import Pack, PackError
from campaigns.rule_packs.packs import Packs, load_packs, packs_from
from campaigns.rule_packs.rules import (
    AbandonmentLedger,
    ConsentRequired,
    LedgerWindow,
    Mark,
    NationalList,
    RecordsRetention,
    Rule,
)

__all__ = [
    "AbandonmentLedger",
    "Applied",
    "Closed",
    "ConsentRequired",
    "LawWindow",
    "LedgerWindow",
    "Mark",
    "NationalList",
    "Pack",
    "PackError",
    "Packs",
    "RecordsRetention",
    "Rule",
    "load_packs",
    "packs_from",
]

"""What the audit log says of a change: the keys that differ, before and after."""

from campaigns.store.audit import changes


def test_only_what_differs_is_told_with_tables_by_their_dotted_keys() -> None:
    before = {"name": "spring", "retry": {"max": 3, "busy": "10 min"}, "trunks": ["a"]}
    after = {"name": "spring", "retry": {"max": 5, "busy": "10 min"}, "trunks": ["a", "b"]}
    assert changes(before, after) == {
        "before": {"retry.max": 3, "trunks": ["a"]},
        "after": {"retry.max": 5, "trunks": ["a", "b"]},
    }


def test_a_key_that_came_or_went_stands_on_one_side_only() -> None:
    assert changes({"a": 1}, {"b": 2}) == {"before": {"a": 1}, "after": {"b": 2}}


def test_nothing_changed_is_nothing_told() -> None:
    assert changes({"a": {"b": {}}}, {"a": {"b": {}}}) == {"before": {}, "after": {}}

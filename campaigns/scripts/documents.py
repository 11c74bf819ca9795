"""A script as JSON, for the browser. What is in it is documented in docs/scripts.md."""

from typing import Any

from campaigns.scripts.expressions import as_json as expression_json
from campaigns.scripts.graph import distances
from campaigns.scripts.questions import Question
from campaigns.scripts.script import End, Script, Step
from campaigns.scripts.texts import as_json as text_json

FORMAT = 1
"""Grows when a browser written for the old one would go wrong."""


def to_json(script: Script) -> dict[str, Any]:
    """The whole script; texts are lists of parts and conditions are trees."""
    to_end = distances(script)
    return {
        "format": FORMAT,
        "name": script.name,
        "title": script.title,
        "greeting": text_json(script.greeting),
        "first": script.steps[0].id,
        "steps": [_step(each) | {"distance": to_end.get(each.id, 1)} for each in script.steps],
        "ends": [_end(each) for each in script.ends],
        "objections": [
            {
                "id": each.id,
                "title": each.title,
                "text": text_json(each.text),
                "key": each.key,
                "to": each.to,
            }
            for each in script.objections
        ],
        "quotas": [
            {"name": each.name, "when": expression_json(each.when), "target": each.target}
            for each in script.quotas
        ],
        "outside_quotas": script.outside_quotas.value,
        "quota_end": None if script.quota_end is None else script.quota_end.id,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "title": step.title,
        "text": text_json(step.text),
        "note": text_json(step.note),
        "required": step.is_required,
        "questions": [_question(each) for each in step.questions],
        "branches": [{"when": expression_json(b.when), "to": b.to} for b in step.branches],
        "next": step.next,
    }


def _end(end: End) -> dict[str, Any]:
    return {
        "id": end.id,
        "title": end.title,
        "text": text_json(end.text),
        "note": text_json(end.note),
        "result": end.result.value,
        "disposition": end.disposition,
    }


def _question(question: Question) -> dict[str, Any]:
    pattern = question.pattern
    return {
        "id": question.id,
        "text": text_json(question.text),
        "kind": question.kind.value,
        "measure": None if question.measure is None else question.measure.value,
        "required": question.is_required,
        "no_answer": question.allows_no_answer,
        "ask_again": question.asks_again,
        "when": None if question.when is None else expression_json(question.when),
        "choices": [{"code": each.code, "label": each.label} for each in question.choices],
        "other": question.has_other,
        "exclusive": list(question.exclusive),
        "low": question.low,
        "high": question.high,
        "low_label": question.low_label,
        "high_label": question.high_label,
        "decimals": question.decimals,
        "first_day": None if question.first_day is None else question.first_day.isoformat(),
        "last_day": None if question.last_day is None else question.last_day.isoformat(),
        "length_max": question.length_max,
        "pattern": None if pattern is None else pattern.source,
        "pattern_hint": "" if pattern is None else pattern.hint,
    }

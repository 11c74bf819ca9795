"""The statement that fills hoppers: which leads are called next, among millions, by index alone."""

_FEW_MIN = 8
"""Leads of each key looked at first, beside its double share: keys differ in how early their leads
are due."""

LEASE = """
WITH pair AS MATERIALIZED (
    SELECT key.time_zones, key.jurisdictions, key.priority, fresh.is_fresh
    FROM hopper_key AS key
    JOIN unnest(CAST(:open_zones AS text[]), CAST(:open_places AS text[]))
      AS open(time_zones, jurisdictions) USING (time_zones, jurisdictions)
    CROSS JOIN (VALUES (true), (false)) AS fresh(is_fresh)
    WHERE key.campaign_id = :campaign_id
), best AS MATERIALIZED (
    SELECT rank.priority, rank.is_fresh, one.*
    FROM (
        SELECT DISTINCT priority, is_fresh, is_fresh = :fresh_first AS is_first FROM pair
        ORDER BY priority DESC, is_first DESC
    ) AS rank CROSS JOIN LATERAL (
        SELECT pair.time_zones, pair.jurisdictions, due.next_call_at, due.id
        FROM pair CROSS JOIN (
            SELECT coalesce(max(next_call_at), :now) AS next_call_at,
                   coalesce(max(id), 9223372036854775807) AS id
            FROM (
                SELECT few.next_call_at, few.id FROM pair CROSS JOIN LATERAL (
                    SELECT id, next_call_at FROM lead
                    WHERE campaign_id = :campaign_id AND time_zones = pair.time_zones
                      AND jurisdictions = pair.jurisdictions AND priority = pair.priority
                      AND is_fresh = pair.is_fresh AND state = 'callable' AND next_call_at <= :now
                    ORDER BY next_call_at, id LIMIT :few
                ) AS few
                WHERE pair.priority = rank.priority AND pair.is_fresh = rank.is_fresh
                ORDER BY few.next_call_at, few.id OFFSET :count - 1 LIMIT 1
            ) AS last
        ) AS bound CROSS JOIN LATERAL (
            SELECT id, next_call_at FROM lead
            WHERE campaign_id = :campaign_id AND time_zones = pair.time_zones
              AND jurisdictions = pair.jurisdictions AND priority = pair.priority
              AND is_fresh = pair.is_fresh AND state = 'callable'
              AND (next_call_at, id) <= (bound.next_call_at, bound.id)
            ORDER BY next_call_at, id LIMIT :count
        ) AS due
        WHERE pair.priority = rank.priority AND pair.is_fresh = rank.is_fresh
        ORDER BY due.next_call_at, due.id LIMIT :count
    ) AS one
    LIMIT :count
), wanted AS MATERIALIZED (
    SELECT time_zones, jurisdictions, priority, is_fresh, count(*) AS count FROM best
    GROUP BY 1, 2, 3, 4
), taken AS MATERIALIZED (
    SELECT one.* FROM wanted CROSS JOIN LATERAL (
        SELECT id FROM lead
        WHERE campaign_id = :campaign_id AND time_zones = wanted.time_zones
          AND jurisdictions = wanted.jurisdictions AND priority = wanted.priority
          AND is_fresh = wanted.is_fresh
          AND state = 'callable' AND next_call_at <= :now
        ORDER BY next_call_at, id LIMIT wanted.count
        FOR UPDATE SKIP LOCKED
    ) AS one
), moved AS (
    UPDATE lead SET state = 'leased', leased_by = :owner
    WHERE lead.id = ANY(ARRAY(SELECT id FROM taken))
    RETURNING lead.id, lead.next_position, lead.tries, lead.priority, lead.is_fresh,
              lead.next_call_at, lead.time_zones, lead.jurisdictions
)
SELECT moved.id AS lead_id, phone.id AS phone_id, phone.number, phone.kind, moved.time_zones,
       moved.jurisdictions, moved.tries
FROM moved JOIN lead_phone AS phone
  ON phone.lead_id = moved.id AND phone.position = moved.next_position
ORDER BY moved.priority DESC, moved.is_fresh = :fresh_first DESC, moved.next_call_at, moved.id
"""
"""First which (zones, places, priority, freshness) the best `count` leads come from, by index alone
and without locks, rank by rank until there are enough; then as many from each, locked, stepping
over rows another lease holds at this moment. Of many keys a `few` leads each are looked at before:
the last of the best `count` among those bounds all others, so that a campaign of a whole country
reads some times `count` index entries, not `count` for each of its zones and places."""

LEAD_PAST = """
SELECT lead.id, lead.list_id, attempt.outcome
FROM lead LEFT JOIN attempt ON attempt.id = lead.last_call_id
WHERE lead.id = ANY(CAST(:ids AS bigint[]))
"""
"""What else is known of leads that were just leased."""


def few_of(count: int, *, keys: int) -> int:
    """How many leads of each of `keys` zones and places are looked at first for `count` leads."""
    return min(count, 2 * count // keys + _FEW_MIN)

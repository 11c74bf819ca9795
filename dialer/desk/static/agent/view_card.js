// Who it is: the record from top to bottom, and everything that was said before.

import { duration, t } from "/static/words.js";
import { $, h, put } from "/static/agent/dom.js";
import { serverNow } from "/static/agent/clock.js";

const language = document.documentElement.lang || "en";

/** An ISO moment or Unix seconds as the language writes it. */
export function moment(at, zone, options = { dateStyle: "medium", timeStyle: "short" }) {
  const when = typeof at === "number" ? new Date(at * 1000) : new Date(at);
  return new Intl.DateTimeFormat(language, { ...options, timeZone: zone }).format(when);
}

const myZone = () => $("desk").dataset.zone;

/** The card of the call, a word that it is coming, or nothing. */
export function showCard(card) {
  const place = $("card");
  if (!card) return put(place, h("p", { class: "soft" }, t("The record stands here when a call comes.")));
  if (card.is_coming) return put(place, h("p", { class: "soft", role: "status" }, t("The record is being read…")));
  if (card.error) return put(place, h("p", { class: "note bad" }, card.error));
  put(
    place,
    h("h2", {}, card.name || t("No name")),
    h("p", { class: "number" }, card.number || card.phones[0]?.number || ""),
    h("p", { id: "local-time", class: "soft" }, localTime(card)),
    h("p", { class: "greeting" }, `“${card.greeting}”`),
    h("p", { class: "soft" }, [card.client, card.campaign, card.list].join(" · ")),
    h(
      "dl",
      {},
      card.external_id ? [h("dt", {}, t("Number in the list")), h("dd", {}, card.external_id)] : [],
      card.fields.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]),
      card.phones.length > 1
        ? card.phones.flatMap((phone) => [
            h("dt", {}, t("Telephone")),
            h("dd", {}, `${phone.number} (${phone.kind})`),
          ])
        : [],
    ),
  );
}

/** What the clock shows where the person is: with several zones, all that differ. */
export function localTime(card) {
  const shown = card.zones.map((zone) => moment(serverNow(), zone, { timeStyle: "short" }));
  const different = [...new Set(shown)];
  return different.length ? t("It is {time} there.", { time: different.join(" / ") }) : "";
}

const OUTCOMES = {
  connected: "spoken with", abandoned: "no agent in time", hung_up_early: "hung up at once",
  machine: "machine", busy: "busy", no_answer: "no answer", invalid_number: "no such number",
  rejected: "refused the call", congestion: "network busy", cancelled: "we ended it",
  switch_limit: "not placed", failed: "failed", unknown: "unknown", missed: "called us, missed",
};
/** Marked for translation: the words above. */
export const OUTCOME_WORDS = () => [
  t("spoken with"), t("no agent in time"), t("hung up at once"), t("machine"), t("busy"),
  t("no answer"), t("no such number"), t("refused the call"), t("network busy"), t("we ended it"),
  t("not placed"), t("failed"), t("unknown"), t("called us, missed"),
];

/** The history: conversations whole, tries that reached nobody in one line. */
export function showPast(card) {
  const place = $("past");
  if (!card || card.is_coming || card.error) {
    return put(place, h("h2", {}, t("History")), h("p", { class: "soft" }, t("Nothing to show.")));
  }
  const tries = card.contacts.filter((one) => one.outcome !== "connected" && !one.notes.length);
  const spoken = card.contacts.filter((one) => one.outcome === "connected" || one.notes.length);
  const open = card.callbacks.filter((one) => ["open", "due"].includes(one.state));
  put(
    place,
    h("h2", {}, t("History")),
    open.map((one) =>
      h("p", { class: "note warn" }, t("Promised for {when}", { when: moment(one.due_at, card.zones[0]) }),
        one.agent ? ` (${one.agent})` : "", one.note ? `: ${one.note}` : "")),
    card.hand_overs.map((one) =>
      h("p", { class: "note" }, t("Handed over to {name}, {when}", { name: one.specialist, when: moment(one.at, myZone()) }),
        one.note ? `: ${one.note}` : "")),
    spoken.length || tries.length
      ? h("ol", {}, spoken.map(contact), tries.length ? h("li", { class: "soft" }, triesLine(tries)) : null)
      : h("p", { class: "good-text" }, t("The first contact.")),
  );
}

function contact(one) {
  return h(
    "li",
    {},
    h(
      "div",
      { class: "head" },
      h("strong", {}, one.is_now ? t("In this call") : one.label || t(OUTCOMES[one.outcome] ?? one.outcome ?? "under way")),
      h("span", { class: "soft" }, moment(one.at, myZone())),
    ),
    h("div", { class: "soft" }, [
      one.is_inbound ? t("called us") : null, one.agent, one.campaign,
      one.talk_seconds ? duration(one.talk_seconds) : null,
    ].filter(Boolean).join(" · ")),
    one.notes.map((note) => h("blockquote", {}, note.agent && note.agent !== one.agent ? `${note.agent}: ` : "", note.body)),
    one.answers.length
      ? h("dl", { class: "answers" }, one.answers.flatMap((said) => [h("dt", {}, said.question), h("dd", {}, answerText(said.answer))]))
      : null,
  );
}

function answerText(answer) {
  if (typeof answer === "boolean") return answer ? t("yes") : t("no");
  return Array.isArray(answer) ? answer.join(", ") : String(answer);
}

function triesLine(tries) {
  const counts = new Map();
  for (const one of tries) counts.set(one.outcome, (counts.get(one.outcome) ?? 0) + 1);
  const words = [...counts].map(([outcome, count]) => `${count} × ${t(OUTCOMES[outcome] ?? outcome ?? "under way")}`);
  return t("Besides: {tries}; last {when}", { tries: words.join(", "), when: moment(tries[0].at, myZone()) });
}

/** The line at the foot: what the day has brought. */
export function dayFigures(day) {
  const seconds = (state) => day.seconds[state] ?? 0;
  return [
    [t("Calls"), String(day.calls)],
    [t("Talking"), duration(seconds("talking"))],
    [t("Sales"), String(day.sales)],
    [t("Handed over"), String(day.hand_overs)],
    [t("Callbacks due"), String(day.callbacks_due)],
    [t("Kept"), String(day.callbacks_kept)],
    [t("Late"), String(day.callbacks_late)],
    [t("Missed"), String(day.callbacks_missed)],
  ];
}

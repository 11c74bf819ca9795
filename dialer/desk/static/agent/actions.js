// What an agent can do now, by their state: a label, a key, and what is asked of the server.

import { ask } from "/static/asking.js";
import { t } from "/static/words.js";
import * as dialogs from "/static/agent/dialogs.js";
import { $ } from "/static/agent/dom.js";

/** Ask for one of the plain actions. */
export const act = (action, words = {}) => ask("POST", `/agent/do/${action}`, words);

/** The actions for this picture, in the order of their buttons: {key, label, run, kind}. */
export function actionsFor(picture, desk) {
  const state = picture.agent?.state;
  const found = [];
  const add = (key, label, run, kind = "") => found.push({ key, label, run: () => desk.attempt(run), kind });
  if (state === "logged_out") add("l", t("Log in"), desk.logIn, "primary");
  if (["paused", "connecting_leg"].includes(state)) add("r", t("Ready"), () => act("ready"), "primary");
  if (picture.preview) {
    add("d", t("Dial"), () => act("dial"), "primary");
    add("z", t("Skip"), () => act("skip"));
  }
  if (state === "talking") inTalk(picture, desk, add);
  if (state === "reserved") add("x", t("Hang up"), () => act("hangup"), "danger");
  if (state === "wrap_up") {
    if (picture.chosen) add("Enter", t("Say the result"), () => desk.dispose(picture.chosen), "primary");
    add("r", t("Ready"), () => desk.endWrapUp());
    onCard(picture, desk, add);
  }
  if (["ready", "reserved", "talking", "wrap_up"].includes(state)) {
    if (picture.agent.pending === "pause") add("p", t("Do not pause"), () => act("ready"));
    else add("p", t("Pause"), () => dialogs.pause((reason) => act("pause", { reason })));
  }
  if (state && state !== "logged_out") add("l", t("Log out"), () => desk.logOut());
  return found;
}

function inTalk(picture, desk, add) {
  const call = picture.call;
  if (call?.place === "held") add("h", t("Take back"), () => act("resume"), "primary");
  else add("h", t("Hold"), () => act("hold"));
  add("k", t("Keys"), () => dialogs.keypad((keys) => act("keys", { keys })));
  if (call?.outside) {
    add("z", t("Leave them together"), () => act("leave"));
    add("d", t("Drop the third"), () => act("drop"));
  } else if (call?.is_awaiting) {
    add("t", t("Keep the lead"), () => act("keep"));
  } else {
    add("t", t("Transfer"), () => dialogs.transfer(picture.card, async (action, words) => {
      // Whoever takes over reads what was written so far.
      await desk.notes.flush();
      return act(action, words);
    }));
  }
  if (call?.is_recorded) {
    add("m", call.is_masked ? t("Record again") : t("Mask recording"), () => act("mask", { on: !call.is_masked }), call.is_masked ? "danger" : "");
  }
  if (picture.card?.recording === "consent") {
    add("r", call?.is_recorded ? t("Stop recording") : t("They agree: record"), () => act("record", { on: !call?.is_recorded }));
  }
  onCard(picture, desk, add);
  add("x", t("Hang up"), () => act("hangup"), "danger");
}

function onCard(picture, desk, add) {
  const card = picture.card;
  if (!card?.results) return;
  if (card.specialists.length) add("s", t("Specialist"), () => dialogs.handOver(card, desk.notes.text()));
  add("c", t("Callback"), () => desk.promise());
}

/** Keys without a button of their own in the row: results, fields, windows. */
export function otherKeys(picture, desk) {
  const found = [
    { key: "v", label: t("My day"), run: () => picture.day && dialogs.day(picture.day) },
    { key: "?", label: t("Keys"), run: () => $("help").click() },
    { key: "u", label: t("Microphone and line"), run: () => desk.phone.show() },
  ];
  if (!$("note-label").hidden) found.push({ key: "n", label: t("Note"), run: () => $("note").focus() });
  if ($("script").childElementCount) found.push({ key: "g", label: t("Script"), run: () => focusFirst($("script")) });
  for (const result of resultsOf(picture)) {
    if (result.key) found.push({ key: result.key, label: result.label, run: () => desk.attempt(() => desk.choose(result)) });
  }
  return found;
}

/** The results that can be said now: of the call on the screen, or of the one before. */
export function resultsOf(picture) {
  const state = picture.agent?.state;
  const card = ["talking", "wrap_up"].includes(state) ? picture.card : null;
  return card?.results ?? [];
}

function focusFirst(place) {
  place.querySelector("input, select, textarea, button, [tabindex]")?.focus();
}

// Questions in a window: reasons, colleagues, specialists, moments. Each choice has a key.

import { Refusal, ask, toast } from "/static/asking.js";
import { duration, t } from "/static/words.js";
import { $, h, put } from "/static/agent/dom.js";
import { dayFigures, moment } from "/static/agent/view_card.js";
import { serverNow } from "/static/agent/clock.js";

const DIGITS = "1234567890";

function open(title, ...content) {
  const dialog = $("dialog");
  if (dialog.open) dialog.close();
  put(
    dialog,
    h("h2", { id: "dialog-title" }, title),
    h("p", { class: "note bad", id: "dialog-error", role: "alert", hidden: true }),
    content,
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, t("Close"), " ", h("kbd", {}, "Esc"))),
  );
  dialog.showModal();
  return dialog;
}

export function close() {
  if ($("dialog").open) $("dialog").close();
}

function refuse(text) {
  const place = $("dialog-error");
  if (!place) return toast(text, "bad");
  place.textContent = text;
  place.hidden = false;
}

/** Run it; close the window when it was done, say why when it was refused. */
async function doing(work) {
  try {
    const answer = await work();
    close();
    return answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(error.message);
    return null;
  }
}

function choices(list) {
  return h(
    "ul",
    { class: "choices" },
    list.map((one) =>
      h("li", {}, h("button", {
        type: "button", onclick: one.run, disabled: Boolean(one.isOff), "data-key": one.key ?? false,
        class: one.kind ?? "",
      }, one.key ? h("kbd", {}, one.key.toUpperCase()) : "", one.label, one.more ? h("span", { class: "soft" }, one.more) : "")),
    ),
  );
}

/** Any list of choices: [{key, label, run}]. */
export function choose(title, list) {
  open(title, choices(list.map((one) => ({ ...one, run: () => doing(one.run) }))));
}

export function pause(run) {
  const reasons = [...$("pause-reasons").children].map((one) => [one.dataset.reason, one.textContent]);
  open(t("Pause"), choices(reasons.map(([reason, label], index) => ({
    key: DIGITS[index], label, run: () => doing(() => run(reason)),
  }))));
}

export function keypad(send) {
  const sent = h("p", { class: "secret", "aria-live": "polite" }, " ");
  const press = async (key) => {
    try {
      await send(key);
      sent.textContent = `${sent.textContent}${key}`.slice(-24);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error.message);
    }
  };
  open(t("Keys for the far end"), sent, h("div", { class: "row" }, [..."1234567890*#"].map((key) =>
    h("button", { type: "button", class: "big", "data-key": key, onclick: () => press(key) }, key))));
}

export async function transfer(card, run) {
  const found = await ask("GET", "/agent/colleagues");
  const list = [
    ...found.teams.map((name) => ({ label: t("Whoever is free of team {name}", { name }), run: () => doing(() => run("transfer", { to_team: name })) })),
    ...found.agents.map((one) => ({
      label: one.name, more: one.is_free ? t("free") : one.is_at_work ? t("when they come free") : t("not at work"),
      isOff: !one.is_at_work,
      run: () => doing(() => run("transfer", { to_agent: one.name })),
    })),
    ...(card?.outside ?? []).flatMap((number) => [
      { label: t("Put through to {number}", { number }), run: () => doing(() => run("outside", { number, purpose: "transfer" })) },
      { label: t("Call {number} to join us", { number }), run: () => doing(() => run("outside", { number, purpose: "three_way" })) },
    ]),
  ].map((one, index) => ({ ...one, key: DIGITS[index] }));
  open(t("Transfer"), list.length ? choices(list) : h("p", {}, t("There is nobody to transfer to now.")));
}

/** An interested lead for the client's specialist, with what was said. */
export function handOver(card, text) {
  const kept = `dialer.hand-over.${card.call}`;
  const note = h("textarea", {
    rows: "4", maxlength: "20000", "data-key": "n", "aria-keyshortcuts": "n",
    value: sessionStorage.getItem(kept) ?? text,
    oninput: () => sessionStorage.setItem(kept, note.value),
  });
  const send = (specialist, way) => doing(async () => {
    const answer = await ask("POST", "/agent/hand-over", { call: card.call, specialist, way, note: note.value });
    toast(answer.state === "done" ? t("Handed over to {name}.", { name: specialist }) : t("{name} is being called.", { name: specialist }));
  });
  const list = card.specialists.flatMap((one) => [
    ...(one.has_number ? [
      { label: t("Call {name} to join us", { name: one.name }), run: () => send(one.name, "three_way") },
      { label: t("Put through to {name}", { name: one.name }), run: () => send(one.name, "transfer") },
    ] : []),
    { label: t("Message to {name}", { name: one.name }), run: () => send(one.name, "message") },
  ]).map((one, index) => ({ ...one, key: DIGITS[index] }));
  open(
    t("Hand over to a specialist"),
    list.length ? [h("label", {}, t("What was said; the specialist reads it"), " ", h("kbd", {}, "N"), note), choices(list)]
      : h("p", {}, t("This campaign names no specialists.")),
  );
  $("dialog").querySelector(".choices button")?.focus();
}

/** Date and time by the lead's clock, looked at before they are promised. */
export function callback(card, { title, send }) {
  const zones = card.zones.length ? card.zones : [$("desk").dataset.zone];
  const zone = h("select", {}, zones.map((name) => h("option", { value: name }, name)));
  const start = localParts(serverNow() + 86400, zones[0]);
  const date = h("input", { type: "date", required: true, value: start.date });
  const time = h("input", { type: "time", required: true, value: "10:00" });
  const whose = h("select", {}, h("option", { value: "me" }, t("me")), h("option", { value: "team" }, t("anyone of the team")));
  const note = h("input", { type: "text", maxlength: "500" });
  const said = h("div", { "aria-live": "polite" });
  const promise = h("button", { class: "primary" }, t("Promise the call"), " ", h("kbd", {}, t("Enter")));
  let looked = 0;
  const at = () => `${date.value} ${time.value}`;
  const look = async () => {
    const turn = ++looked;
    promise.disabled = true;
    if (!date.value || !time.value) return;
    try {
      const found = await ask("POST", "/agent/callback/check", { call: card.call, at: at(), zone: zone.value });
      if (turn !== looked) return;
      promise.disabled = found.is_closed;
      put(said, verdict(found, take));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (turn === looked) put(said, h("p", { class: "note bad" }, error.message));
    }
  };
  const take = (proposed) => {
    [date.value, time.value] = proposed.split(" ");
    return look();
  };
  const form = h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        if (promise.disabled) return;
        doing(() => send({ at: at(), zone: zone.value, whose: whose.value, note: note.value || null }));
      },
    },
    h("div", { class: "two" },
      h("label", {}, t("Date"), date), h("label", {}, t("Time by their clock"), time),
      h("label", {}, t("Their time zone"), zone), h("label", {}, t("Who calls"), whose)),
    h("label", {}, t("For whoever calls"), note),
    said,
    h("div", { class: "actions" }, promise),
  );
  for (const field of [date, time, zone]) field.addEventListener("change", look);
  open(title, form);
  date.focus();
  look();
}

function verdict(found, take) {
  const mine = h("p", { class: "soft" }, t("That is {when} by your clock.", { when: moment(found.due_at, $("desk").dataset.zone) }));
  if (!found.is_closed && !found.is_past) return [mine, h("p", { class: "good-text" }, t("A call is allowed then."))];
  if (!found.is_closed) return [mine, h("p", { class: "note warn" }, t("That moment has passed; the call is made at once."))];
  const said = found.proposed
    ? t("Nobody may be called then. The next allowed moment is {when} by their clock.", { when: found.proposed })
    : t("Nobody may be called then, nor soon after it. Name another moment.");
  return [
    mine,
    h("p", { class: "note warn" }, said),
    found.proposed
      ? h("button", { type: "button", onclick: () => take(found.proposed) }, t("Take {when} instead", { when: found.proposed }))
      : null,
  ];
}

function localParts(at, zone) {
  const text = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(new Date(at * 1000));
  const [date, time] = text.split(" ");
  return { date, time };
}

/** "Never again" cannot be taken back, so it is asked once. */
export function confirm(title, text, run) {
  open(title, h("p", {}, text), choices([{ key: "y", label: t("Yes"), kind: "danger", run: () => doing(run) }]));
}

export function day(found) {
  open(
    t("My day"),
    h("table", {}, h("tbody", {}, dayFigures(found).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "number" }, value))),
      [["ready", t("Ready")], ["wrap_up", t("Wrap-up")], ["paused", t("Paused")]].map(([state, word]) => h("tr", {}, h("th", { scope: "row" }, word), h("td", { class: "number" }, duration(found.seconds[state] ?? 0)))))),
    h("h3", {}, t("Calls I promised")),
    found.due.length
      ? h("ol", {}, found.due.map((one) => h("li", {}, `${moment(one.due_at, $("desk").dataset.zone)} · ${one.name ?? t("No name")} · ${one.campaign}`, one.note ? ` · ${one.note}` : "")))
      : h("p", { class: "soft" }, t("None is open.")),
  );
}

export function help(actions, keys, sound) {
  const box = (label, isOn, change) => {
    const input = h("input", { type: "checkbox", onchange: (event) => change(event.target.checked) });
    input.checked = isOn;
    return h("label", { class: "choice" }, input, label);
  };
  open(
    t("Keys"),
    h("table", {}, h("tbody", {}, actions.map((one) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, one.key.toUpperCase())), h("td", {}, one.label))))),
    h("p", { class: "hint" }, t("Keys do nothing while you type in a field; Esc leaves the field.")),
    box(t("One key for each action"), !keys.isOff, (isOn) => keys.turn(!isOn)),
    box(t("A sound when a call comes"), sound.isOn, (isOn) => sound.turn(isOn)),
  );
}

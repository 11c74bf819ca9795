// What a supervisor does: every deed has its dialog, which says what will happen, shows the
// server's refusal in its own words, and closes with what was done.

import { ask, toast } from "/static/asking.js";
import { t } from "/static/words.js";
import { fill } from "/static/board/live.js";

const dialog = document.getElementById("dialog");
const PHONE = "board.phone";

function open(id, values) {
  dialog.replaceChildren(document.getElementById(id).content.cloneNode(true));
  fill(dialog, values);
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  if (!dialog.open) dialog.showModal();
  return dialog;
}

/** Do it; true and closed, or false with the refusal in the dialog. */
async function done(path, body, { keepOpen = false } = {}) {
  const wrong = dialog.querySelector('[data-slot="wrong"]');
  wrong.hidden = true;
  try {
    const answer = await ask("POST", path, body);
    if (!keepOpen) dialog.close();
    toast(answer.said);
    return true;
  } catch (refusal) {
    wrong.textContent = refusal.message;
    wrong.hidden = false;
    return false;
  }
}

function onSubmit(name, act) {
  const form = dialog.querySelector(`form[data-form="${name}"]`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // Not twice by an impatient key; the buttons stay as they are, so that the focus does too.
    if (form.dataset.busy) return;
    const given = Object.fromEntries(new FormData(form, event.submitter));
    form.dataset.busy = "yes";
    try {
      await act(given);
    } finally {
      delete form.dataset.busy;
    }
  });
}

/** Everything that can be done with one agent. */
export function agentDialog(agent, now, teams) {
  const path = `/board/agents/${agent.id}`;
  open("t-agent-dialog", { title: agent.name, now: agent.note ? `${now} (${agent.note})` : now });
  const phone = dialog.querySelector('[name="phone"]');
  phone.value = localStorage.getItem(PHONE) ?? "";
  const others = teams.filter((team) => team.id !== agent.team);
  const choice = dialog.querySelector('[name="team"]');
  choice.replaceChildren(...others.map((team) => new Option(team.name, team.id)));
  dialog.querySelector('form[data-form="move"]').hidden = others.length === 0;
  onSubmit("listen", async ({ phone: given, mode }) => {
    localStorage.setItem(PHONE, given);
    if (mode === "stop") await done("/board/unlisten", { phone: given });
    else await done(`${path}/listen`, { phone: given, mode }, { keepOpen: true });
  });
  onSubmit("message", ({ text }) => done(`${path}/message`, { text }));
  onSubmit("pause", ({ reason }) => done(`${path}/pause`, { reason }));
  onSubmit("move", ({ team }) => done(`${path}/move`, { team: Number(team) }));
  dialog.querySelector('[data-form="logout"]').addEventListener("click", () =>
    confirmDialog(
      t("Log {name} out?", { name: agent.name }),
      t("On a call, they finish it first. Their line is ended then."),
      t("Log out"),
      `${path}/logout`,
    ),
  );
}

/** Write to a team. */
export function teamMessageDialog(id, team) {
  open("t-message-dialog", { title: t("Message to {team}", { team: team.name }) });
  onSubmit("message", ({ text }) => done(`/board/teams/${id}/message`, { text }));
}

/** Change how a team is paced, with its limits before the eyes. */
export async function pacingDialog(id, team) {
  let now;
  try {
    now = await ask("GET", `/board/teams/${id}/pacing`);
  } catch (refusal) {
    toast(refusal.message, "bad");
    return;
  }
  open("t-pacing-dialog", {
    title: t("Pace of {team}", { team: team.name }),
    limit: t("Limit: {why}.", { why: now.limited_by }),
  });
  const mode = dialog.querySelector('[name="mode"]');
  mode.replaceChildren(...now.modes.map((one) => new Option(one.word, one.mode, false, one.mode === now.mode)));
  const target = dialog.querySelector('[name="target"]');
  target.max = 100 * now.target_ratio_max;
  target.value = Number((100 * now.target_ratio).toFixed(3));
  const sync = () => (target.closest("label").hidden = mode.value !== "predictive");
  mode.addEventListener("change", sync);
  sync();
  onSubmit("pacing", (given) =>
    done(`/board/teams/${id}/pacing`, { mode: given.mode, target_ratio: Number(given.target) / 100 }),
  );
}

/** Ask once more, then do it. */
export function confirmDialog(title, text, yes, path) {
  open("t-confirm-dialog", { title, text, yes });
  onSubmit("confirm", () => done(path, {}));
  dialog.querySelector(".primary").focus();
}

/** Why a campaign is not dialling: every cause and what to do, the first one first. */
export async function whyDialog(id) {
  let found;
  try {
    found = await ask("GET", `/board/campaigns/${id}/why`);
  } catch (refusal) {
    toast(refusal.message, "bad");
    return;
  }
  open("t-why-dialog", { said: found.said });
  for (const cause of found.causes) {
    const row = dialog.querySelector("ol").appendChild(document.createElement("li"));
    row.append(cause.text, " ", Object.assign(document.createElement("em"), { textContent: cause.fix }));
  }
}

/** The newest messages, and who has read them. */
export async function messagesDialog() {
  let found;
  try {
    found = await ask("GET", "/board/messages");
  } catch (refusal) {
    toast(refusal.message, "bad");
    return;
  }
  open("t-messages-dialog", {});
  dialog.querySelector(".empty").hidden = found.length > 0;
  const body = dialog.querySelector("tbody");
  for (const one of found) {
    const row = body.insertRow();
    const read = one.unread.length
      ? t("{read} of {agents}; not by {names}", { read: one.read, agents: one.agents, names: one.unread.join(", ") })
      : t("by all");
    for (const text of [one.time, one.by, one.to, one.text, read]) row.insertCell().textContent = text;
  }
}

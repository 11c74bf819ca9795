// How pages ask the server to do something, and how they tell the person what came of it.
// import {ask, toast} from "/static/asking.js"

import { t } from "/static/words.js";

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const TOAST_SECONDS = 6;

/** What the server refused, with its own sentence. */
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Send `body` as JSON; returns the answer's JSON. Throws Refusal with a sentence for a person. */
export async function ask(method, path, body = undefined) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, Accept: "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal(0, t("The dialer cannot be reached. Nothing was changed."));
  }
  if (answer.status === 401) {
    location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`);
    throw new Refusal(401, t("The session is over. Sign in again."));
  }
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, said?.detail ?? `${answer.status}`);
  return said;
}

/** A word at the lower edge that goes by itself; `kind` is "good", "warn" or "bad". */
export function toast(text, kind = "good") {
  const box = document.createElement("p");
  box.className = `toast ${kind}`;
  box.textContent = text;
  document.querySelector(".toasts").append(box);
  setTimeout(() => box.remove(), TOAST_SECONDS * 1000);
}

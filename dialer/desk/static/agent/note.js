// Notes: kept in the browser with every key, on the server a moment later. Nothing typed is lost:
// what the server has not taken waits in the browser's storage, over reloads and sign-ins too.

import { Refusal, ask, toast } from "/static/asking.js";
import { t } from "/static/words.js";
import { $ } from "/static/agent/dom.js";

const TYPING_PAUSE = 400;
const RETRY_FIRST = 500;
const KEPT_MAX = 7 * 86400 * 1000;
const RETRY_MAX = 5000;

export class Notes {
  constructor(agent) {
    this.prefix = `dialer.note.${agent}.`;
    this.field = $("note");
    this.call = null;
    this.version = 0;
    this.waiting = new Map();
    this.sending = new Set();
    this.retry = RETRY_FIRST;
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("blur", () => this.flush());
    addEventListener("pagehide", () => this.flush());
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(this.prefix))) {
      try {
        const kept = JSON.parse(localStorage.getItem(key));
        if (Date.now() - kept.at > KEPT_MAX) throw new RangeError("older than a week");
        this.waiting.set(key.slice(this.prefix.length), kept);
      } catch {
        localStorage.removeItem(key);
      }
    }
    this.send();
  }

  /** This call's note is shown; null for none. `stored` is what the server has, if it said. */
  show(call, stored) {
    if (call !== this.call) {
      this.flush();
      this.call = call;
      this.version = 0;
      this.field.value = "";
      const kept = call && this.waiting.get(call);
      if (kept) [this.field.value, this.version] = [kept.body, kept.version];
    }
    $("note-label").hidden = call === null;
    if (!stored || stored.call !== call || stored.version <= this.version) return;
    if (this.waiting.has(call) || this.sending.has(call)) return;
    this.version = stored.version;
    if (this.field.value !== stored.body) this.field.value = stored.body;
    this.say();
  }

  text() {
    return this.field.value;
  }

  typed() {
    if (this.call === null) return;
    this.keep(this.call, { body: this.field.value, version: this.version });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), TYPING_PAUSE);
    this.say();
  }

  keep(call, text) {
    const kept = { ...text, at: Date.now() };
    this.waiting.set(call, kept);
    try {
      localStorage.setItem(this.prefix + call, JSON.stringify(kept));
    } catch {
      // The storage is full or forbidden: the text is in the field, and the server gets it.
    }
  }

  /** Send what waits now, without the pause for typing. */
  flush() {
    clearTimeout(this.timer);
    return this.send();
  }

  async send() {
    await Promise.all([...this.waiting.keys()].map((call) => this.sendOne(call)));
  }

  async sendOne(call) {
    if (this.sending.has(call)) return;
    const kept = this.waiting.get(call);
    this.sending.add(call);
    try {
      const { body, version } = kept;
      const note = await ask("POST", "/agent/note", { call, body, version });
      this.retry = RETRY_FIRST;
      this.taken(call, kept, note);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if ([0, 500, 502, 503, 504].includes(error.status)) {
        setTimeout(() => this.send(), this.retry);
        this.retry = Math.min(2 * this.retry, RETRY_MAX);
      } else if (error.status !== 401) {
        // Refused, with a sentence why. The text stays in the field and in the browser's storage,
        // and is offered again when the page is loaded.
        if (call === this.call) toast(error.message, "bad");
        else this.waiting.delete(call);
      }
    } finally {
      this.sending.delete(call);
      this.say();
    }
  }

  taken(call, sent, note) {
    const now = this.waiting.get(call);
    const wasJoined = note.body !== sent.body;
    if (now && now.body !== sent.body) {
      // Typed on meanwhile: what is new goes behind what the server made of the rest.
      const body = wasJoined && now.body.startsWith(sent.body)
        ? note.body + now.body.slice(sent.body.length) : now.body;
      this.keep(call, { body, version: note.version });
      if (call === this.call) this.set(body, note.version);
      setTimeout(() => this.send(), TYPING_PAUSE);
      return;
    }
    this.forget(call);
    if (call === this.call) this.set(note.body, note.version);
  }

  set(body, version) {
    this.version = version;
    if (this.field.value === body) return;
    const { selectionStart, selectionEnd } = this.field;
    this.field.value = body;
    this.field.setSelectionRange(selectionStart, selectionEnd);
  }

  forget(call) {
    this.waiting.delete(call);
    localStorage.removeItem(this.prefix + call);
  }

  say() {
    if (this.waiting.size) $("saved").textContent = t("Saving…");
    else $("saved").textContent = this.version ? t("Saved") : "";
  }
}

// The agent's desk. The picture is the server's; this page shows it and passes on what is pressed.

import { Refusal, ask, toast } from "/static/asking.js";
import { duration, t } from "/static/words.js";
import { act, actionsFor, otherKeys, resultsOf } from "/static/agent/actions.js";
import { serverNow } from "/static/agent/clock.js";
import * as dialogs from "/static/agent/dialogs.js";
import { $, h, put } from "/static/agent/dom.js";
import { Keys } from "/static/agent/keys.js";
import { Link } from "/static/agent/link.js";
import { Notes } from "/static/agent/note.js";
import { Phone } from "/static/agent/phone.js";
import { ScriptPlace } from "/static/agent/script_place.js";
import { sound } from "/static/agent/sound.js";
import { dayFigures, localTime, showCard, showPast } from "/static/agent/view_card.js";

const STATES = () => ({
  logged_out: t("Logged out"), connecting_leg: t("Your telephone rings"), paused: t("Paused"),
  ready: t("Ready"), reserved: t("A call comes"), talking: t("Talking"), wrap_up: t("Wrap-up"),
});
const REASONS = () => ({ login: t("just logged in"), preview: t("no answer to a preview"), restart: t("the dialer was restarted") });
const GENTLE_SECONDS = 10;

class Desk {
  constructor() {
    this.picture = {};
    this.title = document.title;
    this.states = STATES();
    this.reasons = REASONS();
    this.keys = new Keys();
    this.notes = new Notes($("desk").dataset.agent);
    this.phone = new Phone();
    this.script = new ScriptPlace($("script"), this);
    this.wasWarned = false;
    this.logIn = () => act("login");
    this.link = new Link("/agent/live", {
      onChange: (set, isWhole) => this.change(set, isWhole),
      onState: (isUp) => this.line(isUp),
    });
    $("help").addEventListener("click", () => dialogs.help(this.listed, this.keys, sound));
    $("phone-state").addEventListener("click", () => this.phone.show());
    document.querySelector('form[action="/signout"]')?.addEventListener("submit", (event) => this.signOut(event));
    setInterval(() => this.tick(), 250);
    this.line(false, true);
    this.phone.begin().catch(() => this.phone.say("failed"));
  }

  /** Sections came from the server. */
  change(set, isWhole) {
    const before = this.picture;
    this.picture = isWhole ? { ...set } : { ...before, ...set };
    const has = (...names) => isWhole || names.some((name) => name in set);
    if (has("card")) {
      showCard(this.picture.card);
      showPast(this.picture.card);
    }
    if (has("card", "call")) this.script.show(this.picture);
    if (has("card", "note")) this.notes.show(this.noteCall(), this.picture.note);
    if (has("day")) this.showDay();
    if (has("messages")) this.showMessages();
    if (has("card", "last", "agent", "call")) this.showIdle();
    if (has("hand_over") && !isWhole) this.sayHandOver();
    this.showState(before);
  }

  noteCall() {
    const card = this.picture.card;
    return card?.call && !card.is_preview ? card.call : null;
  }

  showState(before) {
    const { agent = {}, call } = this.picture;
    const word = $("state-word");
    word.textContent = this.states[agent.state] ?? agent.state ?? t("Connecting");
    word.className = `badge ${agent.state ?? "off"}`;
    const more = [];
    if (agent.state === "paused" && agent.reason) more.push(this.reasons[agent.reason] ?? t(agent.reason));
    if (agent.pending === "pause") more.push(t("pause after this call"));
    if (agent.pending === "log out") more.push(t("log-out after this call"));
    if (call?.place === "held") more.push(t("on hold"));
    if (call?.is_given_up) more.push(t("ends when it has rung as long as the law asks; if they answer before, you are connected"));
    if (call?.is_masked) more.push(t("the recording is silent"));
    if (call?.is_awaiting) more.push(t("waits for a colleague"));
    if (call?.outside) more.push(t("with {number}", { number: call.outside }));
    if (agent.state && agent.state !== "logged_out" && !agent.is_line_up) more.push(t("your telephone is being called"));
    if (agent.is_switch_up === false) more.push(t("the switch is out of reach"));
    $("state-more").textContent = more.join(" · ");
    this.showActions();
    this.announce(before);
    this.tick();
  }

  showActions() {
    const actions = actionsFor(this.picture, this);
    put($("actions"), actions.map((one) =>
      h("button", { type: "button", class: one.kind, onclick: one.run, "aria-keyshortcuts": one.key, "data-focus": one.key },
        one.label, " ", h("kbd", {}, one.key === "Enter" ? "↵" : one.key.toUpperCase()))));
    const chosen = this.picture.chosen;
    put($("results"), resultsOf(this.picture).map((one) =>
      h("button", {
        type: "button", "aria-pressed": String(one.code === chosen), "aria-keyshortcuts": one.key || false,
        "data-focus": one.code, onclick: () => this.attempt(() => this.choose(one)),
      }, one.key ? h("kbd", {}, one.key.toUpperCase()) : "", one.label)));
    this.listed = [...actions, ...otherKeys(this.picture, this)];
    this.keys.set(this.listed);
  }

  /** A call that arrives is said aloud, and shown where the page is not looked at. */
  announce(before) {
    const { agent = {}, card } = this.picture;
    const isOnCall = ["reserved", "talking"].includes(agent.state);
    const was = before.agent?.state;
    if (isOnCall && !["reserved", "talking"].includes(was)) sound.play();
    const isNews = isOnCall && card?.name !== undefined && this.announced !== card.call;
    if (isNews) {
      this.announced = card.call;
      $("announce").textContent = t("A call: {name}, {client}", { name: card.name ?? t("No name"), client: card.client });
    } else if (agent.state !== was && agent.state === "wrap_up") {
      $("announce").textContent = t("The call is over. Say its result.");
      this.wasWarned = false;
    } else if (agent.state !== was && was && agent.state) {
      $("announce").textContent = this.states[agent.state] ?? agent.state;
    }
    const name = card?.name ?? card?.number;
    document.title = isOnCall ? `● ${name ?? t("A call")} – ${this.title}` : this.title;
    const icon = document.querySelector('link[rel="icon"]');
    this.plainIcon ??= icon.href;
    const wanted = isOnCall ? new URL("/static/agent/icon-call.svg", location.href).href : this.plainIcon;
    if (icon.href !== wanted) icon.href = wanted;
  }

  /** What moves by itself: the time in the state, the countdown, their clock. */
  tick() {
    const { agent = {}, preview, card } = this.picture;
    const now = serverNow();
    $("state-time").textContent = agent.since ? duration(now - agent.since) : "";
    const endsAt = agent.state === "wrap_up" ? agent.ends_at : preview?.ends_at;
    const left = endsAt ? Math.max(0, endsAt - now) : null;
    $("countdown").hidden = left === null;
    if (left !== null) {
      const whole = Math.max(1, endsAt - (agent.state === "wrap_up" ? agent.since : (this.previewSince ??= now)));
      $("countdown-bar").value = Math.min(1, left / whole);
      $("countdown-text").textContent = duration(left);
      if (left <= GENTLE_SECONDS && !this.wasWarned) {
        this.wasWarned = true;
        $("announce").textContent = t("Ten seconds are left.");
      }
    } else {
      this.previewSince = undefined;
      this.wasWarned = false;
    }
    const clock = $("local-time");
    if (clock && card?.zones) {
      const text = localTime(card);
      if (clock.textContent !== text) clock.textContent = text;
    }
  }

  /** A result is pressed: chosen while they speak, said when the call is over. */
  async choose(result) {
    const { agent, card } = this.picture;
    if (result.kind === "callback") return this.promise(result);
    if (result.kind === "do_not_call") {
      return dialogs.confirm(result.label, t("{name} will never be called again.", { name: card.name ?? card.number }),
        () => this.sayOrChoose(agent, card, result.code));
    }
    return this.sayOrChoose(agent, card, result.code);
  }

  async sayOrChoose(agent, card, code) {
    if (agent.state === "wrap_up") return this.dispose(code);
    await ask("POST", "/agent/choose", { call: card.call, code: this.picture.chosen === code ? null : code });
    if (this.picture.chosen !== code) toast(t("It is said when the call is over, unless you choose another."));
    return null;
  }

  async dispose(code, callback = undefined) {
    const call = this.picture.card.call;
    await this.notes.flush();
    return ask("POST", "/agent/dispose", { call, code, callback });
  }

  /** A callback: with the result of that kind where the campaign has one, else by itself. */
  promise(result = undefined) {
    const { card, agent } = this.picture;
    const kind = result ?? card.results.find((one) => one.kind === "callback");
    const withResult = kind && agent.state === "wrap_up";
    dialogs.callback(card, {
      title: t("Call back {name}", { name: card.name ?? card.number }),
      send: async (callback) => {
        await this.notes.flush();
        if (withResult) return this.dispose(kind.code, callback);
        await ask("POST", "/agent/callback", { call: card.call, callback });
        if (kind) await ask("POST", "/agent/choose", { call: card.call, code: kind.code });
        toast(t("Promised."));
        return null;
      },
    });
  }

  async endWrapUp() {
    await this.notes.flush();
    return this.picture.chosen ? this.dispose(this.picture.chosen) : act("ready");
  }

  /** Whoever signs out takes no more calls; one that goes on is finished first, by telephone. */
  async signOut(event) {
    const form = event.target;
    if (["logged_out", undefined].includes(this.picture.agent?.state)) return;
    event.preventDefault();
    await this.attempt(() => this.logOut());
    form.submit();
  }

  async logOut() {
    await this.notes.flush();
    return act("logout");
  }

  /** Do it; what is refused is said. */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      toast(error.message, "bad");
    }
  }

  showIdle() {
    const { agent = {}, last, card, preview } = this.picture;
    const place = $("idle");
    if (card && !card.is_preview) return put(place);
    const words = {
      logged_out: t("Press L to log in."), connecting_leg: t("Your telephone is being called. If it does not ring, press U."), paused: t("Press R when you are ready for calls."),
      ready: preview ? t("Press D to dial, Z to skip.") : t("The next call comes by itself."),
    };
    const isSaid = !last?.results;
    put(
      place,
      h("p", { class: "idle-figure" }, words[agent.state] ?? ""),
      isSaid ? null : h("p", { class: "last soft" }, t("The call before: {name}", { name: last.name ?? last.number ?? t("No name") }), " ",
        h("button", { type: "button", class: "small", onclick: () => this.lateResult(last) }, t("Correct its result"))),
    );
    return undefined;
  }

  /** The result of the call before: said late, or corrected. */
  lateResult(last) {
    dialogs.choose(t("Result of {name}", { name: last.name ?? last.number }), last.results.filter((one) => one.kind !== "callback").map((one) => ({
      key: one.key, label: one.label, run: () => ask("POST", "/agent/dispose", { call: last.call, code: one.code }),
    })));
  }

  showDay() {
    const day = this.picture.day;
    if (!day) return;
    put($("day"), dayFigures(day).map(([name, value]) => h("span", {}, `${name} `, h("b", {}, value))),
      h("button", { type: "button", class: "small quiet", onclick: () => dialogs.day(this.picture.day), "aria-keyshortcuts": "v" }, t("My day"), " ", h("kbd", {}, "V")));
  }

  showMessages() {
    put($("messages"), (this.picture.messages ?? []).map((one) =>
      h("p", { class: "note warn" }, h("span", {}, h("strong", {}, one.by), `: ${one.text}`),
        h("button", { type: "button", class: "small", onclick: () => this.attempt(() => ask("POST", "/agent/message/read", { message: one.id })) }, t("Read")))));
  }

  sayHandOver() {
    const found = this.picture.hand_over;
    if (!found) return;
    const name = found.specialist;
    if (found.state === "done") toast(t("Handed over to {name}.", { name }));
    if (found.state === "unreached") toast(t("{name} was not reached. Press S to send a message.", { name }), "warn");
    if (found.state === "unwritten") toast(t("The hand-over to {name} could not be written. Send it as a message.", { name }), "bad");
  }

  line(isUp, isFirst = false) {
    const place = $("offline");
    place.hidden = isUp || isFirst;
    place.textContent = isUp || isFirst ? "" : t("The line to the dialer is down; it comes back by itself. Your call goes on, and what you type is kept.");
    $("desk").classList.toggle("is-offline", !isUp);
    if (isUp) this.notes.flush();
  }
}

globalThis.desk = new Desk();

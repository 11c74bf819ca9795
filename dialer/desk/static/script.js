/* Walks an agent through the script of a call, by keyboard.

   mountScript(element, options)
     -> { update(changes), key(event), stand(), focus(), unsaved(), destroy() }

   options
     script, words, fields, answers, earlier, trail, visits, full
                     as Sheet.as_json() has them (campaigns/store/script_rows.py). Instead of words
                     and fields, `lead` {name, external_id, list, fields}, `client`, `campaign` and
                     `agent` may be given. Only `script` is needed.
     onAnswer(question, value, {step, seconds})   an answer that its question allows, or null when
                     it was taken back. May give a promise: while it fails, the answer is shown as
                     not saved and sent again with the next key.
     onStep({position, step, entered_at, seconds, trail})   a step came on the screen (seconds null,
                     and the trail to be kept), or left it (trail null).
     onEnd({end, result, disposition, trail})   an end was come to, and every answer is saved; again
                     when the agent went back and came to another.
     t(text)         the page's words in the agent's language; `words` may be that function too.

   Keys: digits and letters choose, - is "no answer", Enter goes on, Backspace or PageUp goes back,
   ? opens the objections and Escape closes them. All text is put in as text, never as markup. */

import { Drafts } from "./script_drafts.js";
import { Walk, checkAnswer, wordsOf } from "./script_rules.js";
import { button, controlFor, element as make, keysOf } from "./script_controls.js";

const TYPING_MS = 400;

export function mountScript(element, options) {
  return new ScriptView(element, options).handle();
}

function callOf(options) {
  const lead = options.lead ?? {};
  const isRecord = options.words && typeof options.words === "object";
  const words = isRecord ? options.words : {
    name: lead.name, external_id: lead.external_id, list: lead.list,
    client: options.client, campaign: options.campaign, agent: options.agent,
  };
  return {
    words,
    fields: options.fields ?? lead.fields ?? {},
    answers: { ...options.answers },
    earlier: { ...options.earlier },
    full: options.full ?? [],
  };
}

class ScriptView {
  constructor(element, options) {
    this.element = element;
    this.options = options;
    const isTalker = typeof options.words === "function";
    this.t = options.t ?? (isTalker ? options.words : (text) => text);
    this.walk = new Walk(options.script, this.t);
    this.call = callOf(options);
    this.trail = [...(options.trail ?? [])];
    this.position = options.visits ?? 0;
    this.waiting = new Map();
    this.flying = new Set();
    this.end = null;
    this.timers = new Map();
    this.enteredAt = new Date();
    this.showsProblems = false;
    this.objections = null;
    this.drafts = new Drafts(options.call_id);
    for (const [id, draft] of this.drafts.of([...this.walk.questions.keys()])) {
      this.call.answers[id] = draft;
      if (!checkAnswer(this.walk.questions.get(id), draft).problem) this.send(id, draft);
    }
    this.onKey = (event) => this.key(event);
    element.addEventListener("keydown", this.onKey);
    element.classList.add("script");
    this.enter();
  }

  handle() {
    return {
      update: (changes) => this.update(changes),
      key: (event) => this.key(event),
      stand: () => this.now(),
      focus: () => this.focusFirst(this.now()),
      unsaved: () => [...this.waiting.keys()],
      destroy: () => this.destroy(),
    };
  }

  now() {
    return this.walk.stand(this.call, this.trail);
  }

  update({ full, words, fields }) {
    if (full) this.call.full = full;
    if (words) this.call.words = words;
    if (fields) this.call.fields = fields;
    const stand = this.now();
    if (stand.place === this.place) this.refresh(stand);
    else this.enter();
  }

  destroy() {
    this.flush();
    this.left();
    this.element.removeEventListener("keydown", this.onKey);
    this.element.replaceChildren();
  }

  /* Coming to a place and leaving it. */

  enter({ isBack = false } = {}) {
    const stand = this.now();
    this.trail = [...stand.trail];
    this.place = stand.place;
    this.showsProblems = false;
    this.objections = null;
    this.enteredAt = new Date();
    this.tell("onStep", this.visit(null));
    this.draw(stand);
    this.focusFirst(stand);
    this.end = null;
    if (stand.isEnd && !isBack) {
      const end = this.walk.places.get(stand.place);
      this.end = {
        end: end.id, result: end.result, disposition: end.disposition, trail: [...this.trail],
      };
      this.tellEnd();
    }
  }

  /* Not before the answers that lead here are saved. */
  tellEnd() {
    if (this.end === null || this.waiting.size) return;
    const end = this.end;
    this.end = null;
    this.tell("onEnd", end);
  }

  visit(seconds) {
    return {
      position: this.position,
      step: this.place,
      entered_at: this.enteredAt.toISOString(),
      seconds,
      // What is said of a step that is left may arrive after what is said of the next one.
      trail: seconds === null ? [...this.trail] : null,
    };
  }

  seconds() {
    return Math.round((Date.now() - this.enteredAt.getTime()) / 100) / 10;
  }

  left() {
    this.tell("onStep", this.visit(this.seconds()));
    this.position += 1;
  }

  goOn() {
    this.flush();
    const stand = this.now();
    if (stand.isEnd) return;
    if (!stand.mayGoOn) {
      this.showsProblems = true;
      this.refresh(stand);
      const first = stand.asked.find((one) => one.problem !== null);
      this.controls.get(first.question.id).focus();
      return;
    }
    const after = [...stand.trail, this.walk.leave(stand)];
    this.left();
    this.trail = after;
    this.enter();
  }

  goBack() {
    if (!this.trail.length) return;
    this.flush();
    this.left();
    this.trail = this.trail.slice(0, -1);
    this.enter({ isBack: true });
  }

  jump(to) {
    this.flush();
    const stand = this.now();
    if (stand.isEnd) return;
    this.left();
    this.trail = [...stand.trail, `${stand.place}>${to}`];
    this.enter();
  }

  /* Answers. */

  put(question, draft, { isTyping = false } = {}) {
    clearTimeout(this.timers.get(question.id));
    if (isTyping) {
      this.drafts.keep(question.id, draft);
      this.timers.set(question.id, setTimeout(() => this.put(question, draft), TYPING_MS));
      return;
    }
    this.timers.delete(question.id);
    if (draft === null) delete this.call.answers[question.id];
    else this.call.answers[question.id] = draft;
    const checked = draft === null ? { value: null } : checkAnswer(question, draft);
    if (!checked.problem) {
      if (draft !== null) this.call.answers[question.id] = checked.value;
      this.send(question.id, checked.value);
    }
    const stand = this.now();
    if (stand.place === this.place) this.refresh(stand);
  }

  /* Whatever was typed a moment ago is taken now. */
  flush() {
    for (const id of [...this.timers.keys()]) this.controls.get(id)?.commit();
    for (const [id, value] of [...this.waiting]) this.send(id, value);
  }

  /* One at a time for each question, so that the last answer is the last to arrive. */
  send(id, value) {
    this.waiting.set(id, value);
    if (this.flying.has(id)) return;
    this.flying.add(id);
    const step = this.options.script.steps.find(
      (one) => one.questions.some((question) => question.id === id)).id;
    let answered;
    try {
      answered = Promise.resolve(
        this.options.onAnswer?.(id, value, { step, seconds: this.seconds() }));
    } catch (error) {
      answered = Promise.reject(error);
    }
    answered.then(() => {
      this.flying.delete(id);
      if (this.waiting.get(id) !== value) {
        this.send(id, this.waiting.get(id));
        return;
      }
      this.waiting.delete(id);
      this.drafts.drop(id);
      if (!this.waiting.size) {
        if (this.isUnsavedShown) this.say("");
        this.isUnsavedShown = false;
        this.tellEnd();
      }
    }, (error) => {
      this.flying.delete(id);
      this.isUnsavedShown = true;
      this.say(`${this.t("Not saved yet:")} ${error?.message ?? error}`);
    });
  }

  tell(name, detail) {
    this.options[name]?.(detail)?.catch?.((error) => this.say(`${this.t("Not saved yet:")} ${error?.message ?? error}`));
  }

  say(text) {
    if (this.status) this.status.textContent = text;
  }

  /* The page. */

  draw(stand) {
    const place = this.walk.places.get(stand.place);
    const head = make("header", "script-head");
    const bar = make("progress", "script-progress");
    bar.max = 1;
    bar.value = stand.progress;
    bar.setAttribute("aria-label", this.t("Progress of the script"));
    this.heading = make("h2", "script-title", place.title || this.options.script.title);
    this.heading.tabIndex = -1;
    head.append(this.heading, bar);
    this.body = make("div", "script-body");
    this.body.append(this.prose(stand.text, "script-text"));
    if (stand.note.length) this.body.append(this.prose(stand.note, "script-note"));
    this.controls = new Map();
    this.form = make("form", "script-form");
    this.form.noValidate = true;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.goOn();
    });
    this.status = make("p", "script-status");
    this.status.setAttribute("role", "status");
    this.before = make("div", "script-before");
    this.panel = make("div", "script-objections");
    this.panel.hidden = true;
    this.element.replaceChildren(
      head, this.before, this.body, this.form, this.status, this.buttons(stand), this.panel);
    this.refresh(stand);
  }

  prose(pieces, name) {
    const box = make("div", name);
    let paragraph = make("p");
    for (const piece of pieces) {
      piece.text.split(/\n\s*\n/).forEach((text, index) => {
        if (index) {
          box.append(paragraph);
          paragraph = make("p");
        }
        if (piece.kind === "text" || piece.kind === "fallback") paragraph.append(text);
        else paragraph.append(make(piece.kind === "missing" ? "mark" : "b", "", text));
      });
    }
    if (paragraph.childNodes.length) box.append(paragraph);
    return box;
  }

  buttons(stand) {
    const row = make("div", "script-buttons");
    const back = button(this.t("Back"), "Backspace", () => this.goBack());
    back.disabled = !this.trail.length;
    row.append(back);
    if (this.options.script.objections.length && !stand.isEnd) {
      this.opener = button(this.t("Objections"), "?", () => this.openObjections());
      this.opener.setAttribute("aria-expanded", "false");
      row.append(this.opener);
    }
    if (!stand.isEnd) {
      const on = button(this.t("Continue"), "Enter", () => this.goOn());
      on.classList.add("script-on");
      row.append(on);
    }
    return row;
  }

  /* Draw what the answers decide: questions that came or went, problems, the quota. */
  refresh(stand) {
    const wanted = stand.asked.map((one) => one.question.id);
    for (const [id, control] of [...this.controls]) {
      if (!wanted.includes(id)) {
        control.element.remove();
        this.controls.delete(id);
      }
    }
    stand.asked.forEach((one, index) => {
      let control = this.controls.get(one.question.id);
      if (!control || control.isEarlier !== one.isEarlier) {
        const fresh = controlFor(one, {
          t: this.t,
          put: (draft, how) => this.put(one.question, draft, how),
          askAgain: () => this.askAgain(one.question),
        });
        if (control) control.element.replaceWith(fresh.element);
        this.controls.set(one.question.id, fresh);
        control = fresh;
      }
      if (this.form.children[index] !== control.element) {
        this.form.insertBefore(control.element, this.form.children[index] ?? null);
      }
      const shows = one.problem !== null && (this.showsProblems || one.problem !== "required")
        && !(one.problem === "empty" && !this.showsProblems);
      control.show(one, shows ? one.problem : null);
    });
    this.drawBefore(stand);
    if (stand.isEnd && !this.isUnsavedShown) this.say(this.t("This is the end of the script."));
    else if (stand.quotaFull) {
      this.say(this.t("There are enough interviews like this one: Continue leads to the end."));
    } else if (!this.isUnsavedShown) this.say("");
  }

  askAgain(question) {
    delete this.call.earlier[question.id];
    this.refresh(this.now());
    this.controls.get(question.id)?.focus();
  }

  drawBefore(stand) {
    const lines = stand.skipped.flatMap((id) => this.walk.steps.get(id).questions)
      .filter((question) => this.call.earlier[question.id] !== undefined)
      .map((question) => {
        const asked = this.walk.render(question.text, this.walk.facts(this.call));
        const said = asked.map((piece) => piece.text).join("");
        const answer = wordsOf(question, this.call.earlier[question.id], this.t);
        return make("li", "", `${said} ${answer}`);
      });
    this.before.replaceChildren();
    if (!lines.length) return;
    const list = make("ul");
    list.append(...lines);
    this.before.append(make("p", "", this.t("Answered in an earlier call:")), list);
  }

  focusFirst(stand) {
    const first = stand.asked.find((one) => one.problem !== null) ?? stand.asked[0];
    if (first) this.controls.get(first.question.id).focus();
    else this.heading.focus();
  }

  /* Objections. */

  openObjections() {
    this.objections = this.walk.objections(this.call);
    this.returnTo = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.opener?.setAttribute("aria-expanded", "true");
    this.panel.hidden = false;
    this.panel.setAttribute("role", "group");
    this.panel.setAttribute("aria-label", this.t("Objections"));
    this.drawObjections(null);
  }

  drawObjections(open) {
    const list = make("div", "script-objection-list");
    this.objections.forEach((one, index) => {
      const key = one.key || String(index + 1);
      const choice = button(one.title, key, () => this.drawObjections(one));
      choice.setAttribute("aria-pressed", String(open?.id === one.id));
      list.append(choice);
    });
    const answer = make("div", "script-objection-answer");
    answer.setAttribute("aria-live", "polite");
    const close = button(this.t("Close"), "Escape", () => this.closeObjections());
    if (open) {
      answer.append(this.prose(open.pieces, "script-text"));
      if (open.to) {
        const place = this.walk.places.get(open.to);
        answer.append(button(
          `${this.t("Go to:")} ${place.title || place.id}`, "Enter", () => this.jump(open.to)));
      }
    }
    this.panel.replaceChildren(list, answer, close);
    (open ? answer.querySelector("button") ?? close : list.querySelector("button")).focus();
  }

  closeObjections() {
    this.objections = null;
    this.panel.hidden = true;
    this.panel.replaceChildren();
    this.opener?.setAttribute("aria-expanded", "false");
    (this.returnTo?.isConnected ? this.returnTo : this.heading).focus();
  }

  /* Keys. True when the key was one of ours. */

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
    const isOurs = this.objections ? this.objectionKey(event) : this.scriptKey(event);
    if (isOurs) {
      event.preventDefault();
      // The page's own keys are letters too.
      event.stopPropagation();
    }
    return isOurs;
  }

  objectionKey(event) {
    if (event.key === "Escape" || event.key === "?") {
      this.closeObjections();
      return true;
    }
    const found = this.objections.find(
      (one, index) => (one.key || String(index + 1)) === event.key.toLowerCase());
    if (found) this.drawObjections(found);
    return Boolean(found);
  }

  scriptKey(event) {
    const target = event.target;
    const isText = target.matches?.("textarea, input:not([type=radio]):not([type=checkbox])")
      ?? false;
    if (event.key === "PageUp") {
      this.goBack();
      return true;
    }
    if (event.key === "Enter") {
      if (target.matches?.("button") || (isText && event.shiftKey)) return false;
      this.goOn();
      return true;
    }
    if (isText) return false;
    if (event.key === "Backspace") {
      this.goBack();
      return true;
    }
    if (event.key === "?" && this.options.script.objections.length && !this.now().isEnd) {
      this.openObjections();
      return true;
    }
    return this.choose(event.key.toLowerCase());
  }

  choose(key) {
    const stand = this.now();
    const within = stand.asked.find(
      (one) => this.controls.get(one.question.id)?.element.contains(document.activeElement));
    const open = stand.asked.find((one) => one.answer === null);
    const one = within ?? open ?? stand.asked[0];
    if (!one || one.isEarlier || !keysOf(one.question).includes(key)) return false;
    this.controls.get(one.question.id).choose(key);
    // The next question takes the next key, unless several answers may be given here.
    const after = this.now();
    const following = after.asked.find((each) => each.answer === null);
    if (one.question.kind !== "multiple" && following
      && this.call.answers[one.question.id]?.other === undefined) {
      this.controls.get(following.question.id)?.focus();
    }
    return true;
  }
}

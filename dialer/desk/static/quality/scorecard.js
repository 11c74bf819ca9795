// The scorecard beside the player: answered by keyboard, saved at each change, scored by the server.

import { ask, toast } from "/static/asking.js";
import { duration, t } from "/static/words.js";

const SAVE_MILLISECONDS = 500;

class Scorecard {
  constructor(form) {
    this.form = form;
    this.items = [...form.querySelectorAll(".item")];
    this.marks = JSON.parse(form.dataset.marks);
    this.timer = null;
    this.saving = Promise.resolve();
    this.showMarks();
    this.choose(Math.max(0, this.items.findIndex((item) => !answerOf(item))));
    form.addEventListener("change", () => this.changed());
    form.addEventListener("input", (event) => {
      if (event.target.matches("textarea, .mark-text")) this.changed();
    });
    form.addEventListener("focusin", (event) => {
      const item = event.target.closest(".item");
      if (item) this.choose(this.items.indexOf(item));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.finish();
    });
    form.querySelector('[data-do="comment"]').addEventListener("click", () => this.comment());
    document.addEventListener("keydown", (event) => this.key(event));
    addEventListener("beforeunload", (event) => {
      if (this.timer !== null) event.preventDefault();
    });
    this.save();
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    if (event.target.matches('[role="slider"]') && event.key.startsWith("Arrow")) return;
    const key = event.key.toLowerCase();
    const item = this.items[this.current];
    const answer = { y: "yes", n: "no", 0: "na" }[key] ?? key;
    const input = item.querySelector(`input[value="${CSS.escape(answer)}"]`);
    if (key === "arrowdown") this.choose(this.current + 1);
    else if (key === "arrowup") this.choose(this.current - 1);
    else if (key === "c") this.comment();
    else if (input && /^[yn0-5]$/.test(key)) {
      input.checked = true;
      this.changed();
      this.choose(this.current + 1);
    } else return;
    event.preventDefault();
  }

  choose(index) {
    this.current = Math.min(Math.max(index, 0), this.items.length - 1);
    this.items.forEach((item, at) => item.classList.toggle("current", at === this.current));
    this.items[this.current].scrollIntoView({ block: "nearest" });
  }

  /** A comment at the moment the player stands at, about the marked item. */
  comment() {
    const player = document.querySelector("[data-player]")?.player;
    const second = player ? Math.round(player.now * 10) / 10 : null;
    this.marks.push({ second, item: this.items[this.current].dataset.item, text: "" });
    this.showMarks();
    this.form.querySelector("[data-written] li:last-child .mark-text").focus();
  }

  showMarks() {
    this.form.querySelector("[data-written]").replaceChildren(
      ...this.marks.map((mark) => {
        const row = document.createElement("li");
        const go = document.createElement("button");
        go.type = "button";
        go.className = "small code";
        if (mark.second !== null) go.dataset.seek = String(mark.second);
        go.textContent = mark.second === null ? "–" : duration(mark.second);
        const words = document.createElement("input");
        words.className = "mark-text";
        words.value = mark.text;
        words.maxLength = 4000;
        words.setAttribute("aria-label", t("Comment at {time}", { time: go.textContent }));
        words.addEventListener("input", () => { mark.text = words.value; });
        words.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          words.blur();
        });
        const away = document.createElement("button");
        away.type = "button";
        away.className = "small quiet";
        away.textContent = "×";
        away.setAttribute("aria-label", t("Take the comment away"));
        away.addEventListener("click", () => {
          this.marks = this.marks.filter((each) => each !== mark);
          this.showMarks();
          this.changed();
        });
        row.append(go, words, away);
        return row;
      }),
    );
  }

  changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_MILLISECONDS);
  }

  /** Send what is written; saves follow one another, so that the last one is the last. */
  save(isFinal = false) {
    clearTimeout(this.timer);
    this.timer = null;
    const body = {
      answers: Object.fromEntries(
        this.items.filter((item) => answerOf(item)).map((item) => [item.dataset.item, answerOf(item)]),
      ),
      marks: this.marks.filter((mark) => mark.text.trim()),
      remark: this.form.elements.remark.value,
      is_final: isFinal,
    };
    const sent = this.saving.then(() => ask("PUT", `/quality/reviews/${this.form.dataset.review}`, body));
    this.saving = sent.then((said) => this.saved(said), (error) => {
      this.form.querySelector("[data-saved]").textContent = "";
      toast(error.message, "bad");
    });
    return sent;
  }

  saved(said) {
    const total = this.form.querySelector("[data-total]");
    total.textContent = said.percent === null ? "–" : `${said.percent} %`;
    total.classList.toggle("passed", said.has_passed === true);
    total.classList.toggle("failed", said.has_passed === false);
    this.open = said.open;
    for (const item of this.items) {
      if (!said.open.includes(item.dataset.item)) item.classList.remove("open-item");
    }
    this.form.querySelector("[data-saved]").textContent = t("Saved");
    if (!said.open.length) this.form.querySelector("[data-open]").hidden = true;
  }

  async finish() {
    const open = this.items.filter((item) => !answerOf(item));
    if (open.length) {
      const note = this.form.querySelector("[data-open]");
      note.textContent = t("{count} items have no answer yet.", { count: open.length });
      note.hidden = false;
      for (const item of open) item.classList.add("open-item");
      this.choose(this.items.indexOf(open[0]));
      return;
    }
    try {
      await this.save(true);
      location.assign(location.pathname);
    } catch {
      // The sentence is on the screen; the form stays as it is.
    }
  }
}

function answerOf(item) {
  return item.querySelector("input:checked")?.value ?? "";
}

new Scorecard(document.querySelector("[data-scorecard]"));

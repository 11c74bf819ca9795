/* The control of one question: what is drawn, what a key does, what is said of a mistake. */

import { wordsOf } from "./script_rules.js";

const SEQUENCE = "1234567890abcdefghijklmnopqrstuvwxyz";
const NO_ANSWER = "-";
let made = 0;

/* The keys that choose an answer, in the order of the answers, and "-" where "no answer" is one. */
export function keysOf(question) {
  return [...pointsOf(question).map((point) => point.key), ...(question.no_answer ? ["-"] : [])];
}

function pointsOf(question) {
  if (question.kind === "scale") {
    const points = [];
    for (let value = question.low; value <= question.high; value += 1) points.push(value);
    const areDigits = question.low >= 0 && question.high <= 10;
    return points.map((value, index) => ({
      value,
      label: String(value),
      // Ten has one key too: t.
      key: areDigits ? (value === 10 ? "t" : String(value)) : SEQUENCE[index] ?? "",
    }));
  }
  if (question.kind !== "single" && question.kind !== "multiple") return [];
  const codes = question.choices.map((choice) => ({ value: choice.code, label: choice.label }));
  if (question.other) codes.push({ value: "other", label: null });
  return codes.map((choice, index) => ({ ...choice, key: SEQUENCE[index] ?? "" }));
}

export function controlFor(one, { t, put, askAgain }) {
  if (one.isEarlier) return new EarlierControl(one, { t, askAgain });
  const kinds = { single: ChoiceControl, multiple: ChoiceControl, scale: ChoiceControl };
  return new (kinds[one.question.kind] ?? FieldControl)(one, { t, put });
}

class Control {
  constructor(one, { t, put }) {
    this.question = one.question;
    this.t = t;
    this.put = put;
    this.isEarlier = one.isEarlier;
    made += 1;
    this.id = `script-${made}-${one.question.id}`;
  }

  build(tag, one) {
    this.element = element(tag, `script-question script-${this.question.kind}`);
    this.caption = element(tag === "fieldset" ? "legend" : "label", "script-asked");
    for (const piece of one.pieces) {
      this.caption.append(
        piece.kind === "value" ? element("b", "", piece.text) : piece.text);
    }
    if (!this.question.required) {
      this.caption.append(" ", element("small", "", this.t("(may be left out)")));
    }
    this.problem = element("p", "script-problem");
    this.problem.id = `${this.id}-problem`;
    this.problem.hidden = true;
    this.element.append(this.caption);
  }

  show(one, code) {
    this.problem.hidden = code === null;
    this.problem.textContent = code === null ? "" : problemText(this.question, code, this.t);
    this.element.classList.toggle("script-wrong", code !== null);
    const described = this.described();
    if (described === null) return;
    if (code === null) described.removeAttribute("aria-describedby");
    else described.setAttribute("aria-describedby", this.problem.id);
    if (described.matches("input, textarea")) {
      described.setAttribute("aria-invalid", String(code !== null));
    }
  }

  focus() {
    this.inputs()[0]?.focus();
  }
}

class EarlierControl extends Control {
  constructor(one, { t, askAgain }) {
    super(one, { t });
    this.build("div", one);
    const change = element("button", "script-button", t("Ask again"));
    change.type = "button";
    change.addEventListener("click", askAgain);
    this.caption.replaceWith(element("p", "script-asked", this.caption.textContent));
    this.element.append(
      element("p", "script-earlier",
        `${t("Answered in an earlier call:")} ${wordsOf(this.question, one.answer, t)}`),
      change, this.problem);
  }

  inputs() {
    return [...this.element.querySelectorAll("button")];
  }

  described() {
    return null;
  }

  commit() {}

  choose() {}
}

/* One of several, several of several, and scales: radio buttons and boxes with a key each. */
class ChoiceControl extends Control {
  constructor(one, tools) {
    super(one, tools);
    this.build("fieldset", one);
    this.points = pointsOf(this.question);
    if (this.question.no_answer) {
      this.points.push({ value: NO_ANSWER, label: this.t("No answer"), key: NO_ANSWER });
    }
    const row = element("div", "script-choices");
    if (this.question.low_label) row.append(element("span", "script-pole", this.question.low_label));
    this.boxes = this.points.map((point) => this.box(row, point));
    if (this.question.high_label) {
      row.append(element("span", "script-pole", this.question.high_label));
    }
    this.element.append(row);
    if (this.question.other) {
      this.words = element("input", "script-other");
      this.words.type = "text";
      this.words.setAttribute("aria-label", this.t("Other, in words"));
      this.words.addEventListener("input", () => this.put(this.draft(), { isTyping: true }));
      this.words.addEventListener("change", () => this.commit());
      this.element.append(this.words);
    }
    this.element.append(this.problem);
    this.fill(one.answer);
  }

  described() {
    return this.element;
  }

  get isMultiple() {
    return this.question.kind === "multiple";
  }

  box(row, point) {
    const input = element("input");
    input.type = this.isMultiple && point.value !== NO_ANSWER ? "checkbox" : "radio";
    input.name = this.isMultiple && point.value === NO_ANSWER ? `${this.id}-none` : this.id;
    input.id = `${this.id}-${row.children.length}`;
    input.addEventListener("change", () => this.changed(point, input));
    const label = element("label", "script-choice");
    label.htmlFor = input.id;
    label.append(input, element("kbd", "", point.key), ` ${point.label ?? this.t("Other")}`);
    row.append(label);
    return input;
  }

  inputs() {
    return this.words ? [...this.boxes, this.words] : this.boxes;
  }

  focus() {
    (this.boxes.find((box) => box.checked) ?? this.boxes[0]).focus();
  }

  fill(answer) {
    const several = Array.isArray(answer) ? answer : [answer];
    this.points.forEach((point, index) => {
      this.boxes[index].checked = several.some((one) => {
        if (one !== null && typeof one === "object") {
          return point.value === (one.no_answer ? NO_ANSWER : "other");
        }
        return one === point.value;
      });
    });
    const words = several.find((one) => typeof one?.other === "string");
    if (this.words) {
      if (words) this.words.value = words.other;
      this.words.hidden = !words;
    }
  }

  changed(point, input) {
    if (this.isMultiple && input.checked) {
      // "None of these" and "no answer" stand alone, whichever was chosen last.
      const alone = (value) => value === NO_ANSWER || this.question.exclusive.includes(value);
      this.points.forEach((other, index) => {
        if (other !== point && (alone(point.value) || alone(other.value))) {
          this.boxes[index].checked = false;
        }
      });
    }
    if (this.words) {
      const index = this.points.findIndex((each) => each.value === "other");
      this.words.hidden = !this.boxes[index].checked;
      if (point.value === "other" && input.checked) this.words.focus();
    }
    this.put(this.draft());
  }

  draft() {
    const chosen = this.points.filter((point, index) => this.boxes[index].checked);
    if (!chosen.length) return null;
    if (chosen.some((point) => point.value === NO_ANSWER)) return { no_answer: true };
    const values = chosen.map((point) =>
      (point.value === "other" && this.words ? { other: this.words.value } : point.value));
    return this.isMultiple ? values : values[0];
  }

  commit() {
    this.put(this.draft());
  }

  choose(key) {
    const index = this.points.findIndex((point) => point.key === key);
    const input = this.boxes[index];
    input.checked = this.isMultiple ? !input.checked : true;
    input.focus();
    this.changed(this.points[index], input);
  }
}

/* Numbers, days and texts. */
class FieldControl extends Control {
  constructor(one, tools) {
    super(one, tools);
    this.build("div", one);
    const { kind, length_max: most } = this.question;
    const isLong = kind === "text" && most > 120 && this.question.pattern === null;
    this.input = element(isLong ? "textarea" : "input", "script-field");
    if (isLong) this.input.rows = 3;
    else this.input.type = kind === "date" ? "date" : "text";
    this.input.id = this.id;
    this.input.required = this.question.required;
    if (kind === "number") {
      this.input.inputMode = this.question.decimals ? "decimal" : "numeric";
    }
    if (kind === "date") {
      if (this.question.first_day) this.input.min = this.question.first_day;
      if (this.question.last_day) this.input.max = this.question.last_day;
    }
    this.caption.htmlFor = this.id;
    this.input.addEventListener("input", () => {
      if (this.none) this.none.checked = false;
      this.put(this.draft(), { isTyping: true });
    });
    this.input.addEventListener("change", () => this.commit());
    this.element.append(this.input);
    if (this.question.no_answer) {
      const label = element("label", "script-choice");
      this.none = element("input");
      this.none.type = "checkbox";
      this.none.addEventListener("change", () => {
        if (this.none.checked) this.input.value = "";
        this.commit();
      });
      label.append(this.none, ` ${this.t("No answer")}`);
      this.element.append(label);
    }
    this.element.append(this.problem);
    this.fill(one.answer);
  }

  described() {
    return this.input;
  }

  inputs() {
    return this.none ? [this.input, this.none] : [this.input];
  }

  fill(answer) {
    if (this.none) this.none.checked = answer?.no_answer === true;
    const isWords = typeof answer === "string" || typeof answer === "number";
    this.input.value = isWords ? String(answer) : "";
  }

  draft() {
    if (this.none?.checked) return { no_answer: true };
    const text = this.input.value.trim();
    // A day half typed is no answer yet, and the browser gives it as nothing.
    if (!text) return null;
    if (this.question.kind !== "number") return this.question.kind === "date" ? text : this.input.value;
    const number = text.replace(/[  ' ]/g, "").replace(",", ".");
    return /^-?[0-9]+(\.[0-9]+)?$/.test(number) ? Number(number) : text;
  }

  commit() {
    this.put(this.draft());
  }

  choose() {
    if (this.none) {
      this.none.checked = true;
      this.input.value = "";
      this.commit();
    }
  }
}

function problemText(question, code, t) {
  const number = (value) => String(value);
  switch (code) {
    case "required": return t("An answer is needed here.");
    case "choice": case "no_answer": return t("Choose one of the answers.");
    case "twice": return t("Each answer can be chosen once.");
    case "alone": return t("This answer stands alone.");
    case "too_few": return `${t("Choose at least:")} ${number(question.low ?? 1)}`;
    case "too_many": return `${t("Choose at most:")} ${number(question.high)}`;
    case "number": return t("Write a number.");
    case "decimals":
      return question.decimals
        ? `${t("Decimals, at most:")} ${number(question.decimals)}` : t("Write a whole number.");
    case "day": return t("Write a day.");
    case "range": return rangeText(question, t);
    case "empty": return t("Write an answer.");
    case "length": return `${t("Characters, at most:")} ${number(question.length_max)}`;
    case "pattern": return `${t("This must be:")} ${question.pattern_hint || question.pattern}`;
    default: return t("This cannot be stored. Write it in other characters.");
  }
}

function rangeText(question, t) {
  const isDay = question.kind === "date";
  const low = isDay ? question.first_day : question.low;
  const high = isDay ? question.last_day : question.high;
  if (low === null) return `${t("At most:")} ${high}`;
  return high === null ? `${t("At least:")} ${low}` : `${t("Between:")} ${low} … ${high}`;
}

export function element(tag, name = "", text = "") {
  const fresh = document.createElement(tag);
  if (name) fresh.className = name;
  if (text) fresh.textContent = text;
  return fresh;
}

export function button(text, key, action) {
  const fresh = element("button", "script-button");
  fresh.type = "button";
  fresh.append(text);
  if (key) fresh.append(" ", element("kbd", "", key));
  fresh.addEventListener("click", action);
  return fresh;
}

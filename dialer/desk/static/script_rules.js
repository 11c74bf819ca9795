/* The rules of a script: conditions, answers and the walk, without a page.

   The same as campaigns/scripts/ in Python, which decides in the end; a test holds the two together
   over thousands of walks. Nothing here is evaluated as code: conditions come as trees. */

const SPACES = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const NUMBER = /^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const UNSTORABLE = /[\x00\ud800-\udfff]/u; // eslint-disable-line no-control-regex
const NUMBER_MAX = 1e12;
const TRAIL_MAX = 500;
export const JUMP = ">";

const strip = (text) => text.replace(SPACES, "");
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const get = (object, key) => (has(object, key) ? object[key] : null);

/* Values that conditions compare (campaigns/scripts/values.py). */

function comparable(answer) {
  if (answer === null || answer === undefined) return null;
  if (Array.isArray(answer)) return answer.map((one) => (isObject(one) ? "other" : String(one)));
  if (isObject(answer)) return has(answer, "no_answer") ? "no_answer" : "other";
  return answer;
}

function numberOf(value) {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const text = strip(value);
  return NUMBER.test(text) ? Number(text) : null;
}

function isEqual(left, right) {
  if (left === null || right === null) return false;
  if (typeof left === "string" && typeof right === "string") return left === right;
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && left.length === right.length
      && left.every((one, index) => one === right[index]);
  }
  const first = numberOf(left);
  return first !== null && first === numberOf(right);
}

function isLess(left, right) {
  const first = numberOf(left);
  const second = numberOf(right);
  if (first !== null && second !== null) return first < second;
  if (typeof left !== "string" || typeof right !== "string") return false;
  const [a, b] = [strip(left), strip(right)];
  return DAY.test(a) && DAY.test(b) && a < b;
}

function holds(left, right) {
  return Array.isArray(left) ? left.some((one) => isEqual(one, right)) : isEqual(left, right);
}

/* Conditions (campaigns/scripts/expressions.py). Facts: {words, fields, answers, quotaFull,
   moreAnswers}; null is "not known yet". */

function lookUp([kind, key], facts) {
  if (kind === "value") return key;
  if (kind === "answer") return comparable(get(facts.answers, key));
  return get(kind === "field" ? facts.fields : facts.words, key) || null;
}

const isOpen = ([kind, key], facts) =>
  facts.moreAnswers && kind === "answer" && get(facts.answers, key) === null;

export function evaluate(tree, facts) {
  const [word, ...parts] = tree;
  if (word === "or" || word === "and") {
    const decisive = word === "or";
    const found = parts.map((part) => evaluate(part, facts));
    if (found.includes(decisive)) return decisive;
    return found.includes(null) ? null : !decisive;
  }
  if (word === "not") {
    const inner = evaluate(parts[0], facts);
    return inner === null ? null : !inner;
  }
  if (word === "given") {
    if (parts[0][0] === "flag") return facts.quotaFull;
    return isOpen(parts[0], facts) ? null : lookUp(parts[0], facts) !== null;
  }
  if (parts.some((operand) => isOpen(operand, facts))) return null;
  return compare(word, parts.map((operand) => lookUp(operand, facts)));
}

function compare(sign, [left, ...right]) {
  const first = right[0];
  switch (sign) {
    case "==": return isEqual(left, first);
    case "!=": return !isEqual(left, first);
    case "<": return isLess(left, first);
    case ">": return isLess(first, left);
    case "<=": return isLess(left, first) || isEqual(left, first);
    case ">=": return isLess(first, left) || isEqual(left, first);
    case "has": return holds(left, first);
    default: return right.some((one) => isEqual(left, one));
  }
}

/* Answers (campaigns/scripts/questions.py): {value} as it is stored, or {problem: code}. */

export function checkAnswer(question, answer) {
  if (isObject(answer) && has(answer, "no_answer")) {
    const isWhole = answer.no_answer === true && Object.keys(answer).length === 1;
    return isWhole && question.no_answer ? { value: answer } : { problem: "no_answer" };
  }
  switch (question.kind) {
    case "single": return checkChoice(question, answer);
    case "multiple": return checkChoices(question, answer);
    case "date": return checkDay(question, answer);
    case "text": return checkText(question, answer);
    default: return checkNumber(question, answer);
  }
}

function checkChoice(question, answer) {
  if (isObject(answer)) {
    if (!question.other || Object.keys(answer).join() !== "other") return { problem: "choice" };
    const words = checkWords(answer.other, question.length_max);
    return words.problem ? words : { value: { other: words.value } };
  }
  const isKnown = question.choices.some((choice) => choice.code === answer);
  return isKnown ? { value: answer } : { problem: "choice" };
}

function checkChoices(question, answer) {
  if (!Array.isArray(answer)) return { problem: "choice" };
  const found = [];
  for (const one of answer) {
    const checked = checkChoice(question, one);
    if (checked.problem) return checked;
    found.push(checked.value);
  }
  const codes = found.map((one) => (isObject(one) ? "other" : one));
  const isAlone = codes.some((code) => question.exclusive.includes(code));
  if (new Set(codes).size !== codes.length) return { problem: "twice" };
  if (codes.length > 1 && isAlone) return { problem: "alone" };
  if (codes.length < (question.low ?? 1) && !isAlone) return { problem: "too_few" };
  if (question.high !== null && codes.length > question.high) return { problem: "too_many" };
  return { value: found };
}

function checkNumber(question, answer) {
  if (typeof answer !== "number" || !Number.isFinite(answer) || Math.abs(answer) > NUMBER_MAX) {
    return { problem: "number" };
  }
  const scaled = answer * 10 ** question.decimals;
  if (Math.floor(scaled + 0.5) !== scaled) return { problem: "decimals" };
  const { low, high } = question;
  if ((low !== null && answer < low) || (high !== null && answer > high)) {
    return { problem: "range" };
  }
  return { value: answer };
}

function checkDay(question, answer) {
  if (typeof answer !== "string" || !DAY.test(answer)) return { problem: "day" };
  const [year, month, day] = answer.split("-").map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (year < 1 || day < 1 || day > days) return { problem: "day" };
  const isEarly = question.first_day !== null && answer < question.first_day;
  const isLate = question.last_day !== null && answer > question.last_day;
  return isEarly || isLate ? { problem: "range" } : { value: answer };
}

function checkText(question, answer) {
  const words = checkWords(answer, question.length_max);
  if (words.problem || question.pattern === null) return words;
  const pattern = new RegExp(`^(?:${question.pattern})$`, "u");
  return pattern.test(words.value) ? words : { problem: "pattern" };
}

function checkWords(answer, lengthMax) {
  const words = typeof answer === "string" ? strip(answer) : "";
  if (!words) return { problem: "empty" };
  if ([...words].length > lengthMax) return { problem: "length" };
  return UNSTORABLE.test(words) ? { problem: "characters" } : { value: words };
}

/* An answer as people read it. `t` gives the page's words. */

export function wordsOf(question, answer, t = (text) => text) {
  const label = (code) => question.choices.find((choice) => choice.code === code)?.label
    ?? { other: t("Other"), no_answer: t("No answer") }[code] ?? code;
  if (Array.isArray(answer)) return answer.map((one) => wordsOf(question, one, t)).join(", ");
  if (isObject(answer)) {
    if (typeof answer.other === "string") return answer.other;
    return answer.forgotten === true ? t("(forgotten)") : label("no_answer");
  }
  if (typeof answer === "string") {
    return question.choices.length || question.other ? label(answer) : answer;
  }
  return answer.toFixed(6).replace(/\.?0+$/, "");
}

/* Quotas (campaigns/scripts/quotas.py). */

function isFull(script, facts, full) {
  if (!script.quotas.length) return false;
  const soFar = { ...facts, moreAnswers: true };
  let isPossible = false;
  for (const quota of script.quotas) {
    const found = evaluate(quota.when, soFar);
    if (full.includes(quota.name)) {
      if (found === true) return true;
    } else if (found !== false) {
      isPossible = true;
    }
  }
  return script.outside_quotas === "stop" && !isPossible;
}

/* The walk (campaigns/scripts/walking.py). A call is {words, fields, answers, earlier, full}. */

export class Walk {
  constructor(script, t = (text) => text) {
    this.script = script;
    this.t = t;
    this.places = new Map([...script.steps, ...script.ends].map((place) => [place.id, place]));
    this.steps = new Map(script.steps.map((step) => [step.id, step]));
    this.questions = new Map(
      script.steps.flatMap((step) => step.questions.map((question) => [question.id, question])));
  }

  stand(call, trail) {
    const facts = this.facts(call);
    let place = this.places.get(this.script.first);
    const held = [];
    const skipped = [];
    for (const left of [...trail.slice(0, TRAIL_MAX), null]) {
      place = this.pastAnswered(place, call, facts, held, skipped);
      if (left === null || !this.steps.has(place.id)) break;
      const cut = left.indexOf(JUMP);
      const [stepId, jump] = cut < 0 ? [left, ""] : [left.slice(0, cut), left.slice(cut + 1)];
      if (stepId !== place.id) break;
      const following = jump ? this.jumped(jump) : this.next(place, call, facts);
      if (following === null) break;
      held.push(left);
      place = following;
    }
    return this.described(place, call, facts, held, skipped);
  }

  leave(stand) {
    const end = this.script.quota_end;
    const isFullNow = stand.quotaFull && end !== null && stand.place !== end;
    return isFullNow ? `${stand.place}${JUMP}${end}` : stand.place;
  }

  objections(call) {
    const facts = this.facts(call);
    return this.script.objections.map((objection) => ({
      ...objection, pieces: this.render(objection.text, facts),
    }));
  }

  facts(call) {
    const answers = {};
    for (const [key, value] of Object.entries({ ...call.earlier, ...call.answers })) {
      if (this.questions.has(key)) answers[key] = value;
    }
    const facts = {
      words: call.words, fields: call.fields, answers, quotaFull: false, moreAnswers: false,
    };
    const greeting = this.render(this.script.greeting, facts)
      .map((piece) => (piece.kind === "missing" ? `[${piece.text}]` : piece.text)).join("");
    const words = { ...call.words, greeting: greeting || null };
    return { ...facts, words, quotaFull: isFull(this.script, facts, call.full) };
  }

  render(parts, facts) {
    return parts.map((part) => {
      if (typeof part === "string") return { kind: "text", text: part };
      const [kind, key, fallback] = part;
      let found = null;
      if (kind === "answer") {
        const answer = get(facts.answers, key);
        const question = this.questions.get(key);
        if (answer !== null && question) found = wordsOf(question, answer, this.t);
      } else {
        found = lookUp([kind, key], facts);
      }
      if (found !== null) return { kind: "value", text: String(found) };
      if (fallback !== null) return { kind: "fallback", text: fallback };
      return { kind: "missing", text: (kind === "word" ? "" : `${kind}s.`) + key };
    });
  }

  jumped(to) {
    const isAllowed = this.script.objections.some((one) => one.to === to)
      || this.script.quota_end === to;
    return isAllowed ? this.places.get(to) ?? null : null;
  }

  visible(step, facts) {
    return step.questions.filter(
      (question) => question.when === null || evaluate(question.when, facts) === true);
  }

  next(step, call, facts) {
    if (this.visible(step, facts).some((question) => this.problem(question, call) !== null)) {
      return null;
    }
    const branch = step.branches.find((one) => evaluate(one.when, facts) === true);
    return this.places.get(branch ? branch.to : step.next);
  }

  pastAnswered(begin, call, facts, held, skipped) {
    const seen = new Set([...held.map((left) => left.split(JUMP)[0]), ...skipped]);
    let place = begin;
    while (this.steps.has(place.id) && !place.required && !seen.has(place.id)) {
      const visible = this.visible(place, facts);
      if (!visible.length || !visible.every((one) => this.isEarlier(one, call))) break;
      const following = this.next(place, call, facts);
      if (following === null) break;
      seen.add(place.id);
      skipped.push(place.id);
      place = following;
    }
    return place;
  }

  isEarlier(question, call) {
    return !question.ask_again && !has(call.answers, question.id)
      && get(call.earlier, question.id) !== null;
  }

  answer(question, call) {
    if (has(call.answers, question.id)) return call.answers[question.id];
    return question.ask_again ? null : get(call.earlier, question.id);
  }

  problem(question, call) {
    const answer = this.answer(question, call);
    if (answer === null) return question.required ? "required" : null;
    if (this.isEarlier(question, call)) return null;
    return checkAnswer(question, answer).problem ?? null;
  }

  described(place, call, facts, held, skipped) {
    const isEnd = !this.steps.has(place.id);
    const ahead = isEnd ? 0 : place.distance;
    const asked = isEnd ? [] : this.visible(place, facts).map((question) => ({
      question,
      pieces: this.render(question.text, facts),
      answer: this.answer(question, call),
      isEarlier: this.isEarlier(question, call),
      problem: this.problem(question, call),
    }));
    return {
      place: place.id,
      isEnd,
      trail: held,
      skipped,
      text: this.render(place.text, facts),
      note: this.render(place.note, facts),
      asked,
      quotaFull: facts.quotaFull,
      progress: ahead === 0 ? 1 : held.length / (held.length + ahead),
      mayGoOn: !isEnd && asked.every((one) => one.problem === null),
    };
  }
}

// The pages' words in the person's language: import {t} from "/static/words.js".
// English is the source; a text without a translation stays English.

const language = document.documentElement.lang || "en";
const catalogue = language === "en" ? {} : await read();

async function read() {
  try {
    const answer = await fetch(`/words/${language}.json`);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

/** The text in the person's language; {name} in it is filled from `values`. */
export function t(text, values = {}) {
  const said = catalogue[text] ?? text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** `12:05`, `3:07:09`: seconds as a length of time, the same in every language. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A number as the language writes it. */
export function number(value, options = {}) {
  return new Intl.NumberFormat(language, options).format(value);
}

/** A share in 0..1 as a percentage. */
export function percent(ratio, digits = 1) {
  return number(ratio, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
}

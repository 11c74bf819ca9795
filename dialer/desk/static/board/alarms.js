// Alarms at the top: urgent ones first, with a sound for new ones where somebody wants it.

import { duration } from "/static/words.js";
import { fill, made, write } from "/static/board/live.js";

const rows = new Map();
const SOUND = "board.sound";

/** Draw the alarms as they stand, in the server's order. */
export function setAlarms(entries, isFirst) {
  const keys = [...entries.keys()].filter((key) => key.startsWith("alarm/"));
  const list = document.querySelector(".alarms");
  for (const [key, row] of rows) {
    if (!keys.includes(key)) {
      row.remove();
      rows.delete(key);
    }
  }
  const ordered = keys.sort((a, b) => rank(entries.get(a)) - rank(entries.get(b)));
  ordered.forEach((key, place) => {
    const alarm = entries.get(key);
    let row = rows.get(key);
    if (!row) {
      row = made("t-alarm");
      row.dataset.key = key;
      rows.set(key, row);
      if (!isFirst && alarm.level === "urgent") {
        // Read out by a screen reader; the list itself counts seconds, which nobody wants to hear.
        write(document.getElementById("announce"), `${alarm.word}: ${alarm.text}`);
        beep();
      }
    }
    row.alarm = alarm;
    row.className = `alarm ${alarm.level} ${alarm.seen ? "is-seen" : ""}`;
    row.querySelector(".badge").className = `badge ${alarm.level === "urgent" ? "bad" : "warn"}`;
    row.querySelector("button").hidden = alarm.seen !== "";
    // An agent's alarm says how long in its words.
    row.querySelector("time").hidden = alarm.kind.startsWith("agent_") || alarm.kind.endsWith("_long");
    fill(row, { word: alarm.word, text: alarm.text, seen: alarm.seen });
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  document.getElementById("no-alarms").hidden = keys.length > 0;
}

function rank(alarm) {
  return (alarm.level === "urgent" ? 0 : 1) + (alarm.seen ? 2 : 0);
}

/** How long each has stood. */
export function tick(at) {
  for (const row of rows.values()) write(row.querySelector("time"), duration(at - row.alarm.since));
}

/** The box that turns the sound on; remembered in this browser. */
export function offerSound(box) {
  box.checked = localStorage.getItem(SOUND) === "on";
  box.addEventListener("change", () => {
    localStorage.setItem(SOUND, box.checked ? "on" : "off");
    if (box.checked) beep();
  });
}

function beep() {
  if (localStorage.getItem(SOUND) !== "on") return;
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  tone.onended = () => audio.close();
}

// The wallboard: a few figures of each team, big enough for the other end of the room.

import { t } from "/static/words.js";
import { fill, follow, made, write } from "/static/board/live.js";

const ALARMS_MOST = 5;
const sections = new Map();

function onChange({ entries, dropped }) {
  for (const key of dropped) {
    sections.get(key)?.remove();
    sections.delete(key);
  }
  const all = [...entries];
  const campaigns = all.filter(([key]) => key.startsWith("campaign/")).map(([, one]) => one);
  for (const [key, team] of all.filter(([one]) => one.startsWith("team/"))) {
    setTeam(key, team, campaigns.filter((one) => one.team === Number(key.slice("team/".length))));
  }
  setAlarms(all.filter(([key]) => key.startsWith("alarm/")).map(([, one]) => one));
}

function setTeam(key, team, campaigns) {
  let section = sections.get(key);
  if (!section) {
    section = made("t-wall-team");
    sections.set(key, section);
    document.getElementById("wall-teams").append(section);
  }
  // The ledger that has used most of its limit, whosever it is: the server has them in that order.
  const worst = campaigns.flatMap((one) => one.ledgers.slice(0, 1)).sort((a, b) => b.used - a.used)[0];
  fill(section, {
    ...team,
    ...team.lanes,
    ratio: worst?.ratio ?? "–",
    of: worst ? t("of {limit}, {ledger}", { limit: worst.limit, ledger: worst.name }) : "",
    left: campaigns.map((one) => one.list.left || "–").join(" + ") || "–",
  });
  section.querySelector(".abandoned").className = `abandoned ${worst?.level ?? ""}`;
  section.querySelector(".waits").classList.toggle("bad", team.waiting > 0);
}

function setAlarms(alarms) {
  const shown = alarms.filter((one) => !one.seen).slice(0, ALARMS_MOST);
  const list = document.getElementById("wall-alarms");
  while (list.children.length > shown.length) list.lastElementChild.remove();
  shown.forEach((alarm, place) => {
    const row = list.children[place] ?? list.appendChild(document.createElement("li"));
    row.className = alarm.level;
    write(row, `${alarm.word}: ${alarm.text}`);
  });
}

follow(onChange, (state) => {
  document.getElementById("lost").hidden = state === "live";
});

// Teams and their campaigns: figures, ledgers, the list and the expected finish.

import { fill, made, write } from "/static/board/live.js";

const sections = new Map();
const articles = new Map();

/** The section of a team, by its id; undefined before its entry came. */
export function sectionOf(teamId) {
  return sections.get(`team/${teamId}`);
}

/** Set a team's section, made at its first entry. */
export function setTeam(key, team) {
  let section = sections.get(key);
  if (!section) {
    section = made("t-team");
    section.dataset.key = key;
    const title = section.querySelector("h2");
    title.id = `${key.replace("/", "-")}-name`;
    section.setAttribute("aria-labelledby", title.id);
    sections.set(key, section);
    document.getElementById("teams").append(section);
    document.getElementById("waiting")?.remove();
  }
  fill(section, { ...team, why: team.why || undefined });
  section.querySelector(".figures").classList.toggle("waits", team.waiting > 0);
  for (const [lane, count] of Object.entries(team.lanes)) {
    write(section.querySelector(`[data-lane-count="${lane}"]`), String(count));
  }
}

/** Take a team away. */
export function dropTeam(key) {
  sections.get(key)?.remove();
  sections.delete(key);
}

/** Set a campaign in its team's section. */
export function setCampaign(key, campaign) {
  let article = articles.get(key);
  if (!article) {
    article = made("t-campaign");
    article.dataset.key = key;
    articles.set(key, article);
  }
  const list = sectionOf(campaign.team)?.querySelector('[data-list="campaigns"]');
  if (list && article.parentElement !== list) list.append(article);
  fill(article, { ...campaign, left: campaign.list.left, list_text: campaign.list.text, counted: campaign.list.counted });
  const runs = campaign.state === "running";
  article.querySelector(".badge").className = `badge ${runs ? "good" : campaign.state === "paused" ? "warn" : "off"}`;
  article.querySelector('[data-do="start"]').hidden = runs;
  article.querySelector('[data-do="pause-campaign"]').hidden = !runs;
  article.querySelector('[data-slot="callbacks"]').classList.toggle("bad-text", campaign.callbacks_overdue > 0);
  setLedgers(article.querySelector('[data-list="ledgers"]'), campaign.ledgers);
}

function setLedgers(list, ledgers) {
  while (list.children.length > ledgers.length) list.lastElementChild.remove();
  ledgers.forEach((ledger, place) => {
    const row = list.children[place] ?? list.appendChild(made("t-ledger"));
    fill(row, ledger);
    const meter = row.querySelector(".meter");
    meter.className = `meter ${ledger.level}`;
    const width = `${Math.round(ledger.used * 100)}%`;
    const bar = meter.firstElementChild;
    if (bar.style.width !== width) bar.style.width = width;
  });
}

/** Take a campaign away. */
export function dropCampaign(key) {
  articles.get(key)?.remove();
  articles.delete(key);
}

/* The script of a call, over the desk's own addresses.

   openScript(place, callId, options) -> the handle of mountScript, or null when the campaign has no
   script. options: `onEnd({disposition, ...})`, when the store has taken the end, and whatever
   mountScript takes. The style sheet comes along. */

import { ask } from "/static/asking.js";
import { mountScript } from "/static/script.js";
import { t } from "/static/words.js";

const STYLE = "/static/script.css";

function dress() {
  if (document.querySelector(`link[href="${STYLE}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = STYLE;
  document.head.append(link);
}

export async function openScript(place, callId, options = {}) {
  const path = `/agent/script/${encodeURIComponent(callId)}`;
  const sheet = await ask("GET", path);
  if (sheet === null) return null;
  dress();
  let steps = Promise.resolve();
  const view = mountScript(place, {
    t,
    ...options,
    ...sheet,
    async onAnswer(question, value, how) {
      const said = await ask(
        "PUT", `${path}/answers/${question}`, { value, seconds: how.seconds });
      view.update({ full: said.full });
    },
    onStep(visit) {
      // One after the other: a step that was left is not to be written before it was entered.
      const told = steps.then(() => ask("POST", `${path}/steps`, visit));
      steps = told.catch(() => null);
      return told;
    },
    async onEnd(end) {
      const said = await ask("POST", `${path}/end`, { end: end.end, trail: end.trail });
      options.onEnd?.({ ...end, ...said });
    },
  });
  return view;
}

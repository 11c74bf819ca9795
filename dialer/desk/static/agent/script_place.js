// Where the campaign's script stands; a campaign without one leaves the place empty.

import { ask, toast } from "/static/asking.js";
import { button } from "/static/script_controls.js";
import { openScript } from "/static/script_call.js";
import { t } from "/static/words.js";

/** Results that are not chosen for the agent: they ask for more than a key. */
const NEVER_SUGGESTED = ["callback", "do_not_call"];

export class ScriptPlace {
  constructor(place, desk) {
    this.place = place;
    this.desk = desk;
    this.call = null;
    this.view = null;
  }

  /** The card changed: another call has its script from the first step, the same keeps its own. */
  show(picture) {
    const { card, call: live } = picture;
    // A call that is only planned is not on the disk yet, and what is not there has no sheet.
    const isThere = card && !card.is_preview && live?.id === card.call && live.state !== "planned";
    const call = isThere ? card.call : null;
    if (call === this.call) return;
    this.call = call;
    this.view?.destroy();
    this.view = null;
    this.place.replaceChildren();
    if (call !== null) this.open(call);
  }

  async open(call) {
    // Of its own for each call: a sheet that comes late is not put over another call's.
    const sheet = document.createElement("div");
    try {
      const view = await openScript(sheet, call, { onEnd: (end) => this.suggest(call, end) });
      if (view === null) return;
      if (this.call !== call) {
        view.destroy();
        return;
      }
      this.view = view;
      this.place.replaceChildren(sheet);
      view.focus();
    } catch (error) {
      if (this.call === call) {
        this.place.replaceChildren(button(t("Show the script"), "", () => this.open(call)));
        toast(error.message, "bad");
      }
    }
  }

  /** The result that the end of the script suggests, where the agent has chosen none. */
  async suggest(call, end) {
    const { card, chosen } = this.desk.picture;
    if (!end.disposition || chosen || card?.call !== call) return;
    const result = card.results.find((one) => one.code === end.disposition);
    if (!result || NEVER_SUGGESTED.includes(result.kind)) return;
    try {
      await ask("POST", "/agent/choose", { call, code: result.code });
      toast(t("The script suggests: {result}", { result: result.label }));
    } catch (error) {
      toast(error.message, "bad");
    }
  }
}

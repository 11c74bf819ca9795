// One key for each action. Never while somebody types in a field, and never together with Ctrl, Alt
// or Meta, which belong to the browser. They can be switched off (WCAG 2.1.4).

const SWITCH = "dialer.keys.off";

export class Keys {
  constructor() {
    this.actions = new Map();
    this.isOff = localStorage.getItem(SWITCH) === "1";
    document.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** What the keys do from now on: [{key, run}]. */
  set(actions) {
    this.actions = new Map(actions.map((one) => [one.key, one]));
  }

  turn(isOff) {
    this.isOff = isOff;
    if (isOff) localStorage.setItem(SWITCH, "1");
    else localStorage.removeItem(SWITCH);
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    const dialog = document.querySelector("dialog[open]");
    if (isField(event.target)) {
      if (event.key === "Escape") {
        // Out of the field; in a window the second one closes it.
        event.preventDefault();
        event.target.blur();
      }
      return;
    }
    if (this.isOff && event.key !== "?") return;
    if (dialog) {
      const button = dialog.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]:not(:disabled)`);
      if (button) {
        event.preventDefault();
        if (button.matches("textarea, input")) button.focus();
        else button.click();
      }
      return;
    }
    const action = this.actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!action || action.isOff) return;
    if (event.key === "Enter" && event.target.closest("button, a, summary, select")) return;
    event.preventDefault();
    action.run();
  }
}

function isField(element) {
  return element.isContentEditable || Boolean(element.closest?.(
    "input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select"));
}

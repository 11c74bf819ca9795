// The page's line to the server: connects, notices when it is gone, comes back by itself.
//
// Each message has a number. A gap means that something was missed: the whole picture is asked for.
// The server gives a sign of life every four seconds; without one for twelve the line is given up.

import { heard } from "/static/agent/clock.js";

const FIRST_WAIT = 250;
const WAIT_MAX = 5000;
const SILENCE_MAX = 12000;
const SIGNED_OUT = 4401;
const NO_AGENT = 4404;
const NO_SERVICE = 4503;

export class Link {
  /** `onChange(set, isWhole)` is given sections; `onState(isUp)` whether the line stands. */
  constructor(path, { onChange, onState }) {
    this.path = path;
    this.onChange = onChange;
    this.onState = onState;
    this.seq = null;
    this.wait = FIRST_WAIT;
    this.isUp = false;
    this.lastHeard = 0;
    this.timer = null;
    setInterval(() => this.watch(), 2000);
    addEventListener("online", () => this.again(0));
    addEventListener("offline", () => this.lose());
    document.addEventListener("visibilitychange", () => document.hidden || this.watch());
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${this.path}`);
    this.socket = socket;
    this.lastHeard = performance.now();
    socket.addEventListener("message", (event) => socket === this.socket && this.take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (socket !== this.socket) return;
      if (event.code === SIGNED_OUT) return location.assign(`/signin?next=${encodeURIComponent(location.pathname)}`);
      if (event.code === NO_AGENT || event.code === NO_SERVICE) this.wait = WAIT_MAX;
      this.lose();
    });
  }

  take(message) {
    this.lastHeard = performance.now();
    heard(message.now);
    if (message.type === "full") {
      this.seq = message.seq;
      this.wait = FIRST_WAIT;
      this.say(true);
      this.onChange(message.set, true);
    } else if (this.seq !== null && message.type === "change" && message.seq === this.seq + 1) {
      this.seq = message.seq;
      this.onChange(message.set, false);
    } else if (this.seq !== null && message.seq !== this.seq) {
      // Something was missed; nothing is believed until the whole picture has come.
      this.seq = null;
      this.socket.send("whole");
    }
  }

  /** The line is gone: say so at once, and try again. */
  lose() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.say(false);
    this.again(this.wait * (0.7 + 0.6 * Math.random()));
    this.wait = Math.min(2 * this.wait, WAIT_MAX);
  }

  again(delay) {
    if (this.isUp && this.socket) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), delay);
  }

  watch() {
    if (this.socket && performance.now() - this.lastHeard > SILENCE_MAX) this.lose();
    else if (!this.socket && this.timer === null) this.connect();
  }

  say(isUp) {
    if (isUp === this.isUp) return;
    this.isUp = isUp;
    this.onState(isUp);
  }
}

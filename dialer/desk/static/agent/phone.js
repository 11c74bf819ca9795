// The browser's own telephone: registers at the switch, answers the dialer's one call by itself, and
// is called again after a reload. One tab is the telephone; another takes over when that one closes.

import { ask, toast } from "/static/asking.js";
import { t } from "/static/words.js";
import { $, h, put } from "/static/agent/dom.js";

const CHOICE = "dialer.phone";
const LOCK = "dialer-phone";
const REGISTER_SECONDS = 60;
const ENOUGH_ADDRESSES = 300;

const WORDS = {
  desk: () => [t("Desk telephone"), "off"],
  none: () => [t("No telephone account"), "warn"],
  waiting: () => [t("Telephone in another tab"), "off"],
  connecting: () => [t("Telephone connects"), "warn"],
  registered: () => [t("Telephone ready"), "good"],
  talking: () => [t("On the line"), "good"],
  failed: () => [t("Telephone not connected"), "bad"],
  forbidden: () => [t("Microphone forbidden"), "bad"],
};

export class Phone {
  constructor() {
    this.account = null;
    this.session = null;
    this.stream = null;
    this.say("connecting");
  }

  /** Find out which telephone it is, and connect it. */
  async begin() {
    this.account = await ask("GET", "/agent/phone");
    const choice = localStorage.getItem(CHOICE) ?? (this.account.url ? "browser" : "desk");
    if (choice === "desk" || !this.account.url) return this.say("desk");
    if (!this.account.extension) return this.say("none");
    if (!isSecureContext) {
      this.say("forbidden");
      return toast(t("A browser is a telephone over HTTPS only; ask for that address."), "bad");
    }
    this.say("waiting");
    navigator.locks.request(LOCK, () => this.serve());
  }

  say(state, detail = "") {
    this.state = state;
    const [words, kind] = WORDS[state]();
    const place = $("phone-state");
    place.className = `badge ${kind}`;
    place.textContent = words;
    place.title = detail;
  }

  /** Be the telephone until this tab closes or a desk telephone is chosen. */
  async serve() {
    const { default: JsSIP } = await import("/static/vendor/jssip.js");
    if (!(await this.openMicrophone())) return undefined;
    const { url, extension, domain, ha1 } = this.account;
    this.say("connecting");
    this.ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(new URL(url, location.href.replace(/^http/, "ws")).href)],
      uri: `sip:${extension}@${domain}`,
      ha1,
      realm: domain,
      register_expires: REGISTER_SECONDS,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 10,
      user_agent: "dialer desk",
    });
    this.ua.on("registered", () => this.session || this.say("registered"));
    this.ua.on("unregistered", () => this.session || this.say("connecting"));
    this.ua.on("registrationFailed", (event) => this.say("failed", event.cause));
    this.ua.on("disconnected", () => this.say("failed"));
    this.ua.on("newRTCSession", (event) => event.originator === "remote" && this.answer(event.session));
    addEventListener("pagehide", () => this.stop());
    this.ua.start();
    return new Promise((ended) => {
      this.ended = ended;
    });
  }

  async openMicrophone() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false,
      });
      return true;
    } catch (error) {
      this.say("forbidden", String(error?.name ?? error));
      toast(t("The browser may not use the microphone. Allow it beside the address, then load the page again."), "bad");
      return false;
    }
  }

  /** The dialer nails the line up: it is answered at once. A newer one takes the place of the old. */
  answer(session) {
    this.session?.terminate();
    this.session = session;
    session.on("peerconnection", ({ peerconnection }) => this.hear(peerconnection));
    for (const name of ["ended", "failed"]) {
      session.on(name, () => {
        if (session !== this.session) return;
        this.session = null;
        this.say(this.ua.isRegistered() ? "registered" : "failed");
      });
    }
    session.on("confirmed", () => this.say("talking"));
    // Some networks never end to look for addresses; the first ones will do.
    let enough = null;
    session.on("icecandidate", (event) => {
      clearTimeout(enough);
      enough = setTimeout(event.ready, ENOUGH_ADDRESSES);
    });
    session.answer({ mediaStream: this.stream, pcConfig: { iceServers: [] } });
    if (session.connection) this.hear(session.connection);
  }

  hear(connection) {
    connection.addEventListener("track", (event) => {
      const audio = $("remote-audio");
      audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      audio.play().catch(() => {
        toast(t("Press any key or click on the page once, so that the browser plays the call."), "warn");
        for (const gesture of ["pointerdown", "keydown"]) {
          addEventListener(gesture, () => audio.play(), { once: true });
        }
      });
    });
  }

  stop() {
    this.ua?.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.ended?.();
  }

  /** Microphone and line: which telephone, how loud the microphone is. */
  async show() {
    const choose = (choice) => {
      localStorage.setItem(CHOICE, choice);
      location.reload();
    };
    const choice = (value, label) => {
      const input = h("input", { type: "radio", name: "phone", onchange: () => choose(value) });
      input.checked = (value === "desk") === (this.state === "desk");
      return h("label", { class: "choice" }, input, label);
    };
    const level = h("meter", { class: "level", min: "0", max: "1", low: "0.05", value: "0", "aria-label": t("Microphone level") });
    const said = h("p", { class: "soft", "aria-live": "polite" }, t("Speak: the bar must move."));
    const dialog = $("dialog");
    put(
      dialog,
      h("h2", { id: "dialog-title" }, t("Microphone and line")),
      h("fieldset", {}, h("legend", {}, t("My telephone")),
        choice("browser", t("This browser with a headset")), choice("desk", t("A telephone on the desk"))),
      this.account?.url ? null : h("p", { class: "note warn" }, t("The dialer names no address for browsers' telephones (web.phone_url).")),
      level, said,
      h("p", {}, h("button", { type: "button", onclick: () => this.tryLine(said) }, t("Call my telephone for a test"))),
      h("div", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, t("Close"), " ", h("kbd", {}, "Esc"))),
    );
    dialog.showModal();
    const stop = await this.measure(level, said);
    dialog.addEventListener("close", () => stop?.(), { once: true });
  }

  /** A short call to this telephone: a tone, then the agent's own voice. Only while logged out. */
  async tryLine(said) {
    try {
      await ask("POST", "/agent/do/try_phone", {});
      said.textContent = t("Your telephone is being called: a tone, then your own voice.");
    } catch (error) {
      said.textContent = error.message;
    }
  }

  async measure(level, said) {
    try {
      const stream = this.stream ?? (await navigator.mediaDevices.getUserMedia({ audio: true }));
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const loud = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
        level.value = Math.min(1, loud * 4);
        if (loud > 0.02) said.textContent = t("The microphone hears you.");
      }, 100);
      return () => {
        clearInterval(timer);
        context.close();
        if (stream !== this.stream) for (const track of stream.getTracks()) track.stop();
      };
    } catch (error) {
      said.textContent = t("There is no microphone, or it is forbidden: {reason}.", { reason: error.name });
      return null;
    }
  }
}

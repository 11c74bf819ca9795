// The player of a recording: both voices drawn, seek by click and keyboard, speed, sides muted.
// The sound is asked for at the first play: that is one listening, and one line in the audit log.

import { ask, toast } from "/static/asking.js";
import { duration, t } from "/static/words.js";

const STEP_SECONDS = 5;
const JUMP_SECONDS = 10;
const MARKED = { mask: "--bad", hold: "--warn" };

export class Player {
  constructor(section) {
    this.section = section;
    this.base = section.dataset.base;
    this.length = Number(section.dataset.seconds);
    this.audio = section.querySelector("audio");
    this.slider = section.querySelector('[role="slider"]');
    this.canvas = section.querySelector("canvas");
    this.wave = null;
    this.wanted = 0;
    this.graph = null;
    this.starting = null;
    this.muted = { lead: false, agent: false };
    this.marks = [...section.querySelectorAll("[data-mark]")].map(({ dataset }) => ({
      kind: dataset.mark,
      second: Number(dataset.second),
      until: dataset.until === "" ? null : Number(dataset.until),
    }));
    this.listen();
    this.load();
  }

  listen() {
    this.section.addEventListener("click", (event) => {
      const name = event.target.closest("button[data-do]")?.dataset.do;
      if (name) this.act(name);
    });
    this.section.querySelector('select[data-do="speed"]').addEventListener("change", (event) => {
      this.audio.playbackRate = Number(event.target.value);
    });
    this.slider.addEventListener("pointerdown", (event) => {
      const box = this.slider.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    });
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("click", (event) => {
      const second = event.target.closest("[data-seek]")?.dataset.seek;
      if (second !== undefined) this.seek(Number(second));
    });
    for (const name of ["timeupdate", "seeked", "ended", "pause", "play"]) {
      this.audio.addEventListener(name, () => this.show());
    }
    this.audio.addEventListener("error", () => {
      if (this.audio.src) toast(t("The sound cannot be played any more. Load the page again."), "bad");
    });
    new ResizeObserver(() => this.draw()).observe(this.slider);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  async load() {
    try {
      const answer = await ask("GET", `${this.base}/waveform`);
      this.length = answer.seconds;
      this.wave = { lead: bytes(answer.lead), agent: bytes(answer.agent) };
      this.slider.setAttribute("aria-valuemax", String(Math.round(this.length)));
      this.section.querySelector("[data-length]").textContent = duration(this.length);
    } catch (error) {
      const problem = this.section.querySelector(".wave-problem");
      problem.textContent = error.message;
      problem.hidden = false;
    }
    this.section.dataset.drawn = "yes";
    this.show();
  }

  get now() {
    return this.audio.src && this.audio.readyState > 0 ? this.audio.currentTime : this.wanted;
  }

  act(name) {
    if (name === "play") this.toggle();
    if (name === "back") this.seek(this.now - JUMP_SECONDS);
    if (name === "ahead") this.seek(this.now + JUMP_SECONDS);
    if (name === "mute-lead") this.mute("lead");
    if (name === "mute-agent") this.mute("agent");
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const at = event.target;
    const isWriting = at.matches("textarea, select, input:not([type=radio], [type=checkbox])");
    const isSlider = at === this.slider;
    if (isWriting) return;
    const key = event.key.toLowerCase();
    if (key === " " && !at.matches("button, a, summary, input")) this.toggle();
    else if (key === "j") this.seek(this.now - JUMP_SECONDS);
    else if (key === "l") this.seek(this.now + JUMP_SECONDS);
    else if (isSlider && (key === "arrowleft" || key === "arrowdown")) this.seek(this.now - STEP_SECONDS);
    else if (isSlider && (key === "arrowright" || key === "arrowup")) this.seek(this.now + STEP_SECONDS);
    else if (isSlider && key === "home") this.seek(0);
    else if (isSlider && key === "end") this.seek(this.length);
    else return;
    event.preventDefault();
  }

  async toggle() {
    if (!this.audio.paused) {
      this.audio.pause();
      return;
    }
    try {
      await this.open();
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") toast(error.message, "bad");
    }
  }

  /** Ask for the sound once, and stand where the person had put the position. */
  open() {
    this.starting ??= ask("POST", `${this.base}/listening`).then(
      ({ sound }) =>
        new Promise((done, failed) => {
          this.audio.addEventListener("loadedmetadata", () => {
            this.audio.currentTime = this.wanted;
            done();
          }, { once: true });
          this.audio.addEventListener(
            "error", () => failed(new Error(t("The sound cannot be played."))), { once: true },
          );
          this.audio.preload = "auto";
          this.audio.src = sound;
        }),
      (error) => {
        this.starting = null;
        throw error;
      },
    );
    return this.starting;
  }

  seek(second) {
    this.wanted = Math.min(Math.max(second, 0), this.length);
    if (this.audio.readyState > 0) this.audio.currentTime = this.wanted;
    this.show();
  }

  /** Silence one side. The sound goes through the two gains only from the first mute on. */
  mute(side) {
    this.muted[side] = !this.muted[side];
    const button = this.section.querySelector(`[data-do="mute-${side}"]`);
    button.setAttribute("aria-pressed", String(this.muted[side]));
    if (this.graph === null) {
      const context = new AudioContext();
      const split = context.createChannelSplitter(2);
      const [lead, agent] = [context.createGain(), context.createGain()];
      context.createMediaElementSource(this.audio).connect(split);
      split.connect(lead, 0);
      split.connect(agent, 1);
      lead.connect(context.destination);
      agent.connect(context.destination);
      this.graph = { context, lead, agent };
    }
    this.graph.context.resume();
    for (const each of ["lead", "agent"]) this.graph[each].gain.value = this.muted[each] ? 0 : 1;
    this.draw();
  }

  show() {
    const now = this.now;
    this.slider.setAttribute("aria-valuenow", String(Math.round(now)));
    this.slider.setAttribute("aria-valuetext", duration(now));
    this.section.querySelector("[data-now]").textContent = duration(now);
    const isPlaying = !this.audio.paused;
    const button = this.section.querySelector('[data-do="play"]');
    button.setAttribute("aria-pressed", String(isPlaying));
    button.querySelector("[data-play-word]").textContent = isPlaying ? t("Pause") : t("Play");
    this.draw();
  }

  draw() {
    const box = this.canvas.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(box.width * scale));
    this.canvas.height = Math.max(1, Math.round(box.height * scale));
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const colour = (name) => getComputedStyle(this.section).getPropertyValue(name);
    for (const { kind, second, until } of this.marks) {
      const x = (second / this.length) * box.width;
      pen.fillStyle = colour(MARKED[kind] ?? "--accent");
      pen.globalAlpha = until === null ? 1 : 0.22;
      pen.fillRect(x, 0, until === null ? 1.5 : Math.max(2, ((until - second) / this.length) * box.width), box.height);
    }
    pen.globalAlpha = 1;
    if (this.wave) {
      const half = box.height / 2;
      const sides = this.wave.agent.length ? ["lead", "agent"] : ["lead"];
      const top = Math.max(1, ...sides.flatMap((side) => [...this.wave[side]]));
      sides.forEach((side, index) => {
        const middle = sides.length === 1 ? half : half * (index + 0.5);
        const reach = (sides.length === 1 ? half : half / 2) - 4;
        const points = this.wave[side];
        const width = box.width / points.length;
        pen.globalAlpha = this.muted[side] ? 0.25 : 1;
        pen.fillStyle = colour(side === "lead" ? "--talk" : "--wait");
        for (let point = 0; point < points.length; point += 1) {
          const high = Math.max(0.5, (points[point] / top) * reach);
          pen.fillRect(point * width, middle - high, Math.max(width, 0.75), 2 * high);
        }
      });
      pen.globalAlpha = 1;
    }
    pen.fillStyle = colour("--text");
    pen.fillRect((this.now / (this.length || 1)) * box.width - 1, 0, 2, box.height);
  }
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

for (const section of document.querySelectorAll("[data-player]")) section.player = new Player(section);

// A short sound when a call comes, for those who want one.

const SWITCH = "dialer.sound";

export const sound = {
  isOn: localStorage.getItem(SWITCH) === "1",
  turn(isOn) {
    this.isOn = isOn;
    localStorage.setItem(SWITCH, isOn ? "1" : "0");
    if (isOn) this.play();
  },
  play() {
    if (!this.isOn) return;
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.08;
    tone.frequency.value = 660;
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.18);
    tone.addEventListener("ended", () => context.close());
  },
};

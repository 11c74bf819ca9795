// The dialer's clock as this page knows it. It need not be the wall's, nor run at its speed.

let serverAt = 0;
let heardAt = 0;
let speed = 1;

/** The server said what time it is: Unix seconds. */
export function heard(now) {
  const at = performance.now() / 1000;
  const passed = at - heardAt;
  if (heardAt && passed > 1) {
    const measured = (now - serverAt) / passed;
    // A page that was asleep, or a line that was down, tells nothing of the speed.
    if (passed < 10 && measured > 0.2) speed = measured < 1.5 ? 1 : measured;
  }
  if (!heardAt || passed > 1 || now > serverNow()) {
    serverAt = now;
    heardAt = at;
  }
}

/** The dialer's time now, in Unix seconds. */
export function serverNow() {
  return heardAt ? serverAt + (performance.now() / 1000 - heardAt) * speed : Date.now() / 1000;
}

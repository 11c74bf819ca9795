// Where the campaign's script stands; a campaign without one leaves the place empty.

export class ScriptPlace {
  constructor(place, desk) {
    this.place = place;
    this.desk = desk;
    this.call = null;
  }

  /** The card changed: another call has its script from the first step, the same keeps its own. */
  show(picture) {
    const call = picture.card?.call ?? null;
    if (call === this.call) return;
    this.call = call;
    this.place.replaceChildren();
  }
}

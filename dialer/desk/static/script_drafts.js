/* What was typed a moment ago and is not sent yet, kept over a reload of this tab. */

export class Drafts {
  constructor(callId) {
    this.prefix = callId ? `script ${callId} ` : null;
  }

  keep(question, draft) {
    this.use((store) => store.setItem(this.prefix + question, JSON.stringify(draft)));
  }

  drop(question) {
    this.use((store) => store.removeItem(this.prefix + question));
  }

  /* Those of the questions that have one: [question, draft]. */
  of(questions) {
    return this.use((store) => questions
      .map((question) => [question, JSON.parse(store.getItem(this.prefix + question))])
      .filter(([, draft]) => draft !== null)) ?? [];
  }

  /* A browser may have no room, or no store at all; then a reload loses the last half second. */
  use(work) {
    if (this.prefix === null) return null;
    try {
      return work(sessionStorage);
    } catch {
      return null;
    }
  }
}

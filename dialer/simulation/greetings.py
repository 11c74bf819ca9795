"""Who answers, as the classifier hears it, and which keys people press."""

from campaigns.outcomes import Verdict
from dialer.simulation.plan import GreetingPlan
from dialer.simulation.streams import Streams


class Greetings:
    """Draws by streams of its own, so that worlds without a classifier stay as they were."""

    def __init__(self, plan: GreetingPlan, streams: Streams) -> None:
        self.plan = plan
        self._answers = streams.named("greetings.answers")
        self._times = streams.named("greetings.times")
        self._keys = streams.named("greetings.keys")

    def is_machine(self) -> bool:
        """Whether this answer is a machine's."""
        return self._answers.random() < self.plan.machine_ratio

    def verdict(self, *, is_machine: bool) -> Verdict:
        """What the classifier says of it."""
        if self._answers.random() < self.plan.unsure_ratio:
            return Verdict.UNSURE
        is_wrong = self._answers.random() < self.plan.wrong_ratio
        return Verdict.MACHINE if is_machine != is_wrong else Verdict.HUMAN

    def verdict_seconds(self) -> float:
        """From the answer to the verdict."""
        return self.plan.verdict_after.draw(self._times)

    def beep_seconds(self) -> float:
        """From the verdict to the beep."""
        return self.plan.beep_after.draw(self._times)

    def opts_out(self) -> bool:
        """Whether this person presses the key that ends all calls."""
        return self._keys.random() < self.plan.opt_out_ratio

    def answer(self, keys: str) -> str | None:
        """The key pressed for a question, or none."""
        return self._keys.choice(keys) if self._keys.random() < self.plan.key_ratio else None

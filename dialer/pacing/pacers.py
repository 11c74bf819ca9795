"""The one place that turns a dial mode into a pacer."""

from typing import assert_never

from dialer.pacing.lines import LinesPacer
from dialer.pacing.predictive import PredictivePacer
from dialer.pacing.preview import PreviewPacer
from dialer.pacing.progressive import ProgressivePacer
from dialer.pacing.ratio import RatioPacer
from dialer.pacing.settings import DialMode, PacingSettings
from dialer.pacing.view import Pacer


def create(settings: PacingSettings) -> Pacer:
    """A fresh pacer for one team."""
    match settings.mode:
        case DialMode.PREVIEW:
            return PreviewPacer(settings)
        case DialMode.PROGRESSIVE:
            return ProgressivePacer(settings)
        case DialMode.RATIO:
            return RatioPacer(settings)
        case DialMode.PREDICTIVE:
            return PredictivePacer(settings)
        case DialMode.MESSAGE:
            return LinesPacer()
        case _:
            assert_never(settings.mode)

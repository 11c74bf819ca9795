"""Everything of listening to calls, under one attribute of the store."""

from sqlalchemy.ext.asyncio import AsyncEngine

from campaigns.store.call_marks import CallMarks
from campaigns.store.listening import Listening
from campaigns.store.quality_calibrations import QualityCalibrations
from campaigns.store.quality_figures import QualityFigures
from campaigns.store.quality_reviews import QualityReviews
from campaigns.store.quality_samples import QualitySamples
from campaigns.store.recording_search import RecordingFinder
from campaigns.store.scorecards import Scorecards


class Quality:
    """Recordings to be found and heard, and what is made of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.recordings = RecordingFinder(engine)
        self.marks = CallMarks(engine)
        self.listening = Listening(engine)
        self.scorecards = Scorecards(engine)
        self.samples = QualitySamples(engine)
        self.calibrations = QualityCalibrations(engine)
        self.reviews = QualityReviews(engine)
        self.figures = QualityFigures(engine)

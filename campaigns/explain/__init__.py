"""Why somebody is, or is not, called: pure words and sums over the verdicts of the gate."""

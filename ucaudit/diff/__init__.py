"""Two schemas to findings, one per cause, with effects and witnesses."""

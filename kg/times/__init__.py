"""Time expressions: the words, the calendar and the readings that `kg.resolve_time` puts together."""

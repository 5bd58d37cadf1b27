"""Answers kept for who asks the same again of the same snapshot; invisible but for speed."""

from collections import OrderedDict
from collections.abc import Hashable

from server.messages import Answer


class AnswerCache:
    """The answers used last, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._answers: OrderedDict[Hashable, tuple[Answer, int]] = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key: Hashable) -> Answer | None:
        """The answer, if it is there."""
        found = self._answers.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._answers.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, answer: Answer, weight: int) -> None:
        """Keep an answer; `weight` is about the bytes that it and its key take."""
        if weight > self._most // 8:
            return
        if key in self._answers:
            self._size -= self._answers.pop(key)[1]
        self._answers[key] = (answer, weight)
        self._size += weight
        while self._size > self._most:
            self._size -= self._answers.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget all: another snapshot is served now."""
        self._answers.clear()
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

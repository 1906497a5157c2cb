"""Somebody at the wizard: answers what is asked, and does things when they are told to."""

from __future__ import annotations

from collections.abc import Callable

from rma_station.wizard.conversation import Conversation


class Person:
    """Reads what is shown and types.

    Args:
        answers: what to type, each with a part of the question it answers.
        does: part of a line to what is done when it is shown, each once.
    """

    def __init__(self, *answers: tuple[str, str], does: dict[str, Callable[[], object]] | None = None) -> None:
        self.seen = ""
        self._answers = list(answers)
        self._does = list((does or {}).items())
        self._done = 0

    def talk(self, language: str = "en") -> Conversation:
        """A conversation with this person."""
        return Conversation(language, self, self)  # type: ignore[arg-type]

    def write(self, text: str) -> None:
        """Something is shown."""
        self.seen += text
        if self._done < len(self._does) and self._does[self._done][0] in self.seen.split("\0")[-1]:
            act = self._does[self._done][1]
            self._done += 1
            self.seen += "\0"  # what was seen so far does not count again
            act()

    def flush(self) -> None:
        """Nothing waits."""

    def readline(self) -> str:
        """Answer the question in the last line; the end of the input when there is no more to say."""
        if not self._answers:
            return ""
        question, answer = self._answers.pop(0)
        asked = " ".join(self.seen.replace("\0", "").splitlines()[-6:])
        assert question in " ".join(asked.split()), (question, asked)
        self.seen += answer + "\n"
        return answer + "\n"

    @property
    def text(self) -> str:
        """All that was shown and typed, in one line."""
        return " ".join(self.seen.replace("\0", "").split())

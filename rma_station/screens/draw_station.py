"""The worker screen as a picture: one question, what it accepts, and the last answer. Pure; it decides nothing.

Three layouts: 40x15 (a handheld over SSH), 80x24, and 120x30 with keys and the last answers at the side. Whatever the
size, lines keep their places from one state to the next; only STOP takes the whole screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from rma_station.domain.clean import clean
from rma_station.domain.command import Command
from rma_station.domain.outcome import Choice, Kind, Message, Outcome, Text, View, say
from rma_station.domain.record import dataclass
from rma_station.screens import actions, bars, blocks, picture
from rma_station.screens.picture import Line, Picture, Span
from rma_station.services.bench import StatusLine
from rma_station.services.texts import render, word

SMALLEST = (40, 15)
NORMAL = (80, 24)
WIDE = (120, 30)
SIDE = 40
"""Columns of the side panel."""
BANNER = 3
_LOUD = frozenset({"flow.remedy", "flow.fact_overdue", "flow.fact_deadline_unsure", "flow.fact_absent", "flow.also_at"})
"""Facts a worker has to act on that have no "!" in their words."""
REMEMBERED = 10
"""Answers the side panel shows."""


@dataclass(frozen=True)
class Scene:
    """Everything the worker screen is drawn from."""

    view: View
    status: StatusLine
    outcome: Outcome | None = None
    notice: str = ""
    """A line of the screen's own: a key that does nothing here, a PIN that was scanned."""
    typed: str = ""
    past: tuple[tuple[Kind, str], ...] = ()
    """The last answers, newest first."""

    @property
    def language(self) -> str:
        """The worker's."""
        return self.status.language


def draw(scene: Scene, width: int, height: int) -> Picture:
    """The worker screen, exactly ``height`` lines of ``width`` cells."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return too_small(width, height, scene.language)
    if scene.outcome is not None and scene.outcome.kind is Kind.STOP:
        return _stop(scene, scene.outcome, width, height)
    if width < NORMAL[0] or height < NORMAL[1]:
        return _small(scene, width, height)
    if width >= WIDE[0] and height >= WIDE[1]:
        left, side = width - SIDE - 1, height - 1
        main = _normal(scene, left, height)
        bar: Picture = [(("│", "rule"),)] * side
        return [
            bars.status_line(scene.status, width),
            *picture.beside(picture.beside(main[1:], bar), _side(scene, SIDE, side)),
        ]
    return _normal(scene, width, height)


def in_one_line(outcome: Outcome, language: str) -> str:
    """An answer where there is one line for it: with its detail where it would end in a colon."""
    message = render(outcome.message, language)
    return f"{message} {render(outcome.detail, language)}" if message.endswith(":") and outcome.detail else message


def too_small(width: int, height: int, language: str) -> Picture:
    """What a window shows that has no room for the work."""
    texts = [
        render(say("screen.too_small", width=width, height=height), language),
        word("screen.too_small_need", language),
    ]
    lines = [row for text in texts for row in picture.wrap(text, width, 4)]
    return picture.exactly([picture.line(width, (row, "strong")) for row in lines], width, height)


def _small(scene: Scene, width: int, height: int) -> Picture:
    title = picture.line(width, (f" {render(scene.view.title, scene.language)}", "bar_strong"), fill="bar")
    rows = height - 3 - BANNER
    last = _last_line(scene, width)
    above = [title, *_question(scene, width, rows, scene.view.facts, blocks_allowed=False)]
    if len(scene.view.choices) > rows - 3:
        above = _dense(scene, width, rows + 1)
    elif scene.view.undo is not None and len(scene.view.choices) < rows - 4:
        above[-1] = bars.key_line(_keys(scene), width, scene.language)
    return [bars.status_line(scene.status, width), *above, *_banner(scene, width), last]


def _dense(scene: Scene, width: int, rows: int) -> Picture:
    """Many answers in a small window: the question in one line, so that each answer keeps a line of its own."""
    prompt = picture.line(width, (" ▶ ", "accent"), (render(scene.view.prompt, scene.language), "prompt"))
    typing = [_typing(scene, width)] if scene.view.expects_text or scene.view.secret else []
    return picture.exactly([prompt, *typing, *_choices(scene, width, rows - 1 - len(typing))], width, rows)


def _normal(scene: Scene, width: int, height: int) -> Picture:
    language = scene.language
    facts = 3 if height < WIDE[1] else 5
    rows = height - 8 - facts - BANNER
    known, more = _facts(scene, width, facts)
    notice = picture.line(width, (f" {scene.notice}", "warn")) if scene.notice else None
    return picture.exactly(
        [
            bars.status_line(scene.status, width),
            picture.blank(width),
            picture.line(width, (f" {render(scene.view.title, language)}", "accent")),
            *known,
            picture.rule(width),
            picture.blank(width),
            *_question(scene, width, rows, more, blocks_allowed=True),
            *_banner(scene, width),
            picture.blank(width),
            _undo(scene, width),
            notice or bars.key_line(_keys(scene), width, language),
        ],
        width,
        height,
    )


def _facts(scene: Scene, width: int, rows: int) -> tuple[Picture, Sequence[Text]]:
    """The facts above the question, in two columns when one is too short; and those that found no place."""
    facts = scene.view.facts
    columns = (facts[:rows], facts[rows : 2 * rows])
    widths = (width // 2, width - width // 2) if columns[1] else (width, 0)
    drawn = [
        picture.exactly([picture.line(size, _fact(fact, scene.language, "base")) for fact in column], size, rows)
        for column, size in zip(columns, widths, strict=True)
    ]
    return picture.beside(*drawn), facts[2 * rows :]


def _fact(fact: Text, language: str, role: str) -> Span:
    """What is wrong stands out from what is only so: by its words, by "!" where there is one, and by colour."""
    text = render(fact, language)
    loud = text.startswith("!") or (isinstance(fact, Message) and fact.key in _LOUD)
    return f" {text}", "warn" if loud else role


def _keys(scene: Scene) -> list[str]:
    """Help, what makes sense now, and the bench panel for whoever tries the station out."""
    trying = [] if scene.status.mode == "live" else ["bench"]
    return ["help", *(command.value for command in scene.view.offers), *trying]


def _question(scene: Scene, width: int, rows: int, facts: Sequence[Text], *, blocks_allowed: bool) -> Picture:
    """Prompt, what it accepts, and the answers; the room that is left shows the facts that had no place above."""
    language = scene.language
    prompt = picture.wrap(render(scene.view.prompt, language), width - 4, 2)
    lines = [
        picture.line(width, (" ▶ " if index == 0 else "   ", "accent"), (text, "prompt"))
        for index, text in enumerate(prompt)
    ]
    lines.append(picture.line(width, ("   ", "base"), (render(scene.view.accepts, language), "muted")))
    if rows - len(lines) > len(scene.view.choices) or not scene.view.choices:
        lines.append(picture.blank(width))
    lines += _body(scene, width, rows - len(lines), blocks_allowed=blocks_allowed)
    room = rows - len(lines)
    if facts and scene.view.choices and room > len(facts[:room]):
        lines.append(picture.blank(width))
        room -= 1
    if facts and room > 0:
        lines += [picture.line(width, _fact(fact, language, "muted")) for fact in facts[:room]]
    return picture.exactly(lines, width, rows)


def _body(scene: Scene, width: int, rows: int, *, blocks_allowed: bool) -> Picture:
    view = scene.view
    if view.expects_text or view.secret:
        return [_typing(scene, width), *_choices(scene, width, rows - 1)]
    big = clean(view.big)
    drawn = blocks.letters(big, width - 4) if big and blocks_allowed and rows >= blocks.HEIGHT else None
    if drawn and view.choices and len(drawn[0]) + 6 > width // 2:
        drawn = None
    if drawn:
        drawing = [picture.line(len(drawn[0]) + 6, (f"   {row}", "big")) for row in drawn]
        if not view.choices:
            return [picture.line(width, *spans) for spans in drawing]
        left = picture.exactly(drawing, len(drawn[0]) + 6, rows)
        return picture.beside(
            left, picture.exactly(_choices(scene, width - len(drawn[0]) - 6, rows), width - len(drawn[0]) - 6, rows)
        )
    lines: Picture = []
    if big:
        lines.append(picture.line(width, ("   ", "base"), (f" {big} ", "field")))
    return lines + _choices(scene, width, rows - len(lines))


def _typing(scene: Scene, width: int) -> Line:
    shown = "*" * len(scene.typed) if scene.view.secret else clean(scene.typed)
    room = min(width - 6, 44)
    return picture.line(width, ("   ", "base"), (picture.fit(f" {shown[-(room - 3) :]}_", room), "field"))


def _choices(scene: Scene, width: int, rows: int) -> Picture:
    choices = scene.view.choices
    if not choices or rows <= 0:
        return []
    if len(choices) <= rows:
        return [_choice(choice, width, scene.language) for choice in choices]
    half = (len(choices) + 1) // 2
    left, right = choices[:half], choices[half:]
    widths = width // 2, width - width // 2
    return [
        (
            *_choice(one, widths[0], scene.language),
            *(_choice(right[index], widths[1], scene.language) if index < len(right) else picture.blank(widths[1])),
        )
        for index, one in enumerate(left[:rows])
    ]


def _choice(choice: Choice, width: int, language: str) -> Line:
    """One answer; the proposed one is marked by shape, not by colour alone."""
    number: Span = (f" {choice.number} ", "field" if choice.proposed else "accent")
    text = picture.fit(render(choice.text, language), width - 10) if choice.proposed else render(choice.text, language)
    spans: list[Span] = [("  ", "base"), number, (" ", "base"), (text, "strong" if choice.proposed else "base")]
    if choice.proposed:
        spans[-1] = (text.rstrip(), "strong")
        spans.append((f" ◀ {actions.key_of('yes')}", "accent"))
    return picture.line(width, *spans)


def _banner(scene: Scene, width: int) -> Picture:
    """Three lines: shape and word at the left, the answer beside them, its detail below."""
    outcome, language = scene.outcome, scene.language
    kind = outcome.kind if outcome else Kind.READY
    role = kind.value
    head = f" {bars.SHAPES[kind]} {word(f'kind.{role}', language)} "
    indent = picture.cells(head) + 1
    message = picture.wrap(render(outcome.message, language), width - indent - 1, 2) if outcome else []
    rows: list[tuple[Span, ...]] = [
        ((head, f"{role}_strong"), (" ", role), (message[0] if message else "", f"{role}_strong"))
    ]
    rows += [((" " * indent, role), (text, f"{role}_strong")) for text in message[1:]]
    if outcome and outcome.detail:
        detail = render(outcome.detail, language)
        rows.append(((" " * (indent if picture.cells(detail) + indent < width else 1), role), (detail, role)))
    if len(rows) < BANNER - 1:
        rows.insert(0, ())
    rows += [()] * (BANNER - len(rows))
    return [picture.line(width, *spans, fill=role) for spans in rows]


def _undo(scene: Scene, width: int) -> Line:
    """What F9 would take back, always in the same place."""
    if scene.view.undo is None:
        return picture.blank(width)
    language = scene.language
    label, what = word("screen.undo", language), render(scene.view.undo, language)
    return picture.line(width, (f" {actions.key_of('undo')} ", "accent"), (f"{label}: ", "muted"), (what, "base"))


def _last_line(scene: Scene, width: int) -> Line:
    if scene.notice:
        return picture.line(width, (f" {scene.notice}", "warn"))
    if scene.view.undo is not None:
        return _undo(scene, width)
    return bars.key_line(_keys(scene), width, scene.language)


def _stop(scene: Scene, outcome: Outcome, width: int, height: int) -> Picture:
    """STOP takes the whole screen: double border, big word, the instruction; the question stays below."""
    language = scene.language
    large = height >= NORMAL[1] and width >= 60
    frame = height // 2 + 2 if large else 7
    inner = width - 4
    title = word("kind.stop", language)
    drawn = blocks.letters(title, inner) if large else None
    rows: list[tuple[str, str]] = [("", "stop")] if large else []
    rows += [(row, "stop_strong") for row in drawn or [f"■ {title} ■"]]
    rows += [("", "stop")] if large else []
    rows += [(text, "stop_strong") for text in picture.wrap(render(outcome.message, language), inner, 2)]
    if outcome.detail:
        free = frame - 2 - len(rows)
        rows += [(text, "stop") for text in picture.wrap(render(outcome.detail, language), inner, max(free, 0))]
    rows = [*rows[: frame - 2], *[("", "stop")] * (frame - 2 - len(rows))]
    box = [picture.line(width, (f"╔{'═' * (width - 2)}╗", "stop_strong"))]
    edge = (("║ ", "stop_strong"),), ((" ║", "stop_strong"),)
    for text, role in rows:
        margin = " " * ((inner - picture.cells(text)) // 2)
        middle = picture.line(inner, (margin, "stop"), (text, role), fill="stop")
        box.append((*edge[0], *middle, *edge[1]))
    box.append(picture.line(width, (f"╚{'═' * (width - 2)}╝", "stop_strong")))
    typed = scene.view.expects_text or scene.view.secret
    after = (
        "stop_type"
        if typed
        else "stop_answer"
        if scene.view.choices
        else "stop_undo"
        if scene.view.undo
        else "stop_go_on"
    )
    hint = scene.notice or word(f"screen.{after}", language)
    below = height - 2 - frame
    last = picture.line(width, (f" {hint}", "warn"))
    return picture.exactly(
        [
            bars.status_line(scene.status, width),
            *box,
            *_question(scene, width, below, scene.view.facts, blocks_allowed=False),
            last,
        ],
        width,
        height,
    )


def _side(scene: Scene, width: int, height: int) -> Picture:
    """Keys, and what the last answers were."""
    language = scene.language
    lines = [picture.blank(width), picture.line(width, (f" {word('screen.help_keys', language)}", "muted"))]
    for action in actions.ACTIONS:
        if action.where is actions.Where.WORKER or (
            action.where is actions.Where.SAMPLE and scene.status.mode != "live"
        ):
            key = picture.fit(actions.key_of(action.name), 4)
            now = action.command in (*scene.view.offers, Command.HELP, Command.UNDO)
            roles = ("accent", "strong") if now else ("muted", "muted")
            lines.append(picture.line(width, (f"  {key}", roles[0]), (word(f"key.{action.name}", language), roles[1])))
    lines += [picture.blank(width), picture.rule(width)]
    for kind, text in scene.past[: height - len(lines)]:
        role = "warn" if kind in (Kind.ATTENTION, Kind.STOP) else "muted"
        lines.append(picture.line(width, (f" {bars.SHAPES[kind]} ", role), (text, "muted")))
    return picture.exactly(lines, width, height)

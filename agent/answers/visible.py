"""The copy inside a growing JSON answer, so that the terminal shows words and not braces."""

from __future__ import annotations

from agent.answers.citations import settled, strip_markers

_TOP = frozenset({"title", "digest", "text", "cta"})
_SECTION = frozenset({"heading", "text"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": ""}
_THINK_TAGS = ("<think>", "<thinking>", "<reasoning>", "<analysis>")
SEPARATOR = "\n\n"


def visible_text(partial_json: str) -> str:
    """Title, digest, sections, text and call to action as far as they have arrived, without source markers.

    Growing input gives growing output. Linear in the length of the input; never raises.
    """
    return VisibleText().feed(partial_json)


class VisibleText:
    """The same for pieces: `feed` returns what became visible with each of them. Linear over all pieces together."""

    def __init__(self) -> None:
        self._read = self._seek
        self._tag = ""
        self._stack: list[str | None] = []
        """One entry per open container: the current key of an object, None for an array."""
        self._key = ""
        self._expect_key = False
        self._escape: str | None = None
        self._high = ""
        self._out: list[str] = []
        self._shown = False
        self._field: list[str] = []
        self._pending = ""
        self._solid = False
        self._visible = False
        self._begun = False

    def feed(self, delta: str) -> str:
        """What becomes visible with `delta`. Pieces joined equal `visible_text` of the whole."""
        for char in delta:
            self._read(char)
        self._flush(done=False)
        grown = "".join(self._out)
        self._out.clear()
        return grown

    def _seek(self, char: str) -> None:
        """Before the answer: skips prose and code fences, steps into reasoning."""
        if char == "{":
            self._open("")
        elif char == "<" or (self._tag and char != ">"):
            self._tag = (self._tag + char)[:16] if char != "<" else char
        elif self._tag:
            if (self._tag + char).lower() in _THINK_TAGS:
                self._read = self._think
            self._tag = ""

    def _think(self, char: str) -> None:
        """Inside <think>…</think>: nothing of it is copy."""
        self._tag = char if char == "<" else (self._tag + char)[:16] if self._tag else ""
        if char == ">":
            if self._tag.startswith("</") and self._tag.replace("/", "").lower() in _THINK_TAGS:
                self._read = self._seek
            self._tag = ""

    def _open(self, entry: str | None) -> None:
        self._stack.append(entry)
        self._expect_key = entry is not None
        self._read = self._between

    def _between(self, char: str) -> None:
        """Outside strings."""
        if char == '"':
            self._key = ""
            self._visible = not self._expect_key and self._is_copy()
            self._begun = False
            self._read = self._string
        elif char == "{":
            self._open("")
        elif char == "[":
            self._open(None)
        elif char in "}]":
            if self._stack:
                self._stack.pop()
            self._expect_key = False
            if not self._stack:
                self._read = self._ignore
        elif char == ",":
            self._expect_key = bool(self._stack) and self._stack[-1] is not None
        elif char == ":":
            self._expect_key = False

    def _is_copy(self) -> bool:
        if len(self._stack) == 1:
            return self._stack[0] in _TOP
        return len(self._stack) == 3 and self._stack[:2] == ["sections", None] and self._stack[2] in _SECTION

    def _string(self, char: str) -> None:
        if self._escape is not None:
            self._escaped(char)
        elif char == "\\":
            self._escape = ""
        elif char == '"':
            self._close()
        else:
            self._put(char)

    def _escaped(self, char: str) -> None:
        if self._escape == "" and char != "u":
            self._escape = None
            self._put(_ESCAPES.get(char, char))
            return
        self._escape = (self._escape or "") + char
        if len(self._escape) < 5:
            return
        digits, self._escape = self._escape[1:], None
        try:
            self._put(chr(int(digits, 16)))
        except ValueError:
            self._put(digits)

    def _put(self, char: str) -> None:
        """Adds one decoded character, joining surrogate halves."""
        for one in char:
            if self._high:
                high, self._high = self._high, ""
                if "\udc00" <= one <= "\udfff":
                    one = chr(0x10000 + ((ord(high) - 0xD800) << 10) + ord(one) - 0xDC00)
                else:
                    self._add("\ufffd")
            if "\ud800" <= one <= "\udbff":
                self._high = one
            else:
                self._add("\ufffd" if "\udc00" <= one <= "\udfff" else one)

    def _add(self, char: str) -> None:
        if self._expect_key:
            self._key += char
        elif self._visible:
            self._field.append(char)
            self._solid = self._solid or not char.isspace()

    def _close(self) -> None:
        if self._high:
            self._high = ""
            self._add("\ufffd")
        self._read = self._between
        if self._expect_key:
            self._stack[-1] = self._key
        elif self._visible:
            self._flush(done=True)
            self._visible = False

    def _flush(self, *, done: bool) -> None:
        """Moves the settled part of the current field to the output."""
        if not self._visible or not (self._field or self._pending):
            return
        if not (done or self._solid):
            return  # Only blanks came: they may turn out to be the end, and looking again at each would be quadratic.
        self._solid = False
        text = self._pending + "".join(self._field)
        self._field.clear()
        end = len(text) if done else settled(text)
        ready, self._pending = strip_markers("", text[:end])[0], text[end:]
        if done:
            ready = ready.rstrip()
        if not self._begun:
            ready = ready.lstrip()
        if not ready:
            return
        if not self._begun:
            self._out.append(SEPARATOR if self._shown else "")
            self._begun = self._shown = True
        self._out.append(ready)

    def _ignore(self, char: str) -> None:
        """After the answer."""

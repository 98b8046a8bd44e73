"""A line of text while it is typed."""

from salesinbox.model.text import safe


class Typed:
    """Text and the place of the cursor in it."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.place = len(text)

    def insert(self, text: str) -> None:
        text = safe(text)
        self.text = self.text[: self.place] + text + self.text[self.place :]
        self.place += len(text)

    def key(self, key: str, character: str | None) -> bool:
        """Take a key; False when it means nothing in a line of text."""
        if character is not None and character.isprintable():
            self.insert(character)
        elif key == "backspace" and self.place:
            self.text = self.text[: self.place - 1] + self.text[self.place :]
            self.place -= 1
        elif key == "delete":
            self.text = self.text[: self.place] + self.text[self.place + 1 :]
        elif key == "left":
            self.place = max(0, self.place - 1)
        elif key == "right":
            self.place = min(len(self.text), self.place + 1)
        elif key in ("home", "ctrl+a"):
            self.place = 0
        elif key in ("end", "ctrl+e"):
            self.place = len(self.text)
        elif key == "ctrl+u":
            self.text, self.place = self.text[self.place :], 0
        elif key == "ctrl+w":
            kept = self.text[: self.place].rstrip().rpartition(" ")
            start = len(kept[0]) + len(kept[1])
            self.text, self.place = self.text[:start] + self.text[self.place :], start
        else:
            return key == "backspace"
        return True

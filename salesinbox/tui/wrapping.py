"""Text broken into lines of a width in terminal cells (UI-3)."""

from salesinbox.model.wrapping import wrap

__all__ = ["wrap"]

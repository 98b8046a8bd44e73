"""From arguments to the services over the rep's data; what a command does not need is not loaded."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesinbox.wiring import Application


def data_folder(arguments: argparse.Namespace | None) -> Path:
    """The folder of the database: --data, else SALESINBOX_DATA, else the XDG folder."""
    from salesinbox import config  # noqa: PLC0415 - --help needs none

    given: Path | None = getattr(arguments, "data", None)
    return given or config.data_dir()


def config_path(arguments: argparse.Namespace) -> Path:
    """The configuration's file: --config, else SALESINBOX_CONFIG, else the XDG folder."""
    from salesinbox import config  # noqa: PLC0415 - --help needs none

    return arguments.config or config.default_path()


@contextmanager
def opened(arguments: argparse.Namespace, *, warn: bool = False) -> "Iterator[Application]":
    """The services. With `warn`, what is not safe about the configuration is said on stderr."""
    from salesinbox import config, wiring  # noqa: PLC0415 - --help needs none

    settings = wiring.settings(arguments.config)
    if warn:
        for warning in config.warnings(settings):
            print(f"salesinbox: {warning}", file=sys.stderr)
    with wiring.application(settings, data_folder(arguments)) as application:
        yield application

"""The exceptions of the C++ library, as classes that Python programs expect."""

from __future__ import annotations


class Error(Exception):
    """Root of every exception that the library raises on purpose.

    The message names the culprit (the argument, or the file, line and column), what was expected
    and what came.
    """


class InvalidArgument(Error, ValueError):
    """An argument or option has a value outside what the function accepts."""


class DimensionMismatch(Error, ValueError):
    """Two shapes that must agree do not; the message gives both."""


class FormatError(Error, ValueError):
    """A file was read but its content is not what its format promises."""


class IoError(Error, OSError):
    """The operating system refused to open, read, write or rename a file."""


class NumericalError(Error, ValueError, ArithmeticError):
    """A computation cannot give a trustworthy number; the message says what to change."""


class ResourceError(Error, MemoryError):
    """The work would not fit into the machine's memory; found out before allocating."""


class NotAvailable(Error, NotImplementedError):
    """A feature that this build leaves out, or that was not asked for."""


class Interrupted(Error, KeyboardInterrupt):
    """A running operation was asked to stop."""

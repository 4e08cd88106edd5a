"""Errors of the emulator."""


class EmulatorError(Exception):
    """The emulator cannot be started or used, or its test interface rejected a request."""


class CognitoError(EmulatorError):
    """An operation was rejected with an exception of the service.

    ``code`` is the name of the exception, such as ``UserNotFoundException``.
    """

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.message = message

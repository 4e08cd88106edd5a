"""Amazon Cognito user pools for tests, without AWS.

``CognitoEmulator`` starts and stops the program ``cognito-emulator``. The pytest plugin of this
package has the fixtures ``cognito``, ``cognito_pool``, ``cognito_user``, ``cognito_tokens``,
``cognito_code`` and ``cognito_clock``.
"""

from .clock import Clock
from .emulator import CognitoEmulator
from .errors import CognitoError, EmulatorError
from .faults import Faults
from .pools import DEFAULT_PASSWORD, AppClient, Pool, User
from .records import Message, Request, Tokens

__all__ = [
    "DEFAULT_PASSWORD",
    "AppClient",
    "Clock",
    "CognitoEmulator",
    "CognitoError",
    "EmulatorError",
    "Faults",
    "Message",
    "Pool",
    "Request",
    "Tokens",
    "User",
]

"""Release 2019.1: the first calls, stringly typed here and there."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

from pydantic import Field, SecretStr

from examples.ucloud.wire import NameAndVersion, Page, SimpleDuration, Wire
from ucaudit import Call, Registry


class Login(Wire):
    """A password login; audited as it is, but for the password."""

    username: str
    password: SecretStr
    service: str


class Tokens(Wire):
    """What a login answers."""

    access_token: SecretStr
    csrf_token: SecretStr


class NewLicenseServer(Wire):
    """A license server for applications; the port is still a string."""

    name: str
    address: str
    port: str
    license: str | None = None


class SensitivityLevel(Enum):
    """How a file may be shared."""

    OPEN_ACCESS = "OPEN_ACCESS"
    CONFIDENTIAL = "CONFIDENTIAL"
    SENSITIVE = "SENSITIVE"


class UploadAudit(Wire):
    """Logged instead of the multipart request, which holds the file itself."""

    path: str
    sensitivity_level: SensitivityLevel
    owner: str


class BrowseActivity(Wire):
    """A page of what a user did."""

    user: str
    offset: int | None = None
    scroll_size: int | None = None


class Activity(Wire):
    """Something that a user did to a file."""

    type: str
    timestamp: int
    file_id: str
    username: str


class FindByExtension(Wire):
    """Which applications open these files; names separated by commas."""

    files: str


class ApplicationMetadata(Wire):
    """What people read of an application."""

    name: str
    version: str
    authors: list[str]
    title: str
    description: str
    website: str | None = None
    public: bool


class ApplicationWithExtension(Wire):
    """An application and the file extensions that it opens."""

    metadata: ApplicationMetadata
    extensions: list[str]


class NotificationIds(Wire):
    """Several notifications."""

    ids: list[int]


class MarkAsRead(Wire):
    """Notifications that a user has read."""

    bulk_id: NotificationIds


class MarkResponse(Wire):
    """Notifications that could not be marked."""

    failures: list[int]


class WalletCredit(Wire):
    """Credits put into a wallet."""

    wallet_owner: str
    amount: int
    product_id: str


class PushWallets(Wire):
    """Credits put into several wallets."""

    items: list[WalletCredit]


class Avatar(Wire):
    """A drawn face, each part out of a fixed list."""

    user: str
    top: Literal["NO_HAIR", "EYEPATCH", "HAT", "HIJAB", "TURBAN", "LONG_HAIR_BOB"]
    hair_color: Literal["AUBURN", "BLACK", "BLONDE", "BROWN", "SILVER_GRAY"]
    eyes: Literal["CLOSE", "DEFAULT", "HAPPY", "HEARTS", "WINK"]
    mouth_types: Literal["DEFAULT", "GRIMACE", "SERIOUS", "SMILE", "TWINKLE"]


class Peer(Wire):
    """Another job that this one can reach by a name."""

    name: str
    job_id: str


class StartJob(Wire):
    """A job of an application; its parameters are whatever the application takes."""

    application: NameAndVersion
    name: str | None = None
    parameters: dict[str, Any]
    number_of_nodes: int | None = None
    max_time: SimpleDuration | None = None
    mounts: list[Any] = Field(default=[])
    peers: list[Peer] = Field(default=[])
    accept_same_data_retry: bool = False


class JobStarted(Wire):
    """The job that was started."""

    job_id: str


calls = Registry("ucloud")
calls.add(Call("auth.login", request=Login, response=Tokens, retention_days=90))
calls.add(Call("app.license.new", request=NewLicenseServer))
calls.add(Call("upload.upload", audit=UploadAudit))
calls.add(Call("activity.browseByUser", request=BrowseActivity, response=Page[Activity]))
calls.add(
    Call(
        "hpc.apps.findBySupportedFileExtension",
        request=FindByExtension,
        response=list[ApplicationWithExtension],
    )
)
calls.add(Call("notifications.markAsRead", request=MarkAsRead, response=MarkResponse))
calls.add(Call("wallets.push", request=PushWallets))
calls.add(Call("avatar.update", request=Avatar))
calls.add(Call("hpc.jobs.start", request=StartJob, response=JobStarted))

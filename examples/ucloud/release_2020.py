"""Release 2020.1: ports are numbers, jobs and grants arrive."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from examples.ucloud import release_2019
from examples.ucloud.release_2019 import (
    Activity,
    ApplicationWithExtension,
    Login,
    StartJob,
    Tokens,
    UploadAudit,
)
from examples.ucloud.wire import (
    BulkRequest,
    Int,
    NameAndVersion,
    Page,
    SimpleDuration,
    TaggedBulk,
    Wire,
    successor,
)
from ucaudit import Call


class LoginAudit(Wire):
    """Logged instead of a login: not even the place of a password."""

    username: str
    service: str
    second_factor: bool | None = None


class NewLicenseServer(Wire):
    """A license server; its port became a number."""

    name: str
    address: str
    port: Int
    license: str | None = None


class UploadRequestAudit(Wire):
    """The upload, one level down; null where it was refused before its form was read."""

    request: UploadAudit | None = None


class BrowseActivity(Wire):
    """A page of what one user, or everybody, did."""

    user: str | None = None
    collapse_at: Int | None = None
    offset: Int | None = None
    scroll_size: Int | None = None


class FindByExtension(Wire):
    """Which applications open these files; a list at last."""

    files: list[str]


class WalletCredit(Wire):
    """Credits put into a wallet; its owner has another name."""

    owner: str = Field(json_schema_extra={"x-audit": {"renamed_from": "walletOwner"}})
    amount: int
    product_id: str


class PushWallets(Wire):
    """Credits put into several wallets."""

    items: list[WalletCredit]


class Avatar(Wire):
    """A drawn face; the lists of parts are the client's business now."""

    user: str
    top: str
    hair_color: str
    eyes: str
    mouth_types: str


class StartJobWithUrl(StartJob):
    """A job that may be reached under its own address."""

    tasks_per_node: int | None = None
    reservation: str | None = None
    url: str | None = None


class AclChange(Wire):
    """Rights that a user gains or loses."""

    entity: str
    rights: list[Literal["READ", "WRITE"]]
    revoke: bool = False


class UpdateAcl(Wire):
    """A new access list of a file."""

    path: str
    changes: list[AclChange]


class UpdateAclAudit(Wire):
    """The same, wrapped: what the audit log of file calls holds."""

    request: UpdateAcl


EmailType = Literal[
    "LOW_FUNDS_SUBJECT",
    "USER_ROLE_CHANGE",
    "USER_LEFT",
    "PROJECT_USER_INVITE",
    "NEW_GRANT_APPLICATION",
    "GRANT_APP_APPROVED",
    "GRANT_APP_REJECTED",
    "COMMENT_GRANT_APPLICATION",
]


class EmailToggle(Wire):
    """Which mails a user wants: a map from the kind of mail."""

    username: str
    settings: dict[EmailType, bool]


class FileParameter(Wire):
    """A file."""

    type: Literal["file"] = "file"
    path: str
    read_only: bool = False


class BooleanParameter(Wire):
    """Yes or no."""

    type: Literal["boolean"] = "boolean"
    value: bool


class TextParameter(Wire):
    """Some text."""

    type: Literal["text"] = "text"
    value: str


class IntegerParameter(Wire):
    """A whole number."""

    type: Literal["integer"] = "integer"
    value: int


class FloatingPointParameter(Wire):
    """A number."""

    type: Literal["floating_point"] = "floating_point"
    value: float


Parameter = Annotated[
    FileParameter | BooleanParameter | TextParameter | IntegerParameter | FloatingPointParameter,
    Field(discriminator="type"),
]


class ProductReference(Wire):
    """A product of a provider."""

    id: str
    category: str
    provider: str


class JobSpecification(Wire):
    """A job of an application."""

    application: NameAndVersion
    product: ProductReference
    name: str | None = None
    replicas: Int = 1
    allow_duplicate_job: bool = False
    parameters: dict[str, Parameter] = Field(default={})


class ExtendJob(Wire):
    """More time for a job."""

    job_id: str
    requested_time: SimpleDuration


class Invite(Wire):
    """One more member of a project."""

    project_id: str
    username: str


class GrantComment(Wire):
    """A comment on an application for resources; its text was not audited."""

    request_id: str


class PersonalRecipient(Wire):
    """A person's own workspace."""

    type: Literal["personal"] = "personal"
    username: str


class ExistingProjectRecipient(Wire):
    """A project that is there."""

    type: Literal["existing_project"] = "existing_project"
    project_id: str


class NewProjectRecipient(Wire):
    """A project that is to be made."""

    type: Literal["new_project"] = "new_project"
    project_title: str


class ResourceRequest(Wire):
    """Resources that somebody applies for."""

    product_category: str
    product_provider: str
    balance_requested: int | None = None
    source_allocation: int | None = None


class GrantApplication(Wire):
    """An application for resources."""

    resources_owned_by: str
    grant_recipient: Annotated[
        PersonalRecipient | ExistingProjectRecipient | NewProjectRecipient,
        Field(discriminator="type"),
    ]
    document: str
    requested_resources: list[ResourceRequest]


class FindByLongId(Wire):
    """The id of something."""

    id: int


calls = successor(
    release_2019.calls,
    Call("auth.login", request=Login, response=Tokens, audit=LoginAudit, retention_days=90),
    Call("app.license.new", request=NewLicenseServer),
    Call("upload.upload", audit=UploadRequestAudit),
    Call("activity.browseByUser", request=BrowseActivity, response=Page[Activity]),
    Call(
        "hpc.apps.findBySupportedFileExtension",
        request=FindByExtension,
        response=list[ApplicationWithExtension],
    ),
    Call("wallets.push", request=PushWallets),
    Call("avatar.update", request=Avatar),
    Call("hpc.jobs.start", request=StartJobWithUrl, response=release_2019.JobStarted),
    Call("files.updateAcl", request=UpdateAcl, audit=UpdateAclAudit),
    Call("mail.toogleEmailSettings", request=BulkRequest[EmailToggle]),
    Call("jobs.create", request=BulkRequest[JobSpecification]),
    Call("jobs.extend", request=TaggedBulk[ExtendJob] | ExtendJob),
    Call("project.invite", request=Invite),
    Call("grant.commentOnApplication", request=GrantComment),
    Call("grant.submitApplication", request=GrantApplication, response=FindByLongId),
)

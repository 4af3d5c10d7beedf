"""Release 2021.1: everything in bulk, maps become objects, products become references."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from examples.ucloud import release_2020
from examples.ucloud.release_2019 import (
    ApplicationMetadata,
    ApplicationWithExtension,
    Login,
    MarkResponse,
    Tokens,
)
from examples.ucloud.release_2020 import (
    BooleanParameter,
    ExtendJob,
    FileParameter,
    FindByExtension,
    FloatingPointParameter,
    IntegerParameter,
    JobSpecification,
    LoginAudit,
    ProductReference,
    TextParameter,
)
from examples.ucloud.wire import (
    BulkRequest,
    BulkResponse,
    Int,
    NameAndVersion,
    PageV2,
    SimpleDuration,
    Wire,
    successor,
)
from ucaudit import Call


class LoginAuditWithOrigin(LoginAudit):
    """Logged instead of a login, with the identity provider that sent the user."""

    identity_provider: str | None = None


class NotificationIds(Wire):
    """Several notifications, separated by commas."""

    ids: str


class MarkAsRead(Wire):
    """Notifications that a user has read."""

    bulk_id: NotificationIds


class WalletCredit(Wire):
    """Credits put into a wallet, for a product of some provider."""

    owner: str
    amount: int
    product_id: ProductReference


class ProjectAndGroup(Wire):
    """A group of a project."""

    project_id: str
    group: str


class AclChange(Wire):
    """Rights that a user or a group gains or loses."""

    entity: str | ProjectAndGroup
    rights: list[Literal["READ", "WRITE"]]
    revoke: bool = False


class UpdateAcl(Wire):
    """A new access list of a file."""

    path: str
    changes: list[AclChange]


class UpdateAclAudit(Wire):
    """The same, wrapped: what the audit log of file calls holds."""

    request: UpdateAcl


class EmailSettings(Wire):
    """Which mails a user wants."""

    low_funds: bool = True
    user_role_change: bool = True
    user_left: bool = True
    project_user_invite: bool = True
    new_grant_application: bool = True
    grant_application_approved: bool = True
    grant_application_rejected: bool = True
    new_comment_on_application: bool = True


class EmailToggle(Wire):
    """Which mails a user wants: an object with fixed fields."""

    username: str
    settings: EmailSettings


class PeerParameter(Wire):
    """Another job that this one can reach."""

    type: Literal["peer"] = "peer"
    hostname: str
    job_id: str


class IngressParameter(Wire):
    """A public address."""

    type: Literal["ingress"] = "ingress"
    id: str


Parameter = Annotated[
    FileParameter
    | BooleanParameter
    | TextParameter
    | IntegerParameter
    | FloatingPointParameter
    | PeerParameter
    | IngressParameter,
    Field(discriminator="type"),
]


class JobSpecificationWithResources(Wire):
    """A job of an application, and what it may reach."""

    application: NameAndVersion
    product: ProductReference
    name: str | None = None
    replicas: Int = 1
    allow_duplicate_job: bool = False
    parameters: dict[str, Parameter] = Field(default={})
    resources: list[Parameter] = Field(default=[])
    time_allocation: SimpleDuration | None = None


class Invite(Wire):
    """New members of a project."""

    project_id: str
    usernames: list[str]


class GrantComment(Wire):
    """A comment on an application for resources."""

    request_id: int
    comment: str = Field(json_schema_extra={"x-audit": {"index": "text"}})


class Application(Wire):
    """An application as its provider gets it."""

    metadata: ApplicationMetadata
    invocation: dict[str, Any]


class ResourceOwner(Wire):
    """Who made a resource, and in which project."""

    created_by: str
    project: str | None = None


class JobStatus(Wire):
    """How a job is doing."""

    state: Literal["IN_QUEUE", "RUNNING", "SUCCESS", "FAILURE", "EXPIRED"]
    started_at: int | None = None
    expires_at: int | None = None
    resolved_application: Application | None = None


class Job(Wire):
    """A whole job, sent to its provider."""

    id: str
    owner: ResourceOwner
    updates: list[dict[str, Any]]
    specification: JobSpecification
    status: JobStatus
    created_at: int


class UserOwner(Wire):
    """A user's wallet."""

    type: Literal["user"] = "user"
    username: str


class ProjectOwner(Wire):
    """A project's wallet."""

    type: Literal["project"] = "project"
    project_id: str


WalletOwner = Annotated[UserOwner | ProjectOwner, Field(discriminator="type")]


class CategoryId(Wire):
    """A category of products of a provider."""

    name: str
    provider: str


class UsageReport(Wire):
    """What was used since the last report."""

    owner: WalletOwner
    category_id_v2: CategoryId = Field(alias="categoryIdV2")
    usage: int
    description: str


class CreateUpload(Wire):
    """A place to send a file to."""

    id: str
    supported_protocols: list[Literal["CHUNKED"]]
    conflict_policy: Literal["RENAME", "REJECT", "REPLACE", "MERGE_RENAME"]


class UploadEndpoint(Wire):
    """Where the file goes."""

    endpoint: str
    protocol: Literal["CHUNKED"]
    token: str = Field(json_schema_extra={"x-audit": {"redact": True}})


class BrowseGroups(Wire):
    """A page of application groups; repositories have numbers."""

    items_per_page: Int | None = None
    next: str | None = None
    repository: Int


class ApplicationGroup(Wire):
    """Applications that people see as one."""

    id: Int
    title: str


calls = successor(
    release_2020.calls,
    Call(
        "auth.login",
        request=Login,
        response=Tokens,
        audit=LoginAuditWithOrigin,
        retention_days=90,
    ),
    Call(
        "hpc.apps.findBySupportedFileExtension",
        request=FindByExtension,
        response=PageV2[ApplicationWithExtension],
    ),
    Call("notifications.markAsRead", request=MarkAsRead, response=MarkResponse),
    Call("wallets.push", request=BulkRequest[WalletCredit]),
    Call("files.updateAcl", request=UpdateAcl, audit=UpdateAclAudit),
    Call("mail.toogleEmailSettings", request=BulkRequest[EmailToggle]),
    Call("jobs.create", request=BulkRequest[JobSpecificationWithResources]),
    Call("jobs.extend", request=BulkRequest[ExtendJob]),
    Call("project.invite", request=Invite),
    Call("grant.commentOnApplication", request=GrantComment),
    Call("jobs.provider.ucloud.create", request=BulkRequest[Job]),
    Call("accountingv2.reportDelta", request=BulkRequest[UsageReport]),
    Call(
        "files.createUpload",
        request=BulkRequest[CreateUpload],
        response=BulkResponse[UploadEndpoint],
    ),
    Call("hpc.apps.browseGroups", request=BrowseGroups, response=PageV2[ApplicationGroup]),
)

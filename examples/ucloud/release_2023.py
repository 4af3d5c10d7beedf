"""Release 2023.1: labels, groups that hold themselves, itemised charges, grants in bulk."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from examples.ucloud import release_2021
from examples.ucloud.release_2020 import JobSpecification, NewLicenseServer, ProductReference
from examples.ucloud.release_2021 import (
    CategoryId,
    JobSpecificationWithResources,
    ResourceOwner,
    UploadEndpoint,
    WalletOwner,
)
from examples.ucloud.wire import (
    BulkRequest,
    BulkResponse,
    FindByStringId,
    Int,
    PageV2,
    Wire,
    successor,
)
from ucaudit import Call


class LabelledLicenseServer(NewLicenseServer):
    """A license server, found by its category and tags."""

    category: str | None = None
    tags: list[str] = Field(default=[])


class WalletCredit(Wire):
    """Credits put into a user's or a project's wallet."""

    owner: WalletOwner
    amount: int
    product_id: ProductReference


class LabelledJobSpecification(JobSpecificationWithResources):
    """A job with labels such as ``ucloud.dk/stack-name``."""

    labels: dict[str, str] | None = None
    hostname: str | None = None
    ssh_enabled: bool = False


class ApplicationMetadata(Wire):
    """What people read of an application, and the group that it belongs to."""

    name: str
    version: str
    authors: list[str]
    title: str
    description: str
    website: str | None = None
    public: bool
    flavor_name: str | None = None
    group: ApplicationGroup | None = None


class ApplicationSummary(Wire):
    """An application in a list."""

    metadata: ApplicationMetadata
    favorite: bool
    tags: list[str]


class ApplicationGroup(Wire):
    """Applications that people see as one; its default application has metadata again."""

    id: Int
    title: str
    description: str | None = None
    application: ApplicationSummary | None = None


class Application(Wire):
    """An application as its provider gets it."""

    metadata: ApplicationMetadata
    invocation: dict[str, Any]


class JobStatus(Wire):
    """How a job is doing."""

    state: Literal["IN_QUEUE", "RUNNING", "SUCCESS", "FAILURE", "EXPIRED", "SUSPENDED"]
    started_at: int | None = None
    expires_at: int | None = None
    resolved_application: Application | None = None
    allow_restart: bool = False


class Job(Wire):
    """A whole job, sent to its provider."""

    id: str
    owner: ResourceOwner
    updates: list[dict[str, Any]]
    specification: JobSpecification
    status: JobStatus
    created_at: int


class ItemizedCharge(Wire):
    """One part of a charge."""

    description: str
    usage: int | None = None
    product_id: str | None = None


class ChargeDescription(Wire):
    """What a charge is for."""

    description: str
    itemized: list[ItemizedCharge]


class UsageReport(Wire):
    """What was used since the last report."""

    owner: WalletOwner
    category_id_v2: CategoryId = Field(alias="categoryIdV2")
    usage: int
    description: ChargeDescription


class CreateUpload(Wire):
    """A place to send a file to."""

    id: str
    supported_protocols: list[Literal["CHUNKED", "WEBSOCKET"]]
    conflict_policy: Literal["RENAME", "REJECT", "REPLACE", "MERGE_RENAME"]


class BrowseGroups(Wire):
    """A page of application groups; repositories have names."""

    items_per_page: Int | None = None
    next: str | None = None
    repository: str


class PersonalWorkspace(Wire):
    """A person's own workspace."""

    type: Literal["personalWorkspace"] = "personalWorkspace"
    username: str


class ExistingProject(Wire):
    """A project that is there."""

    type: Literal["existingProject"] = "existingProject"
    id: str


class NewProject(Wire):
    """A project that is to be made."""

    type: Literal["newProject"] = "newProject"
    title: str


class Period(Wire):
    """From when until when, in milliseconds since 1970."""

    start: int | None = None
    end: int | None = None


class AllocationRequest(Wire):
    """Resources that somebody applies for."""

    category: str
    provider: str
    grant_giver: str
    balance_requested: int | None = None
    source_allocation: str | None = None
    period: Period


class GrantForm(Wire):
    """The text of an application."""

    type: Literal["plain_text"] = "plain_text"
    text: str = Field(json_schema_extra={"x-audit": {"index": "text"}})


class GrantDocument(Wire):
    """An application for resources."""

    recipient: Annotated[
        PersonalWorkspace | ExistingProject | NewProject,
        Field(discriminator="type"),
    ]
    allocation_requests: list[AllocationRequest]
    form: GrantForm
    reference_id: str | None = None
    revision_comment: str | None = None


class GrantApplication(Wire):
    """An application for resources, as part of a bulk request."""

    document: GrantDocument


calls = successor(
    release_2021.calls,
    Call("app.license.new", request=LabelledLicenseServer),
    Call("wallets.push", request=BulkRequest[WalletCredit]),
    Call("jobs.create", request=BulkRequest[LabelledJobSpecification]),
    Call("jobs.provider.ucloud.create", request=BulkRequest[Job]),
    Call("accountingv2.reportDelta", request=BulkRequest[UsageReport]),
    Call(
        "files.createUpload",
        request=BulkRequest[CreateUpload],
        response=BulkResponse[UploadEndpoint],
    ),
    Call("hpc.apps.browseGroups", request=BrowseGroups, response=PageV2[ApplicationGroup]),
    Call(
        "grant.submitApplication",
        request=BulkRequest[GrantApplication],
        response=BulkResponse[FindByStringId],
        record_response=True,
    ),
)

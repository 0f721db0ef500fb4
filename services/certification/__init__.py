"""Verification 企业核验: organisations prove who they are, operators of their place decide within 24 hours.

Owns: certification_cases, certification_evidence. Publishes: CertificationSubmitted, CertificationDecided, CertificationLapsed, and OrganisationVerified.
Builds on: services.files (pictures), services.messages (telling).
"""

from gongchuang.manifest import Feature

from . import api, checks, permissions, presentation, tasks, views, words

feature = Feature(
    name="certification",
    pages=views.pages,
    api=api.api,
    permissions=permissions.POLICY,
    handlers=[
        tasks.tell_operators,
        tasks.tell_organisation,
        tasks.settle_withdrawn,
        tasks.tell_lapsing,
        tasks.tell_lapsed,
        tasks.tell_administrators,
        tasks.settle_request,
        tasks.write_to_requester,
    ],
    crons=[tasks.watch_licences],
    checks=[checks.verified_have_cases],
    globals=presentation.GLOBALS,
    messages=words.MESSAGES,
)

__all__ = ["feature"]

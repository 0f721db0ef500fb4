"""Verification 企业核验: organisations prove who they are, operators of their place decide within 24 hours.

Owns: certification_cases, certification_evidence. Publishes: CertificationSubmitted, CertificationDecided, CertificationLapsed, and OrganisationVerified.
Builds on: services.files (pictures), services.messages (telling).
"""

from gongchuang.manifest import Feature

from . import api, checks, permissions, presentation, rules, tasks, views

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
    ],
    crons=[tasks.watch_licences],
    checks=[checks.verified_have_cases],
    globals=presentation.GLOBALS,
    messages={
        "certification.waiting": "%(name)s 提交了核验材料，请在 24 小时内审核",
        "certification.approved": "核验已通过，现在可以发布、报价和投标",
        **{f"certification.returned.{code}": f"核验材料被退回：{words}" for code, words in rules.REASONS.items() if code != "other"},
        "certification.returned.other": "核验材料被退回：%(note)s",
        "certification.lapsing": "营业执照将于 %(date)s 到期，请上传新执照，以免影响发布和报价",
        "certification.lapsed": "营业执照已到期，暂时不能发布和报价，请上传新执照",
        "join.requested": "%(person)s 申请加入企业，请管理员处理",
    },
)

__all__ = ["feature"]

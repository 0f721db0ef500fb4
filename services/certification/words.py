"""What organisations and operators are told, in words."""

from gongchuang.marking import N_

MESSAGES = {
    "certification.waiting": N_("%(name)s 提交了核验材料，请在 24 小时内审核"),
    "certification.approved": N_("核验已通过，现在可以发布、报价和投标"),
    "certification.returned.blurred": N_("核验材料被退回：照片不清楚或不完整，请重新拍摄四角齐全的原件"),
    "certification.returned.name": N_("核验材料被退回：名称与营业执照不一致"),
    "certification.returned.number": N_("核验材料被退回：统一社会信用代码与营业执照不一致"),
    "certification.returned.representative": N_("核验材料被退回：法定代表人与营业执照不一致"),
    "certification.returned.expired": N_("核验材料被退回：营业执照已过期或已注销"),
    "certification.returned.person": N_("核验材料被退回：姓名或证件号码与证件不一致"),
    "certification.returned.other": N_("核验材料被退回：%(note)s"),
    "certification.lapsing": N_("营业执照将于 %(date)s 到期，请上传新执照，以免影响发布和报价"),
    "certification.lapsed": N_("营业执照已到期，暂时不能发布和报价，请上传新执照"),
    "join.requested": N_("%(person)s 申请加入企业，请管理员处理"),
    "join.accepted": N_("%(firm)s 同意了您的加入申请，可在右上角切换到这家企业"),
    "join.declined": N_("%(firm)s 谢绝了您的加入申请，可联系其管理员后再次申请"),
}

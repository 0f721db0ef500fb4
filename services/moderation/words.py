"""What owners and operators are told, in words."""

from gongchuang.marking import N_

MESSAGES = {
    "report.made": N_("有人举报“%(title)s”，请核实"),
    "take_down.made": N_("“%(title)s”已被下架，可查看原因并申诉"),
    "appeal.made": N_("“%(title)s”的下架有申诉，请处理"),
    "appeal.restored": N_("申诉成立，“%(title)s”已恢复"),
    "appeal.upheld": N_("申诉不成立，“%(title)s”维持下架"),
}

"""Pages of skills: declaring one's own, reading a designer's."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from crowdsourcing.skills import actions, queries
from crowdsourcing.skills.forms import SkillsForm
from crowdsourcing.skills.models import Designer
from crowdsourcing.skills.permissions import SkillPermission
from gongchuang.rights import allowed, require
from gongchuang.web import Answer, Form, actor

pages = Blueprint("skills", __name__, template_folder="templates")


@pages.route("/skills", methods=["GET", "POST"])
@allowed(SkillPermission.READ)
def mine() -> Answer:
    """Say what one's organisation can design: open, tap, save."""
    designer = queries.designer_of(actor().organisation_id)
    form = SkillsForm(data={"skills": designer.codes, "introduction": designer.introduction} if designer else None)
    if form.submitted():
        require(SkillPermission.DECLARE, designer)
        actions.declare(actor(), form.skills.data or (), form.introduction.data or "")
        flash(gettext("技能已登记，符合的任务会立即通知您") if actor().verified else gettext("技能已保存，通过核验后开始匹配任务"))
        return redirect(url_for("tasks.matched"), 303)
    return render_template("skills/mine.html", form=form, designer=designer, chosen=set(form.skills.data or ()), button=Form(formdata=None))


@pages.post("/skills/pause")
@allowed(SkillPermission.DECLARE)
def pause() -> Answer:
    designer = queries.designer_of(actor().organisation_id)
    if designer is not None:
        actions.pause(actor(), designer)
        flash(gettext("已暂停接任务，再次保存技能即恢复"))
    return redirect(url_for(".mine"), 303)


@pages.get("/designers/<uuid:designer_id>")
@allowed(SkillPermission.SEE, queries.designer)
def see(designer: Designer) -> Answer:
    return render_template("skills/see.html", designer=designer, firm=queries.firm(designer.organisation_id))

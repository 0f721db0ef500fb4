"""Forms of skills."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from gongchuang import vocabulary
from gongchuang.web import Form
from gongchuang.web.fields import stripped
from gongchuang.web.languages import language


class SkillsForm(Form):
    """What an organisation can design: one tap a skill."""

    skills = SelectMultipleField(_l("技能"), validate_choice=False, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
    introduction = TextAreaField(_l("介绍"), filters=[stripped])

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the skills under their groups, in the reader's language."""
        return [(head, list(held)) for head, held in vocabulary.grouped_choices("skills", language()).items()]

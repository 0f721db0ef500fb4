"""What verification asks for: six fields of a firm, three of a person."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from gongchuang.organisations.forms import UsccField
from gongchuang.refusal import Refusal
from gongchuang.web import Form, now
from gongchuang.web.fields import Day
from gongchuang.web.filters import SHANGHAI
from gongchuang.web.options import options
from services.certification.identity import checker
from services.certification.rules import REASONS, why_not_submit_firm, why_not_submit_person

REQUIRED = InputRequired(_l("请填写这一项"))


class RevisionsField(Field):  # type: ignore[misc]
    """The ids of uploaded files, as `services.files`' upload macro puts them into the form."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = []
        for value in valuelist:
            try:
                self.data.append(UUID(value))
            except ValueError:
                continue

    def _value(self) -> Any:
        return self.data or []


class FirmForm(Form):
    """A firm or provider."""

    legal_name = StringField(_l("企业全称"), validators=[REQUIRED, Length(max=60)])
    uscc = UsccField(_l("统一社会信用代码"), validators=[REQUIRED, Length(max=40)])
    representative = StringField(_l("法定代表人"), validators=[REQUIRED, Length(max=60)])
    licence = RevisionsField(_l("营业执照照片"))
    valid_until = Day(_l("营业期限至"), validators=[Optional()])
    contact = StringField(_l("经办人"), validators=[REQUIRED, Length(max=60)])

    def wrong(self) -> list[Refusal]:
        return why_not_submit_firm(
            legal_name=self.legal_name.data or "",
            uscc=self.uscc.data or "",
            representative=self.representative.data or "",
            evidence=len(self.licence.data or ()),
            valid_until=self.valid_until.data,
            today=now().astimezone(SHANGHAI).date(),
        )


class PersonForm(Form):
    """A person by real name."""

    legal_name = StringField(_l("真实姓名"), validators=[REQUIRED, Length(max=60)])
    id_number = StringField(_l("身份证号"), validators=[REQUIRED, Length(max=40)])
    identity = RevisionsField(_l("身份证照片"))

    def wrong(self) -> list[Refusal]:
        pictures = len(self.identity.data or ())
        return why_not_submit_person(
            legal_name=self.legal_name.data or "", id_number=self.id_number.data or "", evidence=pictures, pictures_needed=checker().needs_picture
        )


class ApproveForm(Form):
    """Approving; of a person the number is typed from the picture."""

    id_number = StringField(_l("照片上的证件号码"), validators=[Length(max=40)])


class ReturnForm(Form):
    """Sending back, with what to mend."""

    reason = SelectField(_l("退回原因"), choices=options({code: _l(words) for code, words in REASONS.items()}, none=_l("请选择")))
    note = TextAreaField(_l("审核意见"), validators=[Length(max=200)])

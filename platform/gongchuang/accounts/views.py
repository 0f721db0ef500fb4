"""Signing in and registering: one page, a step at a time. An address first, the code, and what else is needed."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask_babel import gettext

from gongchuang.accounts import actions, attempt, codes, factors, forms, passkeys, queries, rules
from gongchuang.accounts.attempt import current, remember, signed_in
from gongchuang.accounts.codes import Proof
from gongchuang.accounts.models import User
from gongchuang.refusal import Refusal
from gongchuang.rights import public
from gongchuang.web import Answer, Form, actor, now
from gongchuang.web.forms import words_of
from gongchuang.web.languages import language
from gongchuang.web.limits import by_form, limit

pages = Blueprint("accounts", __name__, template_folder="templates")


def _code_path() -> str:
    return url_for("accounts.code")


@pages.route("/sign-in", methods=["GET", "POST"])
@limit("30/hour;200/day")
@limit("10/hour", key=by_form("address"))
@public
def sign_in() -> Answer:
    form = forms.AddressForm()
    if form.submitted():
        address = rules.address_of(form.address.data)
        code = codes.request_code(address, now(), purpose="sign_in")
        remember(code.id, address, next_path=attempt.next_path())
        return redirect(_code_path(), 303)
    if actor().signed_in and not form.errors:
        return redirect(attempt.next_path() or "/", 303)
    return render_template("accounts/sign_in.html", form=form, next=attempt.next_path())


@pages.route("/sign-in/code", methods=["GET", "POST"])
@limit("60/hour")
@public
def code() -> Answer:
    form, under_way = forms.CodeForm(), current()
    if form.submitted():
        proof = codes.prove(under_way.id, form.code.data.strip(), now(), purpose="sign_in", address=under_way.address)
        if proof is Proof.RIGHT:
            remember(under_way.id, under_way.address, next_path=under_way.next, trusted=form.trusted.data)
            return _proceed(actions.next_step(under_way.address))
        form.code.errors = [words_of(rules.code_wrong())]
    return render_template("accounts/code.html", form=form, address=under_way.address), 422 if form.errors else 200


def _proceed(step: str) -> Answer:
    """Go to what is still needed, or begin the session."""
    if step != "session":
        return redirect(url_for(f"accounts.{step}"), 303)
    under_way = current()
    user = queries.user_at(under_way.address)
    assert user
    return _begin(user)


def _begin(user: User) -> Answer:
    under_way = current()
    if user.privacy_consented_at is None:
        return redirect(url_for("accounts.consent"), 303)
    token = actions.begin_session(user, under_way.id, now(), attempt.browser(), trusted=under_way.trusted)
    return signed_in(token, trusted=under_way.trusted, to=under_way.next)


@pages.post("/sign-in/again")
@limit("20/hour")
@public
def again() -> Answer:
    """Send another code."""
    under_way = current()
    sent = codes.request_code(under_way.address, now(), purpose="sign_in")
    remember(sent.id, under_way.address, next_path=under_way.next)
    return redirect(_code_path(), 303)


@pages.route("/sign-in/register", methods=["GET", "POST"])
@limit("20/hour")
@public
def register() -> Answer:
    form, under_way = forms.WelcomeForm(), current()
    if form.submitted():
        user = actions.register(under_way.address, under_way.id, now(), **form.values(), language=language())
        return _begin(user)
    return render_template("accounts/register.html", form=form, address=under_way.address)


@pages.route("/sign-in/second", methods=["GET", "POST"])
@limit("30/hour")
@public
def second() -> Answer:
    form, user = forms.SecondForm(), _proven_user()
    if form.submitted():
        if actions.pass_second_factor(user, current().id, form.code.data, now()):
            return _begin(user)
        form.code.errors = [gettext("动态码或恢复码不正确，请重试；多次不正确需重新登录")]
    return render_template("accounts/second.html", form=form, passkeys=queries.passkeys_of(user.id)), 422 if form.errors else 200


def _proven_user() -> User:
    """Return whom the attempt has proven; anything else starts again."""
    under_way = current()
    user = queries.user_at(under_way.address) if codes.is_proven(under_way.id, now()) else None
    if user is None:
        raise Refusal("attempt.none", "登录步骤已过期，请重新输入手机号", status=401)
    return user


@pages.route("/sign-in/enrol", methods=["GET", "POST"])
@limit("30/hour")
@public
def enrol() -> Answer:
    """An operator's first sign-in: no session begins before a second factor is set up."""
    form, user = forms.TotpForm(), _proven_user()
    if queries.has_second_factor(user.id):
        return redirect(url_for("accounts.second"), 303)
    secret = session.setdefault("totp", factors.new_totp_secret())
    if form.submitted():
        session[attempt.RECOVERY] = actions.enrol_totp(user, secret, form.code.data, now())
        return _begin(user)
    return render_template("accounts/enrol.html", form=form, **attempt.totp_picture(user, secret), required=True)


@pages.route("/sign-in/consent", methods=["GET", "POST"])
@public
def consent() -> Answer:
    """Somebody whose account was made from the terminal agrees before their first session."""
    user = _proven_user()
    form = forms.WelcomeForm(name=user.name)
    if form.submitted():
        actions.consent(user, current().id, now(), **form.values())
        return _begin(user)
    return render_template("accounts/register.html", form=form, address=current().address)


@pages.route("/sign-in/password", methods=["GET", "POST"])
@limit("30/hour")
@limit("10/hour", key=by_form("address"))
@public
def password() -> Answer:
    form = forms.PasswordSignInForm()
    if form.submitted():
        address = rules.address_of(form.address.data)
        code_id = actions.sign_in_by_password(address, form.password.data, now())
        remember(code_id, address, next_path=attempt.next_path(), trusted=form.trusted.data)
        return _proceed(actions.next_step(address))
    return render_template("accounts/password.html", form=form, next=attempt.next_path())


@pages.post("/sign-in/passkey/options")
@limit("60/hour")
@public
def passkey_options() -> Answer:
    return passkeys.begin_proving(None, attempt.site(), now()), 200, {"Content-Type": "application/json"}


@pages.post("/sign-in/passkey")
@limit("30/hour")
@public
def passkey() -> Answer:
    """Both factors at once: the device asked its holder for a fingerprint, face or PIN."""
    user = passkeys.prove(attempt.credential(), None, attempt.site(), now())
    token = actions.begin_session(user, None, now(), attempt.browser())
    return signed_in(token, trusted=False, to=attempt.next_path())


@pages.route("/sign-in/link/<token>", methods=["GET", "POST"])
@limit("30/hour")
@public
def link(token: str) -> Answer:
    """A one-time link: opening it changes nothing (messengers open links too), the button signs in."""
    form = Form()
    if form.submitted():
        user = actions.use_link(token, now())
        address = rules.address_of(user.phone or user.email or "")
        remember(codes.proven(user, now(), address).id, address, next_path=attempt.next_path())
        return _proceed(actions.next_step(address, demo_link=user.demo))
    return render_template("accounts/link.html", form=form, alive=queries.link_is_alive(token, now()))


@pages.get("/privacy")
@public
def privacy() -> Answer:
    return render_template("accounts/privacy.html")


@pages.get("/terms")
@public
def terms() -> Answer:
    return render_template("accounts/terms.html")

"""One's own account: profile, what proves one, sessions, tokens, data. And the page that asks for proof again before delicate things."""

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext

from gongchuang.accounts import actions, attempt, codes, erasure, factors, forms, passkeys, queries, rules, tokens
from gongchuang.accounts.codes import Proof
from gongchuang.accounts.models import AccessToken, LoginSession, Passkey, User
from gongchuang.accounts.permissions import AccountPermission
from gongchuang.accounts.views import pages
from gongchuang.organisations.queries import memberships_of
from gongchuang.rights import allowed, public
from gongchuang.web import Answer, actor, now
from gongchuang.web.forms import words_of
from gongchuang.web.languages import COOKIE as LANGUAGE_COOKIE
from gongchuang.web.limits import limit

CONFIRMING = "confirming"
ADDRESS = "new_address"


def _me() -> User:
    return queries.me(actor().user_id)


def _key() -> str:
    return f"person:{actor().user_id}"


@pages.post("/sign-out")
@public
def sign_out() -> Answer:
    actions.sign_out(actor(), now())
    return attempt.signed_out(url_for("accounts.sign_in"))


@pages.get("/welcome")
@allowed(AccountPermission.SEE)
def arrive() -> Answer:
    """Where a sign-in ends that was heading nowhere: somebody without an organisation is led to one."""
    if actor().organisation_id is None:
        return redirect(url_for("organisations.begin"), 303)
    return redirect("/operator" if actor().operator_duties else "/", 303)


@pages.route("/me", methods=["GET", "POST"])
@allowed(AccountPermission.CHANGE)
def me() -> Answer:
    user = _me()
    form = forms.ProfileForm(name=user.name, language=user.language, marketing=user.marketing_consented_at is not None)
    if form.submitted():
        actions.change_profile(actor(), user, **form.values(), now=now())
        answer = redirect(url_for("accounts.me"), 303)
        code = "en" if user.language == "en" else "zh-CN"
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=31_536_000, samesite="Lax", secure=request.is_secure, httponly=True)
        return answer
    return render_template("accounts/me.html", form=form, user=user, memberships=memberships_of(user.id))


@pages.get("/me/security")
@allowed(AccountPermission.SEE)
def security() -> Answer:
    user = _me()
    return render_template(
        "accounts/security.html",
        user=user,
        passkeys=queries.passkeys_of(user.id),
        recovery_left=factors.recovery_codes_left(user),
        sessions=queries.live_sessions_of(user.id, now()),
        advised=bool(actor().roles & {"admin", "finance"}),
        now=now(),
    )


@pages.route("/me/password", methods=["GET", "POST"])
@allowed(AccountPermission.SECURE)
def set_password() -> Answer:
    form, user = forms.PasswordForm(), _me()
    if form.submitted():
        token = actions.set_password(actor(), user, form.password.data, now(), attempt.browser())
        return attempt.with_cookie(redirect(url_for("accounts.security"), 303), token, trusted=False)
    return render_template("accounts/set_password.html", form=form, user=user)


@pages.post("/me/password/remove")
@allowed(AccountPermission.SECURE)
def remove_password() -> Answer:
    token = actions.remove_password(actor(), _me(), now(), attempt.browser())
    return attempt.with_cookie(redirect(url_for("accounts.security"), 303), token, trusted=False)


@pages.route("/me/authenticator", methods=["GET", "POST"])
@limit("30/hour", key=_key)
@allowed(AccountPermission.SECURE)
def set_totp() -> Answer:
    form, user = forms.TotpForm(), _me()
    secret = session.setdefault("totp", factors.new_totp_secret())
    if form.submitted():
        session[attempt.RECOVERY] = actions.enrol_totp(user, secret, form.code.data, now())
        session.pop("totp")
        return redirect(url_for("accounts.recovery_codes"), 303)
    return render_template("accounts/enrol.html", form=form, **attempt.totp_picture(user, secret), required=False)


@pages.post("/me/authenticator/remove")
@allowed(AccountPermission.SECURE)
def remove_totp() -> Answer:
    actions.remove_totp(actor(), _me())
    return redirect(url_for("accounts.security"), 303)


@pages.get("/me/recovery")
@allowed(AccountPermission.SEE)
def recovery_codes() -> Answer:
    """Show new recovery codes once: they leave the browser's cookie with this answer."""
    return render_template("accounts/recovery.html", codes=session.pop(attempt.RECOVERY, None), next=attempt.next_path())


@pages.post("/me/recovery")
@allowed(AccountPermission.SECURE)
def renew_recovery_codes() -> Answer:
    session[attempt.RECOVERY] = actions.renew_recovery_codes(actor(), _me())
    return redirect(url_for("accounts.recovery_codes"), 303)


@pages.post("/me/passkeys/options")
@allowed(AccountPermission.SECURE)
def passkey_adding_options() -> Answer:
    return passkeys.begin_adding(_me(), attempt.site(), now()), 200, {"Content-Type": "application/json"}


@pages.post("/me/passkeys")
@allowed(AccountPermission.SECURE)
def add_passkey() -> Answer:
    passkeys.add(actor(), _me(), attempt.credential(), name=request.form.get("name", ""), site=attempt.site(), now=now())
    return redirect(url_for("accounts.security"), 303)


@pages.post("/me/passkeys/<uuid:passkey_id>/remove")
@allowed(AccountPermission.SECURE, queries.passkey)
def remove_passkey(passkey: Passkey) -> Answer:
    passkeys.remove(actor(), _me(), passkey)
    return redirect(url_for("accounts.security"), 303)


@pages.post("/me/sessions/<uuid:login_session_id>/end")
@allowed(AccountPermission.CHANGE, queries.login_session)
def end_session(login_session: LoginSession) -> Answer:
    actions.end_session(actor(), login_session, now())
    return redirect(url_for("accounts.security"), 303)


@pages.post("/me/sessions/end-others")
@allowed(AccountPermission.CHANGE)
def end_others() -> Answer:
    actions.end_other_sessions(actor(), now())
    return redirect(url_for("accounts.security"), 303)


@pages.route("/me/address", methods=["GET", "POST"])
@limit("10/hour", key=_key)
@allowed(AccountPermission.SECURE)
def address() -> Answer:
    form = forms.NewAddressForm()
    if form.submitted():
        new = rules.address_of(form.address.data)
        sent = codes.request_code(new, now(), purpose="address", user_id=actor().user_id)
        attempt.remember(sent.id, new, next_path=None, kind=ADDRESS)
        return redirect(url_for("accounts.prove_address"), 303)
    return render_template("accounts/address.html", form=form, user=_me())


@pages.route("/me/address/code", methods=["GET", "POST"])
@limit("30/hour", key=_key)
@allowed(AccountPermission.SECURE)
def prove_address() -> Answer:
    form, under_way = forms.SecondForm(), attempt.current(ADDRESS)
    form.code.label.text = gettext("验证码")
    if form.submitted():
        if codes.prove(under_way.id, form.code.data.strip(), now(), purpose="address", address=under_way.address) is Proof.RIGHT:
            actions.set_address(actor(), _me(), under_way.address, under_way.id, now())
            session.pop(ADDRESS)
            return redirect(url_for("accounts.security"), 303)
        form.code.errors = [words_of(rules.code_wrong())]
    return render_template("accounts/prove_address.html", form=form, address=under_way.address), 422 if form.errors else 200


@pages.route("/confirm", methods=["GET", "POST"])
@limit("30/hour", key=_key)
@allowed(AccountPermission.CONFIRM)
def confirm() -> Answer:
    """Ask for a code, an authenticator's code or a passkey: award, NDA, money and members need it to be minutes old."""
    form, user, sent = forms.SecondForm(), _me(), session.get(CONFIRMING)
    if form.submitted():
        by = _confirmed_by(user, form.code.data.strip())
        if by:
            actions.confirm(actor(), user, now(), by=by)
            session.pop(CONFIRMING, None)
            return redirect(attempt.next_path() or "/", 303)
        form.code.errors = [words_of(rules.code_wrong())]
    where = rules.masked(user.phone or user.email or "")
    about = {"user": user, "sent": sent, "where": where, "next": attempt.next_path(), "passkeys": queries.passkeys_of(user.id)}
    return render_template("accounts/confirm.html", form=form, **about), 422 if form.errors else 200


def _confirmed_by(user: User, typed: str) -> str | None:
    """Return by what the typed code is right: the authenticator, else the code that was sent."""
    if factors.totp_is_right(user, typed, now()):
        return "totp"
    sent = attempt.current(CONFIRMING) if CONFIRMING in session else None
    if sent and codes.prove(sent.id, typed, now(), purpose="confirm", address=sent.address) is Proof.RIGHT and codes.use(sent.id, now()):
        return "code"
    return None


@pages.post("/confirm/code")
@limit("10/hour", key=_key)
@allowed(AccountPermission.CONFIRM)
def send_confirmation() -> Answer:
    user = _me()
    where = rules.address_of(user.phone or user.email or "")
    sent = codes.request_code(where, now(), purpose="confirm", user_id=user.id)
    attempt.remember(sent.id, where, next_path=None, kind=CONFIRMING)
    return redirect(url_for("accounts.confirm", next=attempt.next_path()), 303)


@pages.post("/confirm/passkey/options")
@allowed(AccountPermission.CONFIRM)
def confirm_passkey_options() -> Answer:
    return passkeys.begin_proving(_me(), attempt.site(), now()), 200, {"Content-Type": "application/json"}


@pages.post("/confirm/passkey")
@limit("30/hour", key=_key)
@allowed(AccountPermission.CONFIRM)
def confirm_passkey() -> Answer:
    user = passkeys.prove(attempt.credential(), _me(), attempt.site(), now())
    actions.confirm(actor(), user, now(), by="passkey")
    return redirect(attempt.next_path() or "/", 303)


@pages.route("/me/tokens", methods=["GET", "POST"])
@limit("30/hour")
@allowed(AccountPermission.TOKENS)
def access_tokens() -> Answer:
    known = tokens.known_scopes()
    form, made = forms.TokenForm(known), None
    if form.submitted():
        _, made = tokens.create(actor(), **form.values(), known={code for code, _ in known}, now=now())
    assert actor().user_id
    return render_template("accounts/tokens.html", form=form, made=made, tokens=queries.live_tokens_of(_me().id, now()), now=now(), words=dict(known))


@pages.post("/me/tokens/<uuid:access_token_id>/revoke")
@allowed(AccountPermission.CHANGE, queries.access_token)
def revoke_token(access_token: AccessToken) -> Answer:
    tokens.revoke(actor(), access_token, now())
    return redirect(url_for("accounts.access_tokens"), 303)


@pages.get("/me/data")
@allowed(AccountPermission.SECURE)
def export() -> Answer:
    """Everything kept about the reader, as one JSON file."""
    body = erasure.export_of(_me(), now())
    return body, 200, {"Content-Type": "application/json; charset=utf-8", "Content-Disposition": 'attachment; filename="gongchuang-my-data.json"'}


@pages.route("/me/erase", methods=["GET", "POST"])
@allowed(AccountPermission.SECURE)
def erase() -> Answer:
    form, user = forms.EraseForm(), _me()
    if form.submitted():
        erasure.erase(actor(), user, now(), word=form.word.data)
        return attempt.signed_out(url_for("accounts.sign_in"))
    return render_template("accounts/erase.html", form=form, user=user)


__all__ = ["pages"]

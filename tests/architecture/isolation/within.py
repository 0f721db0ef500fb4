"""What a view may answer after the map has let somebody through: each with its reason, everything else is wrong."""

WITHIN: dict[str, tuple[tuple[str, ...], str]] = {
    "accounts.erase": (("sign in",), "whoever is erased is signed out"),
    "accounts.prove_address": (("sign in",), "no code was asked for before"),
    "accounts.send_confirmation": (("confirm",), "that is where the code is typed"),
    "bids.make": (("403",), "nobody bids on a task of its own"),
    "moderation.report": (("404",), "only what is published is reported"),
    "files.store_object": (("403",), "the signature decides"),
    "files.store_upload": (("400", "403"), "the signature decides"),
    "offers_api.talk": (("404",), "nobody talks with itself"),
    "tasks_api.ask": (("404",), "nobody talks with itself"),
    "offers.talk": (("404",), "nobody talks with itself"),
    "orders.create": (("sign in", "403", "404"), "everyone fills in the form, keeping it needs order:draft"),
    "organisations.accept": (("404",), "the link decides"),
    "quotes.make": (("409",), "the order takes no more quotes"),
    "quotes.decline": (("409",), "the order takes no more quotes"),
    "skills.mine": (("403",), "everyone in a firm reads, saving needs skill:declare"),
    "skills.pause": (("404",), "nothing was declared yet"),
    "skills_api.mine": (("404",), "nothing was declared yet"),
    "skills_api.pause": (("404",), "nothing was declared yet"),
    "tasks.ask": (("404",), "nobody talks with itself"),
}
"""What a view answers after the map has let somebody through, with the reason."""

NOT_OWN = {
    "bids.award": "the bid is on another task",
    "bids_api.award": "the bid is on another task",
    "capacity_api.close": "the machine is another's",
    "files_api.start_upload": "the file that gets a new state is another's",
    "operators.people": "the person is of another place",
    "operators.person": "the person is of another place",
    "operators.restore_person": "the person is of another place",
    "operators.retry": "the delivery is of another place",
    "operators_api.retry": "the delivery is of another place",
    "orders.draft": "the files are another's",
    "orders_api.begin": "the files are another's",
    "organisations.switch": "nobody acts for a firm they are no member of",
    "quotes.draft": "the machine and the papers are another's",
    "quotes_api.preview": "the machine and the papers are another's",
    "quotes_api.submit": "the machine and the papers are another's",
}
"""Views that look a second id up themselves and find nothing, where that is not of the asker's own organisation."""

NO_ATTEMPT = "a step of signing in that nobody began"

PUBLIC: dict[str, tuple[tuple[str, ...], str]] = {
    "files.store_object": (("403",), "the signature decides"),
    "files.store_upload": (("400", "403"), "the signature decides"),
    "accounts.link": (("410",), "the link decides"),
    "accounts.sign_out": (("sign in",), "that is where one is led"),
    **{f"accounts.{step}": (("sign in",), NO_ATTEMPT) for step in ("again", "code", "consent", "enrol", "register", "second")},
    "static": (("404",), "there is no such file"),
}
"""What a route answers that anybody may ask, other than a page."""

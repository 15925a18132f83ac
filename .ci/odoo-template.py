"""Gives a database the company, the users and the settings that the tests need: Odoo 16 to 20, with CRM and Surveys.

It runs inside `odoo shell`, which provides `env`, and may run again. What it prints as KEY=VALUE lines are variables
of the tests (pkg/scenario/testdata/README.md); .ci/odoo and examples/odoo pass them on.
"""

import inspect

from odoo.fields import Command

PREFIX = "CRM_TOOL_TEST_ODOO_"


def group(*names):
    return [Command.set([env.ref(name).id for name in names])]


env.ref("base.main_company").write({
    "name": "Example Company",
    "email": "info@example.com",
    "phone": "+33 1 98 76 54 32",
    "website": "https://www.example.com",
    "street": "1 Example Street",
    "zip": "75001",
    "city": "Paris",
    "country_id": env.ref("base.fr").id,
})

users = env["res.users"].with_context(no_reset_password=True, active_test=False)
groups = "group_ids" if "group_ids" in users._fields else "groups_id"


def user(login, values):
    found = users.search([("login", "=", login)])
    if found:
        found.write(values)
        return found
    return users.create({"login": login, **values})


# The least that the tool needs: no administrator of settings.
bot = user("bot", {
    "name": "CRM Bot",
    "email": "bot@example.com",
    "password": "bot-password",
    groups: group("base.group_user", "sales_team.group_sale_manager", "survey.group_survey_user"),
})

sam = user("sam", {
    "name": "Sam Seller",
    "email": "sam@example.com",
    "phone": "+33 1 23 45 67 89",
    "password": "sam-password",
    groups: group("base.group_user", "sales_team.group_sale_salesman"),
})
members = env["crm.team.member"]
membership = {"user_id": sam.id, "crm_team_id": env.ref("sales_team.team_sales_department").id}
if not members.search([(name, "=", value) for name, value in membership.items()]):
    members.create(membership)

env.ref("base.user_admin").write({"password": "admin"})

# Each copy of this database gets an address of its own, which the first administrator to log in must not change.
# Odoo's paid services are asked for nothing.
settings = env["ir.config_parameter"]
set_text = settings.set_str if hasattr(settings, "set_str") else settings.set_param
set_text("web.base.url", "http://127.0.0.1")
set_text("web.base.url.freeze", "True")
set_text("iap.endpoint", "http://127.0.0.1:9")

# As a superuser, because an ordinary user's key expires after three months, and the template may live longer.
keys = env["res.users.apikeys"].with_user(bot).sudo()
ends = [None] if "expiration_date" in inspect.signature(keys._generate).parameters else []
key = keys._generate(None, "crm-tool", *ends)

# Odoo makes the styles and scripts of a public page when they are first asked for, which takes seconds. Made here,
# they are part of every copy. Odoo 16 makes them another way, and is left to make them itself.
pages = env["ir.qweb"]
bundles = (
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "survey.survey_assets",
)
for bundle in bundles if "files" not in inspect.signature(pages._get_asset_bundle).parameters else ():
    pages._get_asset_bundle(bundle, css=False, js=True).js()
    pages._get_asset_bundle(bundle, css=True, js=False).css()

# The rights are part of what the tests rely on, so a change of Odoo's groups must be noticed here.
lead = env["crm.lead"].create({"name": "Somebody else's", "user_id": sam.id})
assert env["crm.lead"].with_user(bot).search([("id", "=", lead.id)]), "bot does not see all leads"
assert not bot.has_group("base.group_system"), "bot is an administrator"
for code in ("fr_FR", "de_DE"):
    assert env["res.lang"].search([("code", "=", code)]), code + " is missing"
assert bot.lang == sam.lang == "en_US", "English is not the users' language"
lead.unlink()

env.cr.commit()

for name, value in {
    "USER": "admin",
    "PASSWORD": "admin",
    "BOT_PASSWORD": "bot-password",
    "BOT_API_KEY": key,
    "SAM_PASSWORD": "sam-password",
}.items():
    print(f"{PREFIX}{name}={value}")

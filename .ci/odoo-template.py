"""Fills the template database of .ci/odoo. It runs inside `odoo shell`, which provides `env`.

What it prints as KEY=VALUE lines becomes part of `.ci/odoo env`.
"""

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

users = env["res.users"].with_context(no_reset_password=True)

# The least that the tool needs: no administrator of settings.
bot = users.create({
    "name": "CRM Bot",
    "login": "bot",
    "email": "bot@example.com",
    "password": "bot-password",
    "group_ids": group("base.group_user", "sales_team.group_sale_manager", "survey.group_survey_user"),
})

sam = users.create({
    "name": "Sam Seller",
    "login": "sam",
    "email": "sam@example.com",
    "phone": "+33 1 23 45 67 89",
    "password": "sam-password",
    "group_ids": group("base.group_user", "sales_team.group_sale_salesman"),
})
env["crm.team.member"].create({
    "user_id": sam.id,
    "crm_team_id": env.ref("sales_team.team_sales_department").id,
})

env.ref("base.user_admin").write({"password": "admin"})

# Each copy of this database gets an address of its own, which the first administrator to log in must not change.
# Odoo's paid services are asked for nothing.
settings = env["ir.config_parameter"]
settings.set_param("web.base.url", "http://127.0.0.1")
settings.set_param("web.base.url.freeze", "True")
settings.set_param("iap.endpoint", "http://127.0.0.1:9")

# As a superuser, because an ordinary user's key expires after three months, and the template may live longer.
key = env["res.users.apikeys"].with_user(bot).sudo()._generate(None, "crm-tool", None)

# Odoo makes the styles and scripts of a public page when they are first asked for, which takes seconds. Made here,
# they are part of every copy.
pages = env["ir.qweb"]
for bundle in (
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "survey.survey_assets",
):
    pages._get_asset_bundle(bundle, css=False, js=True).js()
    pages._get_asset_bundle(bundle, css=True, js=False).css()

# The rights are part of what the tests rely on, so a change of Odoo's groups must be noticed here.
lead = env["crm.lead"].create({"name": "Somebody else's", "user_id": sam.id})
assert env["crm.lead"].with_user(bot).search([("id", "=", lead.id)]), "bot does not see all leads"
assert not bot.has_group("base.group_system"), "bot is an administrator"
assert env["res.lang"].search([("code", "=", "fr_FR")]), "French is missing"
assert bot.lang == sam.lang == "en_US", "English is not the users' language"
lead.unlink()

env.cr.commit()

for name, value in {
    "BOT_LOGIN": "bot",
    "BOT_PASSWORD": "bot-password",
    "BOT_API_KEY": key,
    "SAM_LOGIN": "sam",
    "SAM_PASSWORD": "sam-password",
    "ADMIN_LOGIN": "admin",
    "ADMIN_PASSWORD": "admin",
}.items():
    print(f"{PREFIX}{name}={value}")

# The least that archiving with a note can cost: one write and one create inside Odoo, in one transaction.
leads = env["crm.lead"].search([("name", "=like", PREFIX + "-%")])
assert len(leads) == COUNT, leads
note = env.ref("mail.mt_note").id
author = env["res.users"].search([("login", "=", "bot")]).partner_id
print("begin", flush=True)
leads.with_context(mail_notrack=True).write({"active": False})
env["mail.message"].create([
    {
        "model": "crm.lead", "res_id": lead, "message_type": "notification", "subtype_id": note, "body": TEXT,
        "author_id": author.id, "email_from": author.email_formatted,
    }
    for lead in leads.ids
])
env.cr.commit()
print("end", flush=True)

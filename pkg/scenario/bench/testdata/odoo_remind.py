# Odoo's own way to mail all clients: a template, and the queue that its scheduled action works off. The mails stay
# on their opportunities, as those of crm-tool do.
template = env["mail.template"].create({
    "name": "Reminder", "model_id": env["ir.model"]._get_id("crm.lead"), "use_default_to": False, "auto_delete": False,
    "email_from": "Example Sales <sales@example.com>", "email_to": "{{ object.email_from }}",
    "email_cc": "{{ object.user_id.email_formatted }}", "subject": "Your request “{{ object.name }}”",
    "body_html": TEXT.replace("CLIENT", '<t t-out="object.partner_id.name"/>').replace("TITLE", '<t t-out="object.name"/>'),
})
env.cr.commit()
leads = env["crm.lead"].search([("name", "=like", PREFIX + "-%")])
assert len(leads) == COUNT, leads
queued = [("state", "=", "outgoing")]
print("begin", flush=True)
template.send_mail_batch(leads.ids)
env.cr.commit()
while env["mail.mail"].search_count(queued):
    env["mail.mail"].process_email_queue()
    env.cr.commit()
print("end", flush=True)

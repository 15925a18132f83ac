# Odoo's own way to ask clients: the wizard of a survey, and the queue of mails.
survey = env["survey.survey"].search([("question_and_page_ids", "!=", False)], limit=1)
clients = env["crm.lead"].search([("name", "=like", PREFIX + "-%")]).partner_id
assert len(clients) == COUNT, clients
invitation = env["survey.invite"].create({
    "survey_id": survey.id, "template_id": env.ref("survey.mail_template_user_input_invite").id,
    "partner_ids": [(6, 0, clients.ids)],
})
env.cr.commit()
queued = [("state", "=", "outgoing")]
print("begin", flush=True)
invitation.action_invite()
env.cr.commit()
while env["mail.mail"].search_count(queued):
    env["mail.mail"].process_email_queue()
    env.cr.commit()
print("end", flush=True)

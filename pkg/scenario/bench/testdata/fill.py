# Makes COUNT opportunities of sam, PREFIX-0 and so on, one for each client, DAYS old and left alone since, and lets Odoo mail to the
# sink at SINK. With MEETINGS, sam has met each client.
sam = env["res.users"].search([("login", "=", "sam")])
quiet = {"mail_auto_subscribe_no_notify": True, "mail_create_nosubscribe": True, "mail_activity_quick_update": True}
leads = env["crm.lead"].with_context(**quiet)
if not env["ir.mail_server"].search([("name", "=", "sink")]):
    env["ir.mail_server"].create({"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": SINK, "smtp_encryption": "none"})
for begin in range(0, COUNT, 500):
    names = [f"{PREFIX}-{i}" for i in range(begin, min(begin + 500, COUNT))]
    clients = env["res.partner"].create([{"name": f"Client {n}", "email": f"{n}@client.example"} for n in names])
    made = leads.create([
        {"type": "opportunity", "name": name, "partner_id": client.id, "email_from": client.email, "user_id": sam.id}
        for name, client in zip(names, clients)
    ])
    env.flush_all()
    for table, column in ("crm_lead", "id"), ("mail_message", "res_id"):
        env.cr.execute(
            f"UPDATE {table} SET create_date = create_date - make_interval(days => %s), write_date = write_date - make_interval(days => %s)"
            f" WHERE {column} = ANY(%s)" + (" AND model = 'crm.lead'" if table == "mail_message" else ""),
            [DAYS, DAYS, made.ids],
        )
    env.invalidate_all()
    if MEETINGS:
        activities = env["mail.activity"].with_user(sam).with_context(**quiet).create([
            {
                "res_model_id": env["ir.model"]._get_id("crm.lead"), "res_id": lead.id, "user_id": sam.id,
                "activity_type_id": env.ref("mail.mail_activity_data_meeting").id,
            }
            for lead in made
        ])
        activities.action_feedback()
    env.cr.commit()

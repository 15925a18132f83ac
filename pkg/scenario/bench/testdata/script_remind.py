sellers = {}
with smtplib.SMTP("127.0.0.1", SINK) as server:
    for id in ids:
        [lead] = call("crm.lead", "read", [id], fields=["name", "partner_id", "email_from", "user_id"])
        seller = lead["user_id"][0]
        if seller not in sellers:
            sellers[seller] = call("res.users", "read", [seller], fields=["email"])[0]["email"]
        text = TEXT.replace("CLIENT", lead["partner_id"][1]).replace("TITLE", lead["name"])
        mail = EmailMessage()
        mail["From"] = "Example Sales <sales@example.com>"
        mail["To"], mail["Cc"], mail["Subject"] = lead["email_from"], sellers[seller], f"Your request “{lead['name']}”"
        mail.set_content(text)
        mail.add_alternative(text, subtype="html")
        server.send_message(mail)
        call("crm.lead", "message_post", [id], body=text, body_is_html=True, message_type="comment", subtype_xmlid="mail.mt_note")
print(calls)

for id in ids:
    call("crm.lead", "write", [id], {"active": False})
    call("crm.lead", "message_post", [id], body=TEXT, body_is_html=True, message_type="comment", subtype_xmlid="mail.mt_note")
print(calls)

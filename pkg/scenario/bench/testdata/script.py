# How a plain script begins: over XML-RPC, with an API key.
import smtplib
import xmlrpc.client
from email.message import EmailMessage

calls = 1
uid = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/common").authenticate(DATABASE, "bot", KEY, {})
models = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/object")


def call(model, method, *args, **kwargs):
    global calls
    calls += 1
    return models.execute_kw(DATABASE, uid, KEY, model, method, list(args), kwargs)


ids = call("crm.lead", "search", [["name", "=like", PREFIX + "-%"]], limit=COUNT)
assert len(ids) == COUNT, ids

// Package odoo stands in for an Odoo server: a [Server] with one database, kept in
// memory, on the loopback interface. The demonstration runs on it, and so do the
// tests.
//
// It answers over XML-RPC the models and methods that a client of the CRM
// application uses, as version 16, 17, 18, 19 or 20 answers them: the same values,
// the same refusals in the same words. What 20 does was read in its source; the
// others were seen. It shows the web pages of surveys. Any call can be made to fail,
// see [Server.Fail].
//
// The stand-in is not a CRM. It knows the fields that its models list, computes
// those that crm-tool depends on, and answers one call at a time. Where it and a
// real server differ in a call that it offers, the stand-in is wrong.
//
// The packages below it are parts of Odoo: xmlrpc, orm and load know no app; base,
// mail, crm and survey are apps, under Odoo's names, which apps installs.
package odoo

// Package odoo is a company in memory: a stand-in for an Odoo server on the
// loopback interface.
//
// A [Server] speaks Odoo's XML-RPC dialect over HTTP for the models and methods
// that a client of the CRM application uses, as version 16, 17, 18 or 19
// answers them: the same values, the same refusals in the same words. It shows
// the pages of surveys, so that one can be answered in a browser: all questions
// on one page, whatever the survey's layout, in forms that need no script. The
// demonstration runs on it, and so do the tests.
//
// The stand-in is not a CRM. It knows the fields that are listed in its
// schemas, computes those that crm-tool depends on, keeps everything in
// memory, and answers one call at a time. Where it and a real server differ
// in a call it offers, the stand-in is wrong.
package odoo

package survey

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// ServeHTTP answers with one of the web pages. The database must be locked.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	home := s.db.Since(18, "/odoo", "/web")
	switch {
	case s.db.Version == 18 && strings.HasPrefix(r.URL.Path, "/json/2/"): // JSON-2 came with 19
		ErrorPage(w, http.StatusOK, "Odoo", "This page is for browsers.")
		return
	case s.hidden:
		notFound(w)
		return
	}
	switch r.URL.Path {
	case "/":
		redirect(w, home)
	case "/web", home:
		redirect(w, "/web/login?redirect="+url.QueryEscape(r.URL.Path+"?"))
	case "/web/login":
		s.render(w, surveyPage{Kind: "login", Heading: "Log in"})
	default:
		if !s.serve(w, r) {
			notFound(w)
		}
	}
}

// notFound says that there is no such page.
func notFound(w http.ResponseWriter) {
	ErrorPage(w, http.StatusNotFound, "Not Found", "The requested URL was not found on the server.")
}

// redirect sends a browser elsewhere on this server.
func redirect(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusSeeOther)
}

// ErrorPage answers with one of the HTML pages of Odoo's web framework.
func ErrorPage(w http.ResponseWriter, status int, title, sentence string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// A client that has gone away gets no answer; nobody else needs to know.
	_, _ = fmt.Fprintf(w, "<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n", status, title, title, template.HTMLEscapeString(sentence))
}

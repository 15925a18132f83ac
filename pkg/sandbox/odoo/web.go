package odoo

import (
	"net/http"
	"net/url"
)

// servePage answers with one of the web pages.
func (o *Server) servePage(w http.ResponseWriter, r *http.Request) {
	home := "/odoo"
	if o.db.version < 18 {
		home = "/web"
	}
	if o.pageless {
		notFound(w)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch r.URL.Path {
	case "/":
		redirect(w, home)
	case "/web", home:
		redirect(w, "/web/login?redirect="+url.QueryEscape(r.URL.Path+"?"))
	case "/web/login":
		o.site.render(w, surveyPage{Kind: "login", Heading: "Log in"})
	default:
		if !o.site.serve(w, r) {
			notFound(w)
		}
	}
}

// notFound says that there is no such page.
func notFound(w http.ResponseWriter) {
	page(w, http.StatusNotFound, "Not Found", "The requested URL was not found on the server.")
}

// redirect sends a browser elsewhere on this server.
func redirect(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusSeeOther)
}

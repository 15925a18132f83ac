package odoo

import "net/http"

// The ways in which a request names its database: a session, in which nobody need
// be logged in, and from Odoo 19 on a header. A header that names another database
// than the session is refused.
const (
	sessionCookie  = "session_id"
	sessionID      = "5e55104e5e55104e5e55104e5e55104e5e55104e"
	forgottenID    = "f0460774f0460774f0460774f0460774f0460774"
	databaseHeader = "X-Odoo-Database"
)

// inSession tells whether a request belongs to a session of the database.
func inSession(r *http.Request) bool {
	c, err := r.Cookie(sessionCookie)
	return err == nil && c.Value == sessionID
}

// contradicts tells whether a request names two databases.
func (o *Server) contradicts(r *http.Request) bool {
	named := r.Header.Get(databaseHeader)
	return o.db.Version >= 19 && inSession(r) && named != "" && named != o.database
}

// begin begins a session if a browser asks for the database, and sends it to the
// same page again. It is false if there is nothing to begin. The server has one
// database, so the session is kept only if something else changed in it.
func (o *Server) begin(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/web/login" || r.URL.Query().Get("db") != o.database || inSession(r) {
		return false
	}
	id := forgottenID
	if r.URL.Query().Get("debug") == "1" {
		id = sessionID
	}
	w.Header().Set("Set-Cookie", sessionCookie+"="+id+"; Max-Age=604800; HttpOnly; Path=/")
	w.Header().Set("Location", r.URL.RequestURI())
	w.WriteHeader(http.StatusFound)
	return true
}

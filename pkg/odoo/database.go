package odoo

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// An XML-RPC call says only in its body which database it is about. Odoo reads
// that later than it chooses one for the request, and so lists all databases at
// each call, which takes most of a small call's time (odoo/http.py,
// Request._get_session_and_dbname). From Odoo 19 on a header names the database;
// before, a session does.
const (
	databaseHeader = "X-Odoo-Database"
	headerSince    = 19
	sessionCookie  = "session_id"

	// sessionTimeout bounds the request for a session, without which calls are
	// only slower.
	sessionTimeout = 5 * time.Second
)

// selection is the header with which calls name their database.
type selection struct{ header, value string }

// selectDatabase lets the calls that follow name their database, if they can.
func (c *Client) selectDatabase(ctx context.Context) {
	if c.version.Major >= headerSince {
		if printable(c.opts.Database) {
			c.selected.Store(&selection{header: databaseHeader, value: c.opts.Database})
		}
		return
	}
	c.selectBySession(ctx)
}

// selectBySession fetches a session of the database, in which nobody is logged in.
// A failure leaves the calls as they were. Odoo keeps a session only if the request
// changed it. Where a host name has one database alone, naming that one changes
// nothing, so the request also asks for Odoo's debug mode, which calls do not heed.
func (c *Client) selectBySession(ctx context.Context) {
	ctx, end, err := c.opts.Pace.Turn(ctx)
	if err != nil {
		return
	}
	defer end()
	ctx, cancel := context.WithTimeout(ctx, min(c.opts.Timeout, sessionTimeout))
	defer cancel()
	page := c.base + "/web/login?debug=1&db=" + url.QueryEscape(c.opts.Database)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return
	}
	req.Header.Set("User-Agent", c.userAgent())
	c.calls.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		c.opts.Logger.Debug("Odoo gave no session for its database", "error", c.transportFailure(err, false, sessionTimeout).Message)
		return
	}
	_ = resp.Body.Close() // Only the header is wanted.
	for _, cookie := range resp.Cookies() {
		if cookie.Name == sessionCookie && cookie.Value != "" {
			c.selected.Store(&selection{header: "Cookie", value: sessionCookie + "=" + cookie.Value})
			return
		}
	}
	c.opts.Logger.Debug("Odoo gave no session for its database", "status", resp.StatusCode)
}

// selectAgain fetches another session after Odoo was away: it may have lost the
// first one.
func (c *Client) selectAgain(ctx context.Context) {
	if s := c.selected.Load(); s != nil && s.header != databaseHeader {
		c.selectBySession(ctx)
	}
}

// deselect tells whether a call is to be made again without naming its database,
// which something before Odoo, or Odoo itself, would not have.
func (c *Client) deselect(failure *Error) bool {
	s := c.selected.Load()
	if s == nil || !failure.turnedAway {
		return false
	}
	c.selected.Store(nil)
	c.opts.Logger.LogAttrs(context.Background(), slog.LevelInfo,
		"calls that name their database are turned away, so they do not any more, and take longer",
		slog.String("header", s.header), slog.String("error", failure.Message))
	return true
}

// printable tells whether a text can stand in a header as it is.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

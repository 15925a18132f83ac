package odoo_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

// selecting plays an Odoo of a version, and notes how each request names its
// database. Answer, if it is set, may answer a request in its stead.
type selecting struct {
	version int
	answer  func(w http.ResponseWriter, r *http.Request) bool

	mu    sync.Mutex
	named []string
}

func (s *selecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	name := r.Method + " " + r.URL.RequestURI()
	for _, header := range []string{"X-Odoo-Database", "Cookie"} {
		if v := r.Header.Get(header); v != "" {
			name += " " + header + ": " + v
		}
	}
	s.named = append(s.named, name)
	s.mu.Unlock()
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	switch {
	case s.answer != nil && s.answer(w, r):
	case r.Method == http.MethodGet:
		http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "of-nobody", Path: "/", HttpOnly: true})
		w.WriteHeader(http.StatusFound)
	default:
		byMethod(map[string]any{
			"version":      map[string]any{"server_version": "x", "server_version_info": []any{s.version}},
			"authenticate": 7, "execute_kw": true,
		})(w, r)
	}
}

// calls logs in to an Odoo, and calls it once.
func (s *selecting) calls(t *testing.T, change func(*odoo.Options)) []string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o := options(server.URL)
	if change != nil {
		change(&o)
	}
	client := connect(t, o)
	_, err := client.Call(t.Context(), create())
	require.NoError(t, err)
	assert.Equal(t, len(s.named), client.Calls())
	return s.named
}

const (
	greeting = "POST /xmlrpc/2/common"
	session  = "GET /web/login?debug=1&db=crm19"
	cookie   = " Cookie: session_id=of-nobody"
	header   = " X-Odoo-Database: crm19"
)

func TestACallNamesItsDatabase(t *testing.T) {
	bySession := []string{greeting, session, greeting + cookie, "POST /xmlrpc/2/object" + cookie}
	byHeader := []string{greeting, greeting + header, "POST /xmlrpc/2/object" + header}
	for version, want := range map[int][]string{16: bySession, 17: bySession, 18: bySession, 19: byHeader, 20: byHeader} {
		assert.Equal(t, want, (&selecting{version: version}).calls(t, nil), "Odoo %d", version)
	}
}

func TestADatabaseThatNoHeaderCanNameIsNotNamed(t *testing.T) {
	named := (&selecting{version: 19}).calls(t, func(o *odoo.Options) { o.Database = "vertriebsübersicht" })
	assert.Equal(t, []string{greeting, greeting, "POST /xmlrpc/2/object"}, named)
}

func TestWhereNoSessionIsGivenCallsGoOnWithout(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"not found": status(http.StatusNotFound, ""), "a page without a cookie": status(http.StatusOK, "x"),
		"an empty cookie": func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, &http.Cookie{Name: "session_id"}) },
		"silence":         silence,
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			s := &selecting{version: 16, answer: func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodGet {
					answer(w, r)
				}
				return r.Method == http.MethodGet
			}}
			named := s.calls(t, func(o *odoo.Options) {
				if name == "silence" {
					o.Timeout = 300 * time.Millisecond
				}
			})
			assert.Equal(t, []string{greeting, session, greeting, "POST /xmlrpc/2/object"}, named)
		})
	}
}

// What stands between may refuse the header or the cookie. The call was not read
// then, and is made again, even one that must not be made twice.
func TestWhatTurnsNamedCallsAwayGetsOthers(t *testing.T) {
	for _, version := range []int{16, 19} {
		for _, code := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusRequestHeaderFieldsTooLarge} {
			s := &selecting{version: version, answer: func(w http.ResponseWriter, r *http.Request) bool {
				refuses := r.URL.Path == "/xmlrpc/2/object" && r.Header.Get("Cookie")+r.Header.Get("X-Odoo-Database") != ""
				if refuses {
					w.WriteHeader(code)
				}
				return refuses
			}}
			named := s.calls(t, nil)
			assert.Equal(t, "POST /xmlrpc/2/object", named[len(named)-1])
		}
	}
}

// A call that had to be made again may have met a restart, which loses sessions.
func TestAfterOdooWasAwayAnotherSessionIsFetched(t *testing.T) {
	away := true
	s := &selecting{version: 16, answer: func(w http.ResponseWriter, r *http.Request) bool {
		down := r.URL.Path == "/xmlrpc/2/object" && away
		if down {
			away = false
			w.WriteHeader(http.StatusBadGateway)
		}
		return down
	}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := connect(t, options(server.URL))
	for range 2 {
		_, err := client.Call(t.Context(), read())
		require.NoError(t, err)
	}
	object := "POST /xmlrpc/2/object" + cookie
	assert.Equal(t, []string{greeting, session, greeting + cookie, object, object, session, object}, s.named)
}

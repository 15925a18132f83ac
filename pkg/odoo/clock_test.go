package odoo_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
)

func TestNowIsOdoosTime(t *testing.T) {
	local := noon.Add(5 * time.Minute) // This host is ahead of Odoo.
	drift := time.Duration(0)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", noon.Add(drift).Format(http.TimeFormat))
		value("x")(w, r)
	})
	o := options(s.URL)
	o.Now = func() time.Time { return local }
	c := newClient(t, o)
	assert.Equal(t, local, c.Now(), "before the first answer")

	_, err := c.Login(t.Context())
	require.NoError(t, err)
	assert.Equal(t, noon, c.Now())

	local = local.Add(90 * time.Second)
	assert.Equal(t, noon.Add(90*time.Second), c.Now(), "this host's clock went on")

	drift = time.Hour
	_, err = c.Call(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, noon.Add(time.Hour), c.Now(), "the last answer counts")
}

func TestNowCountsTheTimeThatTheMachineWasSuspended(t *testing.T) {
	s := serve(t, value("x"))
	o := options(s.URL)
	o.Now = time.Now
	c := connect(t, o)
	// A suspended machine shows in the wall clock alone.
	first := c.Now()
	assert.Equal(t, first.Round(0), first, "without a monotonic reading")
}

func TestTheClockOfAProxyIsNotOdoos(t *testing.T) {
	other := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", noon.AddDate(1, 0, 0).Format(http.TimeFormat))
			h(w, r)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"an error page": status(502, loginPage),
		"a web page":    raw(loginPage),
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, options(serve(t, other(answer)).URL))
			_, err := c.Call(t.Context(), read())
			require.Error(t, err)
			assert.Equal(t, noon, c.Now())
		})
	}
}

func TestAnOdooThatTellsNoTimeIsRefused(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		writeWire(w, "version.response")
	}))
	defer s.Close()
	_, err := newClient(t, options(s.URL)).Login(t.Context())
	assert.Equal(t, failure{
		odoo.NoClock, "ask for Odoo's version: the answer of " + s.URL + " has no Date header, and hosts cannot agree on the time",
		"let the proxy before Odoo pass on the Date header of its answers",
	}, failureOf(t, err))
}

func TestALaterAnswerWithoutDateKeepsTheClock(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		value("x")(w, r)
	})
	c := connect(t, options(s.URL))
	_, err := c.Call(t.Context(), read())
	require.NoError(t, err)
	assert.Equal(t, noon, c.Now())
}

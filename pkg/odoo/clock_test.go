package odoo_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
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
	started := time.Now()
	o.Now = func() time.Time { return started.Add(noon.Sub(started)) }
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

func TestClocksThatAreApartAreWarnedOfOrRefused(t *testing.T) {
	for _, c := range []struct {
		name          string
		apart         time.Duration // how much later it is by Odoo's clock
		warns, refuse bool
	}{
		{"the same", 0, false, false},
		{"five minutes", 5 * time.Minute, false, false},
		{"more than five minutes behind", -5*time.Minute - time.Second, true, false},
		{"more than five minutes ahead", 5*time.Minute + time.Second, true, false},
		{"twelve hours", 12 * time.Hour, true, false},
		{"more than twelve hours ahead", 12*time.Hour + time.Second, false, true},
		{"years behind", -40 * 365 * 24 * time.Hour, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			o := options(serve(t, value("x")).URL)
			o.Now = func() time.Time { return noon.Add(-c.apart) }
			o.Logger = slog.New(slog.NewTextHandler(&log, nil))
			_, err := newClient(t, o).Login(t.Context())
			if c.refuse {
				here, apart := noon.Add(-c.apart).Format(time.RFC3339), c.apart.Abs()
				assert.Equal(t, failure{
					odoo.ClocksApart,
					fmt.Sprintf("ask for Odoo's version: the clocks of Odoo (2026-11-23T12:00:00Z) and of this host (%s) are %s apart", here, apart),
					"let both machines set their clocks by the network (NTP)",
				}, failureOf(t, err))
				assert.Empty(t, log.String())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.warns, strings.Contains(log.String(), "level=WARN"), "%s", &log)
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

package odoo_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo"
	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// comeBack answers with a status and a time to wait; empty for none.
func comeBack(code int, after string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	}
}

// Nothing was done of what is refused as one too many. Whoever asks to come back later
// may have done something.
func TestACallThatComesTooSoonIsMadeLater(t *testing.T) {
	date := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Mon, 23 Nov 2026 08:00:00 GMT")
		comeBack(429, "Mon, 23 Nov 2026 08:00:30 GMT")(w, r)
	}
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		request odoo.Request
		// waits is the shortest first pause; negative if there is none.
		waits time.Duration
	}{
		"too many requests": {comeBack(429, ""), read(), 0},
		"too many requests, in a call that is never repeated":   {comeBack(429, ""), create(), 0},
		"too many requests for 30 seconds":                      {comeBack(429, "30"), create(), 30 * time.Second},
		"too many requests until a date":                        {date, create(), 30 * time.Second},
		"a server that is away":                                 {comeBack(503, "30"), read(), 30 * time.Second},
		"a server that is away, in a call that is not repeated": {comeBack(503, "30"), create(), -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer, c.answer, value("done"))
			o, p := options(s.URL), &pauses{}
			var log bytes.Buffer
			o.Sleep, o.Logger = p.sleep, debugLog(&log)
			got, err := connect(t, o).Call(t.Context(), c.request)
			if c.waits < 0 {
				assert.Equal(t, odoo.Temporary, failureOf(t, err).Kind)
				assert.Equal(t, 1, s.seen())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "done", got)
			require.Len(t, p.taken, 2)
			assert.Greater(t, p.taken[0], c.waits)
			assert.Less(t, p.taken[0], c.waits+time.Second)
			assert.Contains(t, log.String(), `msg="Odoo is asked again" step="call crm.lead.`)
			assert.Equal(t, [][]any{s.calls[0], s.calls[0], s.calls[0]}, s.calls, "the same call each time")
		})
	}
}

func TestACallIsPutOffForFiveMinutesAltogether(t *testing.T) {
	const (
		many = "call crm.lead.create: URL refuses so many requests: HTTP 429 (Too Many Requests)"
		hint = "run again later; see whether others call this Odoo at the same time, and set odoo.rate to as many calls a second as it permits"
	)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		change func(*odoo.Options)
		failure
		calls int
	}{
		"for an hour": {
			comeBack(429, "3600"), nil, failure{odoo.Temporary, many + "; it asks to come back in 1h0m0s", hint}, 1,
		},
		"for two minutes, again and again": {
			comeBack(429, "120"), nil, failure{odoo.Temporary, many + "; it asks to come back in 2m0s", hint}, 3,
		},
		"by somebody who waits in front of it": {
			comeBack(429, "7"), func(o *odoo.Options) { o.Attempts, o.Timeout = 1, 10*time.Second },
			failure{odoo.Temporary, many + "; it asks to come back in 7s", hint},
			2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.answer)
			o := options(s.URL)
			if c.change != nil {
				c.change(&o)
			}
			_, err := connect(t, o).Call(t.Context(), create())
			got := failureOf(t, err)
			got.Text = strings.ReplaceAll(got.Text, s.URL, "URL")
			assert.Equal(t, c.failure, got)
			assert.Equal(t, c.calls, s.seen())
		})
	}
}

func TestNobodyWaitsForTooManyRequestsWithoutEnd(t *testing.T) {
	s := serve(t, comeBack(429, ""))
	o, p := options(s.URL), &pauses{}
	o.Sleep = p.sleep
	_, err := connect(t, o).Call(t.Context(), read())
	assert.Equal(t, odoo.Temporary, failureOf(t, err).Kind)
	total := time.Duration(0)
	for _, d := range p.taken {
		total += d
	}
	assert.InDelta(t, pace.Longest, total, float64(13*time.Second))
}

func TestACallIsNotPutOffBeyondTheEndOfTheContext(t *testing.T) {
	s := serve(t, comeBack(429, "60"))
	o := options(s.URL)
	now := noon
	o.Now = func() time.Time { return now }
	c := connect(t, o)
	now = time.Now() // as the context has it
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, err := c.Call(ctx, read())
	assert.Equal(t, odoo.Temporary, failureOf(t, err).Kind)
	assert.Equal(t, 1, s.seen())
}

// One that fails while it waits for its turn says no more than one that waits for Odoo.
func TestTheEndOfTheContextEndsAWaitForTheTurn(t *testing.T) {
	s := serve(t, value("x"))
	o := options(s.URL)
	c := connect(t, o)
	why := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	o.Pace = pace.New(1, o.Now, func(context.Context, time.Duration) { cancel(why) })
	paced := newClient(t, o)
	_, err := paced.Login(ctx)
	require.ErrorIs(t, err, why)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "ask for Odoo's version: context canceled: told to stop")
	assert.Zero(t, paced.Calls())
	assert.Equal(t, 2, c.Calls())
}

func TestEveryRequestToOdooWaitsForItsTurn(t *testing.T) {
	turns := 0
	requests := (&selecting{version: 18}).calls(t, func(o *odoo.Options) {
		o.Pace = pace.New(1, o.Now, func(context.Context, time.Duration) { turns++ })
	})
	assert.Equal(t, len(requests), turns, "%v", requests)
}

// An Odoo that has only JSON-2 may be asked too often just when a client looks for it.
func TestAnOdooWithoutXMLRPCThatIsAskedTooOftenIsAskedLater(t *testing.T) {
	refusals := 2
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		switch {
		case r.URL.Path == "/web/version" && refusals > 0:
			refusals--
			comeBack(429, "30")(w, r)
		case r.URL.Path == "/web/version":
			jsonAnswer(200, jsonType, `{"version_info": [22, 0, 0, "final", 0, ""], "version": "22.0"}`)(w, r)
		case strings.HasPrefix(r.URL.Path, "/json/2/"):
			jsonAnswer(200, jsonType, `{"uid": 5}`)(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	o := jsonOptions(s.URL)
	o.API, o.User = odoo.Auto, "bot"
	assert.Equal(t, odoo.JSON2, connect(t, o).API())

	refusals = 100
	_, err := newClient(t, o).Login(t.Context())
	assert.Equal(t, odoo.Temporary, failureOf(t, err).Kind)
}

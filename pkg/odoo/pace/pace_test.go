package pace_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

func TestOdooOnlineIsAskedOnceASecond(t *testing.T) {
	for name, c := range map[string]struct {
		set       float64
		addresses []string
		rate      float64
		reason    string
	}{
		"a database of Odoo Online":          {0, []string{"https://company.odoo.com"}, 1, "Odoo Online permits no more: company.odoo.com"},
		"in other letters, with a port":      {0, []string{"https://Company.ODOO.com.:443"}, 1, "Odoo Online permits no more: Company.ODOO.com."},
		"one below another":                  {0, []string{"https://company.dev.odoo.com"}, 1, "Odoo Online permits no more: company.dev.odoo.com"},
		"one that clients reach there":       {0, []string{"https://crm.example.com", "https://company.odoo.com"}, 1, "Odoo Online permits no more: company.odoo.com"},
		"another host":                       {0, []string{"https://odoo.example.com", ""}, 0, ""},
		"a host that only ends like it":      {0, []string{"https://notodoo.com"}, 0, ""},
		"a host that begins like it":         {0, []string{"https://company.odoo.com.example.com"}, 0, ""},
		"a path like it":                     {0, []string{"https://example.com/company.odoo.com"}, 0, ""},
		"no address":                         {0, []string{"://"}, 0, ""},
		"a rate that is set":                 {5, []string{"https://odoo.example.com"}, 5, "odoo.rate is set"},
		"a rate that is set for Odoo Online": {0.5, []string{"https://company.odoo.com"}, 0.5, "odoo.rate is set"},
	} {
		t.Run(name, func(t *testing.T) {
			rate, reason := pace.Rate(c.set, c.addresses...)
			assert.InDelta(t, c.rate, rate, 0)
			assert.Equal(t, c.reason, reason)
		})
	}
}

// begin takes a turn and returns when it was, after the beginning.
func begin(t *testing.T, p *pace.Pace, start time.Time) (at time.Duration, ctx context.Context, end func()) {
	t.Helper()
	ctx, end, err := p.Turn(t.Context())
	require.NoError(t, err)
	return time.Since(start), ctx, end
}

func TestRequestsBeginOneAfterAnotherWithTimeBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := pace.New(1, time.Now, nil)
		var got []time.Duration
		for _, takes := range []time.Duration{0, 300 * time.Millisecond, 5 * time.Second, 0} {
			at, _, end := begin(t, p, start)
			got = append(got, at)
			time.Sleep(takes)
			end()
			end() // Once more does nothing.
		}
		// The first one waits, too: a process before this one may have asked just now.
		assert.Equal(t, []time.Duration{1100 * time.Millisecond, 2200 * time.Millisecond, 3300 * time.Millisecond, 8300 * time.Millisecond}, got)
	})
}

func TestTheTimeCountsFromWhenARequestWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := pace.New(2, time.Now, nil)
		_, ctx, end := begin(t, p, start)
		time.Sleep(400 * time.Millisecond) // for the connection
		httptrace.ContextClientTrace(ctx).WroteRequest(httptrace.WroteRequestInfo{})
		end()
		at, _, end := begin(t, p, start)
		defer end()
		assert.Equal(t, 1500*time.Millisecond, at)
	})
}

func TestRequestsAreNeverUnderWayInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := pace.New(1, time.Now, nil)
		_, _, end := begin(t, p, start)
		second := make(chan time.Duration)
		go func() {
			at, _, end := begin(t, p, start)
			end()
			second <- at
		}()
		time.Sleep(time.Minute)
		end()
		assert.Equal(t, 61100*time.Millisecond, <-second)
	})
}

func TestTheEndOfTheContextEndsAWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, why := time.Now(), errors.New("told to stop")
		p := pace.New(0.5, time.Now, nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		_, _, err := p.Turn(ctx)
		require.ErrorIs(t, err, why)
		assert.Equal(t, time.Second, time.Since(start))

		at, _, end := begin(t, p, start)
		assert.Equal(t, 2200*time.Millisecond, at, "the next one has its turn")
		_, _, err = p.Turn(ctx)
		require.ErrorIs(t, err, why, "also while another one is under way")
		end()
	})
}

func TestWithoutALimitRequestsBeginAtOnce(t *testing.T) {
	for name, p := range map[string]*pace.Pace{"none": nil, "no limit": pace.New(0, time.Now, nil)} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			for range 3 { // None of them ends.
				at, _, _ := begin(t, p, start)
				assert.Zero(t, at, name)
			}
			p.Crowded()
		})
	}
}

func TestAfterARefusalTheTimeBetweenDoublesForAMinute(t *testing.T) {
	for rate, between := range map[float64][]time.Duration{
		1:   {2200 * time.Millisecond, 1100 * time.Millisecond},
		0.5: {3 * time.Second, 2200 * time.Millisecond},
		10:  {220 * time.Millisecond, 110 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pace.New(rate, time.Now, nil)
			begun := func() time.Duration {
				at, _, end := begin(t, p, time.Now())
				end()
				return at
			}
			begun()
			p.Crowded()
			assert.Equal(t, between[0], begun(), "rate %g", rate)
			time.Sleep(time.Minute)
			begun()
			assert.Equal(t, between[1], begun(), "rate %g", rate)
		})
	}
}

func TestAClockThatWasPutBackDelaysNoRequest(t *testing.T) {
	now, slept := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC), time.Duration(0)
	p := pace.New(1, func() time.Time { return now }, func(_ context.Context, d time.Duration) { slept = d })
	now = now.Add(-time.Hour)
	_, end, err := p.Turn(t.Context())
	require.NoError(t, err)
	end()
	assert.Equal(t, 1100*time.Millisecond, slept)
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestEachRequestOfATransportWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		client := &http.Client{Transport: pace.New(1, time.Now, nil).Transport(transport(func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}
			if len(at) == 1 {
				answer.StatusCode = http.StatusSeeOther
				answer.Header.Set("Location", "/elsewhere")
			}
			return answer, nil
		}))}
		answer, err := client.Get("https://company.odoo.com/survey/start/x")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, []time.Duration{1100 * time.Millisecond, 2200 * time.Millisecond}, at)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://company.odoo.com", nil)
		require.NoError(t, err)
		_, err = client.Do(request) //nolint:bodyclose // There is none.
		require.ErrorIs(t, err, context.Canceled)
	})
}

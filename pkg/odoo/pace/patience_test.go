package pace_test

import (
	"context"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

func TestAnAnswerAsksToComeBackLater(t *testing.T) {
	const date = "Mon, 23 Nov 2026 08:00:00 GMT"
	for name, c := range map[string]struct {
		status      int
		later, date string
		after       time.Duration
		asked       bool
	}{
		"too many requests":                        {429, "", date, 0, true},
		"too many requests for some seconds":       {429, "120", date, 2 * time.Minute, true},
		"with spaces":                              {429, " 7 ", date, 7 * time.Second, true},
		"for no time":                              {429, "0", date, 0, true},
		"until a date, by the server's clock":      {429, "Mon, 23 Nov 2026 08:01:30 GMT", date, 90 * time.Second, true},
		"until a date in the form of RFC 850":      {429, "Monday, 23-Nov-26 08:01:30 GMT", date, 90 * time.Second, true},
		"until a date that is over":                {429, "Mon, 23 Nov 2026 07:59:00 GMT", date, 0, true},
		"until a date, without saying what it is":  {429, "Mon, 23 Nov 2026 08:01:30 GMT", "", 0, true},
		"for longer than there is":                 {429, "99999999999999999999", date, math.MaxInt64, true},
		"for longer than a duration":               {429, "9999999999999", date, math.MaxInt64, true},
		"for something that is no time":            {429, "soon", date, 0, true},
		"for a negative time":                      {429, "-5", date, 0, true},
		"a service that is not available":          {503, "", date, 0, false},
		"a service that is away for some seconds":  {503, "30", date, 30 * time.Second, true},
		"a service that is away until a date":      {503, "Mon, 23 Nov 2026 08:00:30 GMT", date, 30 * time.Second, true},
		"a service that is away for no time":       {503, "soon", date, 0, false},
		"an answer, whatever it says":              {200, "30", date, 30 * time.Second, false},
		"a proxy without a server, which does not": {502, "30", date, 30 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			header.Set("Retry-After", c.later)
			header.Set("Date", c.date)
			after, asked := pace.Asked(&http.Response{StatusCode: c.status, Header: header})
			assert.Equal(t, c.after, after)
			assert.Equal(t, c.asked, asked)
		})
	}
}

func TestARequestIsPutOffForSomeTimeAltogether(t *testing.T) {
	now := time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC)
	p := pace.Patience{Left: time.Minute, Pauses: pace.NewPauses()}
	wait, ok := p.Wait(t.Context(), 50*time.Second, now)
	assert.True(t, ok)
	assert.InDelta(t, 50500*time.Millisecond, wait, float64(251*time.Millisecond), "a random pause is added")
	wait, ok = p.Wait(t.Context(), time.Second, now)
	assert.True(t, ok)
	assert.InDelta(t, 2*time.Second, wait, float64(501*time.Millisecond), "the pauses grow")
	_, ok = p.Wait(t.Context(), 50*time.Second, now)
	assert.False(t, ok, "two times are too much")
	_, ok = p.Wait(t.Context(), math.MaxInt64, now)
	assert.False(t, ok)

	p = pace.Patience{Left: time.Hour, Pauses: pace.NewPauses()}
	ctx, cancel := context.WithDeadline(t.Context(), now.Add(time.Minute))
	defer cancel()
	_, ok = p.Wait(ctx, time.Minute, now)
	assert.False(t, ok, "the context ends before")
	_, ok = p.Wait(ctx, 50*time.Second, now)
	assert.True(t, ok)
}

func TestPuttingOffWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, p := time.Now(), pace.New(0, time.Now, nil)
		patience := pace.Patience{Left: time.Minute, Pauses: pace.NewPauses()}
		assert.True(t, p.PutOff(t.Context(), &patience, 30*time.Second))
		assert.InDelta(t, 30500*time.Millisecond, time.Since(start), float64(251*time.Millisecond))
		waited := time.Since(start)
		assert.False(t, p.PutOff(t.Context(), &patience, 30*time.Second))
		assert.False(t, (*pace.Pace)(nil).PutOff(t.Context(), &patience, 0))
		assert.Equal(t, waited, time.Since(start))

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		assert.False(t, p.PutOff(ctx, &patience, 10*time.Second), "the context has ended")
		assert.Equal(t, waited+time.Second, time.Since(start))
	})
}

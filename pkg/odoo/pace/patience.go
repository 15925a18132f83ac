package pace

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Longest is for how long a request is put off, all in all, before it fails. A claim of
// the ledger must not grow old meanwhile: its mail begins within ten minutes.
const Longest = 5 * time.Minute

// Asked tells whether an answer asks to make the request again later, and after how long.
//
// Status 429 does so even if it names no time, and the server has not done what was asked:
// it refuses requests of which there are too many (RFC 6585, section 4), and a status of
// this class is for a request that it does not fulfil (RFC 9110, section 15.5). Status
// 503 does so with the header Retry-After (RFC 9110, section 15.6.4).
func Asked(answer *http.Response) (after time.Duration, asked bool) {
	after, named := retryAfter(answer.Header)
	return after, answer.StatusCode == http.StatusTooManyRequests || named && answer.StatusCode == http.StatusServiceUnavailable
}

// retryAfter reads the header Retry-After: seconds, or a date (RFC 9110, section 10.2.3).
// A date counts from the date of the answer, which is told by the same clock.
func retryAfter(header http.Header) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(math.MaxInt64/time.Second) {
			return math.MaxInt64, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	now, undated := http.ParseTime(header.Get("Date"))
	if err != nil || undated != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// Patience is with one request, which the server may put off more than once.
type Patience struct {
	// Left is how much longer the request may be put off.
	Left time.Duration
	// Pauses are added to what the server asks for, so that hosts that were put off
	// together do not come back together.
	Pauses *backoff.ExponentialBackOff
}

// Wait returns how long to wait before the request is made again, as the server asks. It
// is false if that is too long, or longer than the context lasts.
func (p *Patience) Wait(ctx context.Context, after time.Duration, now time.Time) (time.Duration, bool) {
	if after > p.Left {
		return 0, false
	}
	wait := after + p.Pauses.NextBackOff()
	if ends, ok := ctx.Deadline(); wait > p.Left || ok && now.Add(wait).After(ends) {
		return 0, false
	}
	p.Left -= wait
	return wait, true
}

const (
	firstPause   = 500 * time.Millisecond
	longestPause = 8 * time.Second
)

// NewPauses returns the pauses between attempts: doubling, with a jitter of a half, so
// that hosts that failed together do not come back together.
func NewPauses() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.Multiplier, b.MaxInterval = firstPause, 2, longestPause
	b.Reset()
	return b
}

// Package monitor tells other programs how runs end: Prometheus by a textfile, and a
// monitor of healthchecks.io's protocol by HTTP.
//
// A [Heartbeat] tells a monitor that a run begins, so that the monitor notices one that
// hangs, and how it ends. What the monitor answers changes nothing for the run. Its URL is
// a secret, as whoever knows it can report a run: no error and no log has it.
//
// [WriteMetrics] writes a textfile. It has counts, times and statuses, nothing of a
// client.
package monitor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// within is how long all attempts of one report may take, attemptWithin how long
	// one of them, attempts how many there are, and pause what is between them.
	within        = 10 * time.Second
	attemptWithin = 5 * time.Second
	attempts      = 3
	pause         = 500 * time.Millisecond
	// bodyMost is the longest body in bytes, which healthchecks.io keeps whole.
	bodyMost = 10_000
	// answerMost is how much of an answer is read.
	answerMost = 1 << 10
)

// Heartbeat reports one run to a monitor. A nil one reports nothing.
type Heartbeat struct {
	// URL is the monitor's for this command, without a slash at its end.
	url *url.URL
	// run tells runs apart that overlap (rid).
	run    string
	agent  string
	client *http.Client

	// started is closed when the monitor has heard of the beginning, or cannot.
	started chan struct{}
	failure error
}

// NewHeartbeat returns what reports a run of this name; nil without a URL, or with one
// that cannot be. Proxy chooses the HTTP proxy; nil for none.
func NewHeartbeat(address, run, version string, proxy func(*http.Request) (*url.URL, error)) *Heartbeat {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return nil
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return &Heartbeat{
		url: u, run: uuid(run), agent: "crm-tool/" + version,
		client: &http.Client{
			Transport:     &http.Transport{Proxy: proxy, DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// uuid returns a UUID (RFC 9562, version 8) for a run's name, which is what the monitor
// takes to tell runs apart.
func uuid(run string) string {
	b := sha256.Sum256([]byte(run))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// Start reports that the run begins, while the run goes on.
func (h *Heartbeat) Start(ctx context.Context) {
	if h == nil {
		return
	}
	h.started = make(chan struct{})
	go func() {
		defer close(h.started)
		h.failure = h.report(ctx, "start", "")
	}()
}

// End reports the exit status, with a text for people. The error says why the monitor did
// not hear of the run, or not of its beginning.
func (h *Heartbeat) End(ctx context.Context, status int, text string) error {
	if h == nil {
		return nil
	}
	if h.started != nil {
		select {
		case <-h.started:
		case <-ctx.Done():
			return errors.New("there was no time left to tell the monitor how the run ended")
		}
	}
	if err := h.report(ctx, strconv.Itoa(status), text); err != nil {
		return fmt.Errorf("tell the monitor how the run ended: %w", err)
	}
	if h.failure != nil {
		return fmt.Errorf("tell the monitor that the run began: %w", h.failure)
	}
	return nil
}

// report makes one report, again if that can help.
func (h *Heartbeat) report(ctx context.Context, what, text string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for n := 1; ; n++ {
		again, err := h.attempt(ctx, what, bounded(text))
		if err == nil || !again || n == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause * time.Duration(n)):
		}
	}
}

// attempt makes one request, and tells whether another one can help.
func (h *Heartbeat) attempt(ctx context.Context, what, text string) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptWithin)
	defer cancel()
	target := *h.url
	target.Path += "/" + what
	query := target.Query()
	query.Set("rid", h.run)
	target.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(text))
	if err != nil {
		return false, errors.New("its URL is not valid")
	}
	request.Header.Set("User-Agent", h.agent)
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	answer, err := h.client.Do(request)
	if err != nil {
		return true, withoutURL(err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, answerMost)) // Its status says all.
	_ = answer.Body.Close()
	if answer.StatusCode/100 == 2 {
		return false, nil
	}
	const tooMany = http.StatusTooManyRequests
	return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == tooMany, fmt.Errorf("it answered with the status %d", answer.StatusCode)
}

// withoutURL returns an error of the HTTP client without the URL, which is a secret.
func withoutURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("it did not answer in time")
	}
	return err
}

// bounded returns at most bodyMost bytes of a text.
func bounded(text string) string {
	return strings.ToValidUTF8(text[:min(bodyMost, len(text))], "")
}

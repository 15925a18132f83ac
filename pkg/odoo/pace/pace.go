// Package pace lets this process ask an Odoo no faster than that Odoo wants to be asked.
//
// A [Pace] lets requests follow each other: one at a time, with a time from the
// beginning of one to the beginning of the next. [Rate] decides how long that is. A
// server may still be asked too often, as other hosts ask it as well; then [Asked]
// reads how long it wants to be left alone, and a [Patience] says whether that is
// worth waiting for.
package pace

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// onlineDomain is where Odoo Online has its databases. onlineRate is what its
	// acceptable use policy permits: one call a second, none in parallel
	// (https://www.odoo.com/acceptable-use).
	onlineDomain = ".odoo.com"
	onlineRate   = 1

	// margin is the part of an interval that is added to it. A server counts the
	// requests when they arrive, and one may travel longer than the next one.
	margin = 0.1

	// crowded is for how long the intervals are twice as long, up to crowdedMost, after
	// the server refused a request as one too many: another host is asking it, too, and
	// both share what the server permits. With more than crowdedMost, what a run read
	// would be too old when it is mailed.
	crowded     = time.Minute
	crowdedMost = 3 * time.Second
)

// Rate returns how many requests a second an Odoo may get, and why: as many as are set,
// or if that is 0 one on Odoo Online, which the addresses of Odoo tell. It returns 0 for
// an Odoo that sets no limit.
func Rate(set float64, addresses ...string) (rate float64, reason string) {
	if set > 0 {
		return set, "odoo.rate is set"
	}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err == nil && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), onlineDomain) {
			return onlineRate, "Odoo Online permits no more: " + u.Hostname()
		}
	}
	return 0, ""
}

// Pace is the order in which requests to one Odoo begin. It may be used by several
// goroutines at once. A nil Pace is one without a limit, which waits for nothing.
type Pace struct {
	rate float64
	// interval is between the beginnings of two requests; 0 for any number at once.
	interval time.Duration
	now      func() time.Time
	sleep    func(ctx context.Context, d time.Duration)
	// turn holds one token while no request is under way.
	turn chan struct{}

	mu sync.Mutex
	// begun is when the last request began, or the Pace: before, another process of
	// this host may have asked. crowdedUntil is explained at crowded.
	begun, crowdedUntil time.Time
}

// New returns a Pace of so many requests a second; 0 is no limit. Now is the clock of
// this host. Sleep waits, and returns early when the context ends; nil means to really
// wait.
func New(rate float64, now func() time.Time, sleep func(context.Context, time.Duration)) *Pace {
	if sleep == nil {
		sleep = Sleep
	}
	p := &Pace{rate: rate, begun: now(), now: now, sleep: sleep, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	if rate > 0 {
		p.interval = time.Duration((1 + margin) / rate * float64(time.Second))
	}
	return p
}

// Rate returns how many requests a second begin; 0 is no limit.
func (p *Pace) Rate() float64 { return p.rate }

// Turn waits until a request may begin. The request takes the context that it returns,
// and end is called when its answer was read. An error is the cause why ctx ended.
func (p *Pace) Turn(ctx context.Context) (of context.Context, end func(), err error) {
	if p == nil || p.interval == 0 {
		return ctx, func() {}, nil
	}
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	if wait := p.wait(); wait > 0 {
		p.sleep(ctx, wait)
	}
	if ctx.Err() != nil {
		p.turn <- struct{}{}
		return nil, nil, context.Cause(ctx)
	}
	p.begin()
	// A new connection takes a while. The server counts from when the request is there.
	written := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { p.begin() }}
	return httptrace.WithClientTrace(ctx, written), sync.OnceFunc(func() { p.turn <- struct{}{} }), nil
}

// wait returns how long the next request has to wait. A clock that was put back makes it
// wait no longer than usual.
func (p *Pace) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, interval := p.now(), p.interval
	if now.Before(p.crowdedUntil) {
		interval = max(interval, min(2*interval, crowdedMost))
	}
	return min(interval, p.begun.Add(interval).Sub(now))
}

func (p *Pace) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun = p.now()
}

// PutOff waits after a request that is to be made again, as [Asked] told. It tells
// whether it is; a Pace that is nil does not wait.
func (p *Pace) PutOff(ctx context.Context, patience *Patience, after time.Duration) bool {
	if p == nil {
		return false
	}
	wait, ok := patience.Wait(ctx, after, p.now())
	if ok {
		p.Crowded()
		p.sleep(ctx, wait)
	}
	return ok && ctx.Err() == nil
}

// Crowded tells that the server refused a request as one too many.
func (p *Pace) Crowded() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.crowdedUntil = p.now().Add(crowded)
}

// Transport returns a transport that lets each request, also one that follows a
// redirection, wait for its turn.
func (p *Pace) Transport(network http.RoundTripper) http.RoundTripper {
	return paced{p, network}
}

type paced struct {
	pace    *Pace
	network http.RoundTripper
}

func (t paced) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, end, err := t.pace.Turn(request.Context())
	if err != nil {
		return nil, err
	}
	defer end()
	return t.network.RoundTrip(request.WithContext(ctx))
}

// Sleep waits for d, or until the context ends.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

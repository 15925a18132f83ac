// Package odoo is a client for Odoo, version 16 or later, over XML-RPC
// (/xmlrpc/2) or, from version 19 on, JSON-2 (/json/2). It knows nothing of what
// crm-tool does with it, except that its hints name crm-tool's settings, such as
// odoo.url.
//
// A [Client] makes calls, each with a deadline, bounded in size and depth, over
// verified connections that are reused. A [Request] that Odoo may execute twice
// is repeated if the network, a proxy or Odoo's database fails for a moment, and any
// one that comes too soon for the server is made later; see package pace. A
// [Domain] selects records, a [Record] reads the fields of one, and [Client.Load]
// makes records that do not exist yet, each once for its external id.
//
// Every failure is an [Error] with a [Kind], a sentence for a person and a hint,
// or an error that wraps the end of the caller's context. The password is in no
// error, log line or address.
//
// Over JSON-2, Odoo may read from a replica of its database, which may be behind.
// A reading then waits until it shows what this client changed before; see
// [Client.CatchUp].
//
// Only this package knows Odoo's wire format: false for null, [id, name] for a
// reference, text for a time.
//
// Limits: answers of at most 64 MiB unless [Options] say otherwise; no binary
// fields; no calls whose result is None, which Odoo executes and then reports
// as a fault.
package odoo

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/clock"
)

// Client is a connection to one database of one Odoo, as one user. It may be
// used by several goroutines at once, after Login.
type Client struct {
	opts  Options
	base  string
	http  *http.Client
	clock clock.Clock
	calls atomic.Int64
	api   protocol
	fresh freshness
	// selected is nil if calls do not name their database.
	selected atomic.Pointer[selection]
	// certificate is Odoo's at its last answer; nil without encryption.
	certificate atomic.Pointer[x509.Certificate]

	uid     int64
	version Version
}

// New returns a client. It checks the options and reads Options.CAFile, but
// connects to nothing. An error is an *Error of kind Misconfigured.
func New(o Options) (*Client, error) {
	if err := o.named(); err != nil {
		return nil, err
	}
	return newClient(o)
}

// newClient returns a client that cannot log in unless the options say as whom.
func newClient(o Options) (*Client, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	base, err := baseURL(o.URL, o.AllowHTTP)
	if err != nil {
		return nil, err
	}
	client, err := httpClient(o)
	if err != nil {
		return nil, err
	}
	c := &Client{opts: o, base: base, http: client, clock: clock.Clock{Local: o.Now}}
	c.api = c.newProtocol()
	return c, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Calls returns how many HTTP requests were made, repeated ones included.
func (c *Client) Calls() int { return int(c.calls.Load()) }

// Now returns the time by Odoo's clock, in UTC: the one clock that all hosts
// share. It is calculated from Odoo's last answer, so it is behind by up to a
// second and the time that the answer travelled. Before Login it is this host's
// time.
func (c *Client) Now() time.Time { return c.clock.Now() }

// HostTime returns the time by this host's clock, which measures how long a call takes:
// [Client.Now] jumps by up to a second at each answer.
func (c *Client) HostTime() time.Time { return c.clock.Local() }

// ClockApart is how much later it is by Odoo's clock than by this host's; 0 before Login.
func (c *Client) ClockApart() time.Duration { return c.clock.Apart() }

// Certificate is Odoo's at its last answer; nil without encryption.
func (c *Client) Certificate() *x509.Certificate { return c.certificate.Load() }

// Sleep waits as between attempts. It returns an error if the context ends first.
func (c *Client) Sleep(ctx context.Context, d time.Duration) error {
	c.opts.Sleep(ctx, d)
	if ctx.Err() != nil {
		return interrupted(ctx, "wait for Odoo")
	}
	return nil
}

// Request is a call of a model's method, as Odoo's execute_kw takes it.
type Request struct {
	Model  string
	Method string
	// Args and Kwargs hold nil (Odoo's null), booleans, numbers, strings,
	// instants, Domains, and slices and string-keyed maps of them.
	Args   []any
	Kwargs map[string]any
	// Repeatable says that executing the call twice does no harm. Only then it
	// is repeated if nobody can know whether Odoo received it.
	Repeatable bool
	// Once says that the request is never made again, whatever became of it: not even
	// if Odoo surely did nothing of it, see [Error.Unsent].
	Once bool
	// Timeout is the longest that Odoo may take; 0 is the usual one of the [Options].
	Timeout time.Duration
	// Aside says that it does not matter whether a reading is older than what this
	// client changed, or whether a reading shows this change; see [Client.CatchUp].
	Aside bool
}

// Call calls a method. The answer consists of nil (an empty string), bool,
// int64, float64, string, []any and map[string]any; Odoo's null is false.
func (c *Client) Call(ctx context.Context, r Request) (any, error) {
	var answer any
	err := c.object(ctx, r, func(v any) error {
		answer = v
		return nil
	})
	return answer, err
}

// object calls a method and hands the answer to accept, whose error counts as
// the call's.
func (c *Client) object(ctx context.Context, r Request, accept func(any) error) error {
	step := "call " + r.Model + "." + r.Method
	if c.uid == 0 {
		return &Error{Kind: Defect, Step: step, Message: "not logged in"}
	}
	if err := c.order(ctx, r); err != nil {
		return err
	}
	m := c.api.object(r)
	m.step, m.once, m.timeout = step, r.Once, cmp.Or(r.Timeout, c.opts.Timeout)
	return c.call(ctx, m, accept)
}

// call sends a message, again if that can help.
func (c *Client) call(ctx context.Context, m message, accept func(any) error) error {
	if failure, ok := errors.AsType[*Error](m.err); ok {
		failure.Step = m.step
		return failure
	}
	if m.err != nil {
		return &Error{Kind: Defect, Step: m.step, Message: m.err.Error(), Err: m.err}
	}
	again := c.newRepetition()
	for {
		err := c.attempt(ctx, m, accept)
		if err == nil {
			if again.failures > 0 {
				c.selectAgain(ctx)
			}
			return nil
		}
		if ctx.Err() != nil {
			return interrupted(ctx, m.step)
		}
		failure, ok := errors.AsType[*Error](err)
		if !ok || m.once {
			return err
		}
		if c.deselect(failure) {
			continue
		}
		if !failure.repeatable(m.harmless) {
			return err
		}
		pause, more := again.pause(ctx, failure)
		if !more {
			return err
		}
		c.opts.Logger.LogAttrs(ctx, slog.LevelInfo, "Odoo is asked again", slog.String("step", m.step),
			slog.String("kind", string(failure.Kind)), slog.String("error", failure.Message), slog.Duration("pause", pause))
		c.opts.Sleep(ctx, pause)
		if ctx.Err() != nil {
			return interrupted(ctx, m.step)
		}
	}
}

// attempt sends a message once.
func (c *Client) attempt(ctx context.Context, m message, accept func(any) error) error {
	ctx, end, err := c.opts.Pace.Turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	began := c.clock.Local()
	answer, err := c.exchange(ctx, m)
	if err == nil {
		err = accept(answer)
	}
	if failure, ok := errors.AsType[*Error](err); ok {
		failure.Step = m.step
	}
	c.opts.Logger.LogAttrs(ctx, slog.LevelDebug, "Odoo was asked", slog.String("step", m.step),
		slog.Int("bytes", len(m.body)), slog.Duration("took", c.clock.Local().Sub(began)), slog.Bool("ok", err == nil))
	return err
}

// interrupted returns the error for the end of the caller's context. It wraps both
// context.Canceled or context.DeadlineExceeded, and the cause.
func interrupted(ctx context.Context, step string) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return fmt.Errorf("%s: %w", step, cause)
	}
	return fmt.Errorf("%s: %w: %w", step, err, cause)
}

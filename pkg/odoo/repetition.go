package odoo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/pace"
)

// maxAttempts is five, within about eight seconds: a restart of Odoo takes two to four,
// and after a longer failure it is better to run again later.
const maxAttempts = 5

// repetition says when a call is made again. How often the server may put a call off
// depends on the time alone: it is no failure.
type repetition struct {
	client   *Client
	failures int
	patience pace.Patience
}

func (c *Client) newRepetition() *repetition {
	longest := pace.Longest
	if c.opts.Attempts == 1 {
		longest = c.opts.Timeout // Somebody waits.
	}
	return &repetition{client: c, patience: pace.Patience{Left: longest, Pauses: pace.NewPauses()}}
}

// pause returns how long to wait before a call that failed is made again; false if it
// is not.
func (r *repetition) pause(ctx context.Context, failure *Error) (time.Duration, bool) {
	if failure.putOff {
		r.client.opts.Pace.Crowded()
		return r.patience.Wait(ctx, failure.after, r.client.clock.Local())
	}
	r.failures++
	return r.patience.Pauses.NextBackOff(), r.failures < r.client.opts.Attempts
}

// laterFailure describes an answer that asks to make the request again later.
func (c *Client) laterFailure(resp *http.Response, after time.Duration) *Error {
	page, _ := io.ReadAll(io.LimitReader(resp.Body, maxPage)) // As much as comes; it is only shown.
	e := c.statusError(resp.StatusCode, c.block(page))
	e.Kind, e.putOff, e.after = Temporary, true, after
	if resp.StatusCode == http.StatusTooManyRequests {
		e.unsent = true
		e.Cure = "run again later; see whether others call this Odoo at the same time, and set odoo.rate to as many calls a second as it permits"
	}
	if after > 0 {
		e.Message += fmt.Sprintf("; it asks to come back in %s", after.Round(time.Second))
	}
	return e
}

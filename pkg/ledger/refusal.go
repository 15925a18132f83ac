package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/crm-tool/crm-tool/pkg/mail"
)

// refusals is what the mail server has said of clients so far in this run. A reply
// without a reason speaks of the client only if the server takes other clients
// after it, and has not said the same of another one: a server that refuses the
// sender, or has had enough mails for today, often says no more than 550.
type refusals struct {
	mu sync.Mutex
	// turn counts the refusals, and taken is the turn in which the last mail
	// began whose client the server took.
	turn, taken int
	// other is the envelope of that mail; its To is empty if there was none.
	other mail.Envelope
	// clients are those that were refused, by the server's words.
	clients map[string]map[string]bool
}

// now returns the turn in which a mail begins.
func (r *refusals) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turn
}

// took notes that the server took the client of a mail that began in a turn.
func (r *refusals) took(turn int, env mail.Envelope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if turn >= r.taken {
		r.taken, r.other = turn, mail.Envelope{From: env.From, To: env.To}
	}
}

// refused notes a refusal and returns its turn.
func (r *refusals) refused(client string, e DeliveryError) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn++
	if r.clients == nil {
		r.clients = map[string]map[string]bool{}
	}
	if r.clients[e.Words()] == nil {
		r.clients[e.Words()] = map[string]bool{}
	}
	r.clients[e.Words()][strings.ToLower(client)] = true
	return r.turn
}

// alone tells whether the server said these words of one client only.
func (r *refusals) alone(words string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.clients[words]) == 1
}

// doubt is a mail whose client the server refused, perhaps not for their own sake.
type doubt struct {
	slot

	err  DeliveryError
	turn int
}

// judge decides about the refusals that were in doubt. If the server takes other
// clients, each mail failed alone, and a client whom it refused without a reason is
// noted as refused. Otherwise it refuses every mail, and the run ends.
func (d *delivery) judge(ctx, settling context.Context) error {
	if len(d.doubts) == 0 || d.fatal != nil || ctx.Err() != nil {
		return nil
	}
	last := slices.MaxFunc(d.doubts, func(a, b doubt) int { return a.turn - b.turn })
	if !d.takesOthers(ctx, last.turn) {
		d.fatal = last.err
		return nil
	}
	var notes []Note
	for _, r := range d.doubts {
		if r.err.Failure() == FailureClientPerhaps && d.refusals.alone(r.err.Words()) {
			d.results[r.index].Outcome = Refused
			notes = append(notes, d.refusal(d.mails[r.index], r.slot, d.results[r.index])...)
		}
	}
	if len(notes) == 0 {
		return nil
	}
	if _, err := d.Entries.Note(settling, notes); err != nil {
		return fmt.Errorf("note refused clients in Odoo: %w", err)
	}
	return nil
}

// takesOthers tells whether the server has taken another client since a refusal.
// If no mail was left to find out with, it is asked once more about one whom it
// took before.
func (d *delivery) takesOthers(ctx context.Context, turn int) bool {
	d.refusals.mu.Lock()
	taken, other := d.refusals.taken, d.refusals.other
	d.refusals.mu.Unlock()
	return other.To != "" && (taken >= turn || d.Sender.Takes(ctx, other) == nil)
}

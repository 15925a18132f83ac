package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// What a [Process] reports.
var (
	ErrKilled   = errors.New("the process is dead")
	ErrOdooLost = errors.New("lost Odoo")
)

// Process is one run's access to the [Backend]: its [ledger.Entries] and its
// [ledger.Sender].
type Process struct {
	*Backend

	// DieAfter is the step after which the process is dead: whatever it still
	// does has no effect. 0 is never. A call of Odoo is one step, a claim of
	// several mails two, a mail two: before the server has it, and after.
	DieAfter int
	// FailCall is the number of a call, from 1, that fails without effect, and
	// LoseCall of one that has its effect and fails then. A claim of several
	// mails counts as two.
	FailCall, LoseCall int
	// Before is called before each call and each mail; its error is the result.
	Before func(call string) error
	// After is called after each call that Odoo answers.
	After func(call string)
	// CallTakes and MailTakes are how long each call and each mail takes.
	CallTakes, MailTakes time.Duration
	// Ahead is how much later Odoo's clock seems to be, as behind a proxy whose
	// clock is fast; the entries keep their dates.
	Ahead time.Duration
	// Calls are the names of the calls so far, and Steps counts all steps.
	Calls []string
	Steps int

	parts int
}

var (
	_ ledger.Entries = (*Process)(nil)
	_ ledger.Sender  = (*Process)(nil)
)

// Now implements [ledger.Entries].
func (p *Process) Now() time.Time { return p.Backend.Now().Add(p.Ahead) }

// CompareClocks compares what Now returns with the dates of entries.
func (p *Process) CompareClocks(ctx context.Context) error {
	var at time.Time
	if err := p.Call(ctx, "CompareClocks", func() { at = p.Time }); err != nil {
		return err
	}
	return ledger.CompareClocks(at, at.Add(p.Ahead), p.Now())
}

// Step does one thing, if the process is alive.
func (p *Process) Step(do func()) error {
	p.Lock()
	defer p.Unlock()
	if p.dead() {
		return ErrKilled
	}
	do()
	p.Steps++
	if p.dead() {
		return ErrKilled
	}
	return nil
}

func (p *Process) dead() bool { return p.DieAfter > 0 && p.Steps >= p.DieAfter }

// Dead tells whether the process has died.
func (p *Process) Dead() bool {
	p.Lock()
	defer p.Unlock()
	return p.dead()
}

// Call is a call of Odoo. It ends with the context, as a request does. Do has
// the Backend to itself.
func (p *Process) Call(ctx context.Context, name string, do func()) error {
	return p.call(ctx, name, "", do)
}

// call is a Call that the log describes with the words, unless they are empty.
func (p *Process) call(ctx context.Context, name, words string, do func()) error {
	if err := p.begin(name); err != nil {
		return err
	}
	err := p.part(ctx, words, func() {
		do()
		p.Time = p.Time.Add(p.CallTakes)
	})
	if err == nil {
		p.answered(name)
	}
	return err
}

func (p *Process) answered(call string) {
	if p.After != nil {
		p.After(call)
	}
}

func (p *Process) begin(name string) error {
	if p.Before != nil {
		if err := p.Before(name); err != nil {
			return err
		}
	}
	p.Lock()
	defer p.Unlock()
	p.Calls = append(p.Calls, name)
	return nil
}

// part is a call, or a part of one that can fail by itself.
func (p *Process) part(ctx context.Context, words string, do func()) error {
	p.Lock()
	p.parts++
	n := p.parts
	p.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n == p.FailCall {
		return ErrOdooLost
	}
	err := p.Step(func() {
		if words != "" {
			p.Log = append(p.Log, words)
		}
		do()
	})
	if n == p.LoseCall {
		return ErrOdooLost
	}
	return err
}

// Claim implements [ledger.Entries], in two parts: Odoo's import is split when a
// row is bad, and can be cut off in between.
func (p *Process) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	if err := p.begin("Claim"); err != nil {
		return nil, err
	}
	var claimed []ledger.Claimed
	for half := range slices.Chunk(rows, max(1, (len(rows)+1)/2)) {
		err := p.part(ctx, fmt.Sprintf("claim %d", len(half)), func() {
			for _, row := range half {
				e, err := p.store(row.Key.ExternalID(), row.MessageID, row.Subject, row.Key.Opportunity, row.Body)
				claimed = append(claimed, ledger.Claimed{Entry: e, TurnOf: p.takeTurn(row), Err: err})
			}
		})
		if err != nil {
			return nil, err
		}
	}
	p.Pass(p.CallTakes)
	p.answered("Claim")
	return claimed, nil
}

// takeTurn takes the turn of a claim unless it is taken, and returns the opportunity
// that has it then, if it is another one.
func (b *Backend) takeTurn(row ledger.Claim) crm.OpportunityID {
	if row.Turn.IsZero() {
		return 0
	}
	id := row.Turn.ExternalID()
	if _, taken := b.Taken[id]; !taken {
		b.Taken[id] = crm.TakenTurn{Client: row.Turn.Client, By: row.Key.Turn(), At: b.Time}
	}
	if by := b.Taken[id].By; by.Opportunity != row.Key.Opportunity {
		return by.Opportunity
	}
	return 0
}

// Turns implements run.Chatter.
func (p *Process) Turns(ctx context.Context, clients []string, since time.Time) (list []crm.TakenTurn, err error) {
	err = p.Call(ctx, "Turns", func() {
		for _, t := range p.Taken {
			if slices.Contains(clients, t.Client) && !t.At.Before(since) {
				list = append(list, t)
			}
		}
	})
	return list, err
}

// Confirm implements [ledger.Entries].
func (p *Process) Confirm(ctx context.Context, ids []crm.EntryID) error {
	return p.change(ctx, "Confirm", ids, func(e *StoredEntry) { e.Confirmed = true })
}

// Release implements [ledger.Entries].
func (p *Process) Release(ctx context.Context, ids []crm.EntryID) error {
	return p.change(ctx, "Release", ids, p.remove)
}

// change changes those of the entries that exist.
func (p *Process) change(ctx context.Context, name string, ids []crm.EntryID, how func(*StoredEntry)) error {
	if len(ids) == 0 {
		return nil
	}
	return p.call(ctx, name, strings.ToLower(name)+" "+join(ids), func() {
		for _, e := range slices.Clone(p.ordered) {
			if slices.Contains(ids, e.ID) {
				how(e)
			}
		}
	})
}

// Unconfirmed implements [ledger.Entries].
func (p *Process) Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error) {
	var missing []crm.EntryID
	err := p.call(ctx, "Unconfirmed", "read "+join(ids), func() {
		missing = slices.DeleteFunc(slices.Clone(ids), func(id crm.EntryID) bool {
			return slices.ContainsFunc(p.ordered, func(e *StoredEntry) bool { return e.ID == id && e.Confirmed })
		})
	})
	return missing, err
}

// Note implements [ledger.Entries].
func (p *Process) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	mine := make([]bool, len(notes))
	words := make([]string, len(notes))
	for i, n := range notes {
		key, _, _ := crm.ParseMessageID(n.MessageID)
		words[i] = fmt.Sprintf("%s %d", key.Kind, n.On)
	}
	err := p.call(ctx, "Note", "note "+strings.Join(words, ", "), func() {
		for i, n := range notes {
			e, err := p.store(n.ExternalID, n.MessageID, "", n.On, n.Body)
			mine[i] = err == nil && e.MessageID == n.MessageID
		}
	})
	return mine, err
}

// Send implements [ledger.Sender]: the mail server does what [Backend.Replies]
// says.
func (p *Process) Send(ctx context.Context, m ledger.Mail, begin func() error) ([]string, error) {
	env := m.Envelope
	p.Pass(p.MailTakes)
	if p.Before != nil {
		if err := p.Before("Send"); err != nil {
			return nil, err
		}
	}
	r := p.Replies[env.To]
	if r.Early {
		return nil, r.Err
	}
	if err := begin(); err != nil {
		return nil, fmt.Errorf("hold the mail back: %w", err)
	}
	// The process can die before the server has the mail, and after that.
	if p.Step(func() { p.noteSending(env.To) }) != nil {
		return nil, ErrCutOff
	}
	if r.During != nil {
		if err := r.During(ctx); err != nil {
			r.Err = err
		}
	}
	deliver := func() {
		if r.Err == nil || r.Leaves {
			p.Mails[env.To] = append(p.Mails[env.To], Mail{Envelope: env, Raw: strings.ReplaceAll(string(m.Raw), "\r\n", "\n")})
		}
	}
	if p.Step(deliver) != nil {
		return nil, ErrCutOff
	}
	return r.RefusedCC, r.Err
}

// Takes implements [ledger.Sender]: [Backend.Replies] says that the server refuses
// a client by an error that is Early.
func (p *Process) Takes(_ context.Context, env mail.Envelope) error {
	p.Lock()
	defer p.Unlock()
	p.Log = append(p.Log, "ask about "+env.To)
	if r := p.Replies[env.To]; r.Early {
		return r.Err
	}
	return nil
}

// noteSending notes that a mail is being sent, and whether that comes too late.
func (p *Process) noteSending(to string) {
	var id crm.OpportunityID
	if _, err := fmt.Sscanf(to, "client%d@", &id); err != nil {
		p.Log = append(p.Log, "send to "+to)
		return
	}
	p.Log = append(p.Log, fmt.Sprintf("send %d", id))
	if read, ok := p.Read[id]; ok && p.Time.Sub(read) >= time.Minute {
		p.Stale = append(p.Stale, to)
	}
}

func join[T any](list []T) string { return strings.Trim(fmt.Sprint(list), "[]") }

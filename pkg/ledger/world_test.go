package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errKilled = errors.New("the process is dead")

// world is an Odoo and a mail server in memory, with one clock. Messages exist
// once for each external id, as in Odoo. What a process does to it can be cut
// off after any step, as by a kill.
type world struct {
	mu    sync.Mutex
	clock time.Time
	// tick is how long each mail takes.
	tick time.Duration

	last     crm.EntryID
	messages map[string]*message
	// deleted opportunities take no messages.
	deleted map[crm.OpportunityID]bool
	// script is what the mail server does with a client's mail; nil takes it.
	script map[crm.OpportunityID]reply
	// left counts the mails that the server has taken, for each client.
	left map[string]int
	// log is what was done, in short words.
	log []string
}

type message struct {
	external string
	crm.Entry
	Body string
}

// reply is what the mail server does with one mail.
type reply struct {
	err error
	// left says that the mail leaves, whatever the error says.
	left bool
	// early says that the error comes before the DATA command.
	early     bool
	refusedCC []string
	// during happens while the mail is in hand; its error is the Sender's.
	during func(ctx context.Context) error
}

func newWorld() *world {
	return &world{
		clock: noon, messages: map[string]*message{}, deleted: map[crm.OpportunityID]bool{},
		script: map[crm.OpportunityID]reply{}, left: map[string]int{},
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// load makes a message unless its external id has one, as Odoo's import does.
func (w *world) load(external, messageID string, on crm.OpportunityID, body string) (crm.Entry, error) {
	if w.deleted[on] {
		return crm.Entry{}, errors.New("Record does not exist or has been deleted.") //nolint:revive // Odoo says it so.
	}
	if m, ok := w.messages[external]; ok {
		return m.Entry, nil
	}
	w.last++
	key, token, _ := crm.ParseMessageID(messageID)
	e := crm.Entry{ID: w.last, Key: key, On: on, Token: token, MessageID: messageID, At: w.clock}
	w.messages[external] = &message{external: external, Entry: e, Body: body}
	return e, nil
}

func (w *world) byID(id crm.EntryID) *message {
	for _, m := range w.messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// entries are all messages, by ascending id.
func (w *world) entries() []crm.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []crm.Entry
	for _, m := range w.messages {
		list = append(list, m.Entry)
	}
	slices.SortFunc(list, func(a, b crm.Entry) int { return int(a.ID - b.ID) })
	return list
}

// reminder is the entry of a client's mail.
func (w *world) reminder(id crm.OpportunityID) (crm.Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[fmt.Sprintf("crm_tool.remind_%d_7", id)]
	if !ok {
		return crm.Entry{}, false
	}
	return m.Entry, true
}

// unknownFate is what a host without a journal knows.
func unknownFate(crm.Entry) ledger.Fate { return ledger.FateUnknown }

// judge sorts the open claims as a run does that comes now, without a journal.
func (w *world) judge() ledger.Verdicts { return w.judgeKnowing(unknownFate) }

// judgeKnowing does so with what a host knows.
func (w *world) judgeKnowing(fate func(crm.Entry) ledger.Fate) ledger.Verdicts {
	var pending []crm.Entry
	settled, notes := map[string]crm.EntryID{}, map[crm.Key]crm.EntryID{}
	for _, e := range w.entries() {
		switch {
		case e.Key.Kind == crm.Uncertain:
			notes[e.Key] = e.ID
		case e.Key.Kind != crm.Reminder:
		case e.Confirmed:
			settled[e.Token] = max(settled[e.Token], e.ID)
		default:
			pending = append(pending, e)
		}
	}
	noted := func(e crm.Entry) bool {
		e.Key.Kind = crm.Uncertain
		return notes[e.Key] > e.ID
	}
	return ledger.Sort(pending, settled, noted, fate, w.now())
}

// process is a run in the world: its Book and its Sender. After die steps it
// is dead, and nothing that it still does has any effect.
type process struct {
	*world
	// die is the step after which it is dead; 0 for never.
	die   int
	steps int
	// fail is a call of the Book, counted from 1, that fails without effect;
	// lost one that fails after it.
	fail, lost, calls int
}

var errOdoo = errors.New("lost Odoo")

// step does one thing to the world, if the process is alive.
func (p *process) step(do func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.die > 0 && p.steps >= p.die {
		return errKilled
	}
	do()
	p.steps++
	if p.steps == p.die {
		return errKilled
	}
	return nil
}

// call is a step of the Book. It ends with the context, as a request does.
func (p *process) call(ctx context.Context, words string, do func()) error {
	p.mu.Lock()
	p.calls++
	n := p.calls
	p.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n == p.fail {
		return errOdoo
	}
	err := p.step(func() {
		p.log = append(p.log, words)
		do()
	})
	if n == p.lost {
		return errOdoo
	}
	return err
}

func (p *process) Claim(ctx context.Context, rows []ledger.Claim) ([]ledger.Claimed, error) {
	claimed := make([]ledger.Claimed, len(rows))
	// Odoo's import is halved when a row is bad, and can be cut off between.
	half := (len(rows) + 1) / 2
	for i, part := range [][]ledger.Claim{rows[:half], rows[half:]} {
		if len(part) == 0 {
			continue
		}
		err := p.call(ctx, fmt.Sprintf("claim %d", len(part)), func() {
			for j, row := range part {
				external := fmt.Sprintf("crm_tool.%s_%d_%d", row.Key.Kind, row.Key.Opportunity, row.Key.Step)
				e, err := p.load(external, row.MessageID, row.Key.Opportunity, row.Body)
				claimed[i*half+j] = ledger.Claimed{Entry: e, Err: err}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return claimed, nil
}

func (p *process) Confirm(ctx context.Context, ids []crm.EntryID) error {
	return p.call(ctx, "confirm "+words(ids), func() {
		for _, id := range ids {
			if m := p.byID(id); m != nil {
				m.Confirmed = true
			}
		}
	})
}

func (p *process) Unconfirmed(ctx context.Context, ids []crm.EntryID) ([]crm.EntryID, error) {
	var missing []crm.EntryID
	err := p.call(ctx, "read "+words(ids), func() {
		for _, id := range ids {
			if m := p.byID(id); m == nil || !m.Confirmed {
				missing = append(missing, id)
			}
		}
	})
	return missing, err
}

func (p *process) Release(ctx context.Context, ids []crm.EntryID) error {
	return p.call(ctx, "release "+words(ids), func() {
		for _, id := range ids {
			if m := p.byID(id); m != nil {
				delete(p.messages, m.external)
			}
		}
	})
}

func (p *process) Note(ctx context.Context, notes []ledger.Note) ([]bool, error) {
	mine := make([]bool, len(notes))
	var kinds []string
	for _, n := range notes {
		key, _, _ := crm.ParseMessageID(n.MessageID)
		kinds = append(kinds, fmt.Sprintf("%s %d", key.Kind, n.On))
	}
	err := p.call(ctx, "note "+strings.Join(kinds, ", "), func() {
		for i, n := range notes {
			e, err := p.load(n.ExternalID, n.MessageID, n.On, n.Body)
			mine[i] = err == nil && e.MessageID == n.MessageID
		}
	})
	return mine, err
}

func (p *process) Now() time.Time { return p.now() }

func (p *process) Send(ctx context.Context, env mail.Envelope, _ []byte, begin func() error) ([]string, error) {
	var id crm.OpportunityID
	if _, err := fmt.Sscanf(env.To, "client%d@", &id); err != nil {
		return nil, err
	}
	p.pass(p.tick)
	r := p.script[id]
	if r.early {
		return nil, r.err
	}
	if err := begin(); err != nil {
		return nil, fmt.Errorf("hold the mail back: %w", err)
	}
	// The process can die before the server has the mail, and after that.
	if err := p.step(func() { p.log = append(p.log, fmt.Sprintf("send %d", id)) }); err != nil {
		return nil, unknown
	}
	if r.during != nil {
		if err := r.during(ctx); err != nil {
			r.err = err
		}
	}
	if err := p.step(func() {
		if r.err == nil || r.left {
			p.left[env.To]++
		}
	}); err != nil {
		return nil, unknown
	}
	return r.refusedCC, r.err
}

func words[T any](list []T) string { return strings.Trim(fmt.Sprint(list), "[]") }

// refusal is a Sender's error.
type refusal struct {
	text                                                string
	isUnknown, isClient, isServer, isRecipient, isLater bool
}

func (r *refusal) Error() string       { return r.text }
func (r *refusal) Unknown() bool       { return r.isUnknown }
func (r *refusal) ClientRefused() bool { return r.isClient }
func (r *refusal) Server() bool        { return r.isServer }
func (r *refusal) Recipient() bool     { return r.isRecipient }
func (r *refusal) Temporary() bool     { return r.isLater }

var (
	unknown  = &refusal{text: "the connection broke after the final dot", isUnknown: true}
	noClient = &refusal{text: "550 5.1.1 no such <user>", isClient: true, isRecipient: true}
	greylist = &refusal{text: "450 4.2.0 greylisted", isRecipient: true, isLater: true}
	relay    = &refusal{text: "554 5.7.1 relaying denied", isRecipient: true}
	spam     = &refusal{text: "554 5.7.1 this looks like spam"}
	noServer = &refusal{text: "connection refused", isServer: true, isLater: true}
)

// plainNotes words notes for the tests.
type plainNotes struct{}

func (plainNotes) Uncertain(m ledger.Mail) string { return "uncertain " + m.Envelope.To }
func (plainNotes) Refused(m ledger.Mail, serverWords string) string {
	return "refused " + m.Envelope.To + ": " + serverWords
}

// courier returns a courier of its own for the process.
func courier(p *process, token string) *ledger.Courier {
	return &ledger.Courier{
		Book: p, Sender: p, Notes: plainNotes{}, Token: token, Domain: "example.com", Connections: 1, Clock: p.now,
	}
}

// mails are the reminders of day 7 for the opportunities.
func mails(token string, first, last crm.OpportunityID) []ledger.Mail {
	var list []ledger.Mail
	for id := first; id <= last; id++ {
		key := crm.Key{Kind: crm.Reminder, Opportunity: id, Step: 7}
		list = append(list, ledger.Mail{
			Key: key, MessageID: crm.FormatMessageID(key, token, "example.com"), Subject: "Chairs", Body: "<p>Chairs</p>",
			Envelope: mail.Envelope{From: "sales@example.com", To: client(id)}, Raw: []byte("Subject: Chairs\r\n\r\n"),
		})
	}
	return list
}

func client(id crm.OpportunityID) string { return fmt.Sprintf("client%d@client.example", id) }

// outcomes are the results' outcomes by opportunity, from first on.
func outcomes(results []ledger.Result) []ledger.Outcome {
	list := make([]ledger.Outcome, len(results))
	for i, r := range results {
		list[i] = r.Outcome
	}
	return list
}

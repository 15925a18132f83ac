package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Policy is what the administrator set.
type Policy struct {
	// CooldownDays is for how many days after a questionnaire a client gets
	// no other one; 0 asks about each activity.
	CooldownDays int
	// Questionnaire is the one for activities without a rule.
	Questionnaire string
	Rules         []Rule
	// Opportunities say what is different for some opportunities. Their
	// questionnaires come before those of Rules.
	Opportunities rule.List
	// Installed is when crm-tool first ran on this Odoo, Newest the newest message
	// then; 0 if nobody knows.
	Installed time.Time
	Newest    crm.EntryID
	// FirstRun says that it never ran before.
	FirstRun bool
}

// Rule chooses the questionnaire for activities of some types. An empty
// questionnaire excludes them.
type Rule struct {
	Types         []crm.ActivityTypeID
	Questionnaire string
}

// Record is a finished activity with all that a decision about it needs.
type Record struct {
	// Record is the opportunity with the people around it.
	crm.Record

	Activity crm.DoneActivity
}

// Unreadable returns why the record cannot be read in full; nil if it can.
func (r Record) Unreadable() error { return cmp.Or(r.Activity.Unreadable, r.Record.Unreadable()) }

// Decision is what to do about one finished activity.
type Decision struct {
	Activity    crm.EntryID
	Opportunity crm.OpportunityID
	// Rule is the number of the rule that counts for the opportunity; 0 for none.
	Rule int
	// Reason is empty when the client is to be asked, or Err is set.
	Reason crm.Reason
	// Err is why nothing can be decided: the record cannot be read in full.
	Err error
	To  address.Address
	// Questionnaire is the name of the one to ask with.
	Questionnaire string
}

// Ask tells whether the decision is to ask.
func (d Decision) Ask() bool { return d.Reason == "" && d.Err == nil }

// Recent holds when each client was last sent a questionnaire, as nanoseconds since 1970.
// The first 64 bits of the SHA-256 hash of the mailbox in lower case stand for the client,
// so that a hundred thousand take little memory.
//
// The zero value holds none.
type Recent struct {
	last  map[uint64]int64
	under *Recent
}

// Over returns a Recent that holds what r holds. What is added to it, r does not hold.
func (r *Recent) Over() Recent { return Recent{under: r} }

// Add notes that a client was sent one.
func (r *Recent) Add(mailbox string, at time.Time) {
	if r.last == nil {
		r.last = map[uint64]int64{}
	}
	c := client(mailbox)
	if last, asked := r.last[c]; !asked || last < at.UnixNano() {
		r.last[c] = at.UnixNano()
	}
}

// after tells whether the client was sent one after an instant.
func (r *Recent) after(to address.Address, instant time.Time) bool {
	c := client(to.Mailbox)
	for ; r != nil; r = r.under {
		if last, asked := r.last[c]; asked && last > instant.UnixNano() {
			return true
		}
	}
	return false
}

// client returns what stands for a client in [Recent].
func client(mailbox string) uint64 {
	sum := sha256.Sum256([]byte(strings.ToLower(mailbox)))
	return binary.BigEndian.Uint64(sum[:])
}

// Decide decides about every record, in their order, at the instant now. Of
// several about one client, those that it decides to ask about count for the
// next ones.
func Decide(records []Record, p Policy, asked Recent, now time.Time) []Decision {
	return decide(records, asked, now, p.decide)
}

// decide is what the planners share. It leaves asked as it is.
func decide[T any](list []T, asked Recent, now time.Time, one func(T, *Recent) Decision) []Decision {
	planned := asked.Over()
	decisions := make([]Decision, len(list))
	for i, about := range list {
		decisions[i] = one(about, &planned)
		if decisions[i].Ask() {
			planned.Add(decisions[i].To.Mailbox, now)
		}
	}
	return decisions
}

// QuestionnaireFor returns the questionnaire for a type of activity on an
// opportunity; none is empty.
func (p Policy) QuestionnaireFor(o crm.Opportunity, t crm.ActivityTypeID) string {
	switch name := p.Opportunities.For(o).Questionnaire; name {
	case "":
	case rule.None:
		return ""
	default:
		return name
	}
	for _, r := range p.Rules {
		if slices.Contains(r.Types, t) {
			return r.Questionnaire
		}
	}
	return p.Questionnaire
}

// BeforeInstall tells whether an activity was finished before crm-tool first ran on
// this Odoo.
func (p Policy) BeforeInstall(d crm.DoneActivity) bool {
	return d.At.Before(p.Installed) || d.Message != 0 && (p.FirstRun || d.Message <= p.Newest)
}

func (p Policy) decide(r Record, asked *Recent) Decision {
	d := Decision{
		Activity: r.Activity.Message, Opportunity: r.Activity.Opportunity, Rule: p.Opportunities.For(r.Opportunity).Number,
		Questionnaire: p.QuestionnaireFor(r.Opportunity, r.Activity.Type), Err: r.Unreadable(),
	}
	if d.Err != nil {
		return d
	}
	switch {
	case r.Opportunity.ID == 0 || r.Opportunity.Lead:
		d.Reason = crm.Gone
	case p.Opportunities.For(r.Opportunity).Exclude:
		d.Reason = crm.RuleExcluded
	case r.Activity.Ours || d.Questionnaire == "":
		d.Reason = crm.Excluded
	case p.BeforeInstall(r.Activity):
		d.Reason = crm.BeforeInstall
	default:
		d.Reason = r.handled(crm.Feedback)
	}
	if d.Reason != "" {
		return d
	}
	if d.To, d.Reason = r.Client(); d.Reason != "" {
		return d
	}
	// An activity that was finished while the client had been asked lately,
	// or earlier, is never asked about: it would be one mail a day.
	if p.CooldownDays > 0 && asked.after(d.To, r.Activity.At.AddDate(0, 0, -p.CooldownDays)) {
		d.Reason = crm.Cooldown
	}
	return d
}

// handled tells what became of the activity's own mail of a kind before.
func (r Record) handled(kind crm.EntryKind) crm.Reason {
	for _, e := range r.Entries {
		switch {
		case e.Key.Kind != kind || e.Key.Activity != r.Activity.Message:
		case e.Confirmed:
			return crm.AlreadyDone
		case e.NotedUncertain(r.Entries):
			return crm.IsUncertain
		default:
			return crm.ClaimedElsewhere
		}
	}
	return ""
}

package year_test

import (
	"strings"
	"time"
)

// model says what is to be done, by the sentences of the user guide. It is slow and
// simple: it looks at each day with plain loops, and shares no code with the planners.
type model struct {
	w   *world
	set settings
	now time.Time
}

// verdict is what the model says about a reminder. Without a reason it is mailed.
type verdict struct {
	step    int
	hasStep bool
	reason  string
	// of is the deal of which the client was reminded instead.
	of *deal
}

func (v verdict) mails() bool { return v.reason == "" }

// held says that the mail is to leave later.
func (v verdict) held() bool {
	switch v.reason {
	case "snoozed", "away", "unhappy", "activity-planned", "salesperson-wrote", "recently-mailed", "frozen", "off-hours":
		return true
	}
	return false
}

// reminders decides about the reminders of all deals.
func (m model) reminders(deals []*deal) []verdict {
	verdicts := make([]verdict, len(deals))
	for i, d := range deals {
		verdicts[i] = m.reminder(d)
	}
	if m.set.between > 0 {
		m.takeTurns(deals, verdicts)
	}
	return verdicts
}

// ruleOf returns the first rule that fits a deal.
func (m model) ruleOf(d *deal) rule {
	for _, r := range m.set.rules {
		if r.team != 0 && r.team != d.team || r.stage != 0 && r.stage != d.stage {
			continue
		}
		if r.company != 0 && r.company != d.company || r.tag != 0 && !d.tags[r.tag] {
			continue
		}
		return r
	}
	return rule{}
}

// daysOf returns the days of a deal's reminders.
func (m model) daysOf(d *deal) []int {
	if r := m.ruleOf(d); !r.exclude && len(r.days) > 0 {
		return r.days
	}
	return m.set.days
}

// age counts the days since a deal began.
func (m model) age(d *deal) int {
	age := 0
	for page := m.w.page(d.origin()); page < m.w.page(m.now); page++ {
		age++
	}
	return age
}

// reminder decides about a deal, without regard to the client's other ones.
func (m model) reminder(d *deal) verdict {
	if d.lead || !d.open {
		return verdict{reason: "gone"}
	}
	var v verdict
	age := m.age(d)
	for _, day := range m.daysOf(d) {
		if day <= age {
			v.step, v.hasStep = day, true
		}
	}
	if !v.hasStep {
		v.reason = "outside-window"
		return v
	}
	for _, why := range []func(*deal, int) string{m.done, m.late, m.unwanted, m.unreachable, m.wait} {
		if v.reason = why(d, v.step); v.reason != "" {
			return v
		}
	}
	return v
}

// done: each step is mailed once, and never after a later one.
func (m model) done(d *deal, step int) string {
	if own := d.mailOf(step); own != nil {
		switch own.state {
		case left:
			return "already-done"
		case doubtful:
			return "uncertain"
		case inHand:
			return "claimed-elsewhere"
		}
	}
	for _, other := range d.mails {
		if other.step > step {
			return "superseded"
		}
	}
	return ""
}

// late: a missed reminder is still sent for some days. With working days these are
// counted, but no mail waits for longer than 90 days and twice as many.
func (m model) late(d *deal, step int) string {
	late, wait := 0, 0
	for page := m.w.page(d.origin()) + step; page < m.w.page(m.now); page++ {
		wait++
		if !m.set.workingDays || m.isWorkday(d, page) {
			late++
		}
	}
	if late > m.set.catchUp || m.set.workingDays && wait > 90+2*m.set.catchUp {
		return "missed"
	}
	return ""
}

// unwanted: some want or need no reminder.
func (m model) unwanted(d *deal, _ int) string {
	r := m.ruleOf(d)
	if r.exclude || r.days != nil && len(r.days) == 0 {
		return "rule-excluded"
	}
	if d.stage == wonStage {
		return "won"
	}
	if m.set.stopOnReply && m.answered(d) {
		return "replied"
	}
	return ""
}

// answered: the client answered a reminder, or wrote last before the first one.
func (m model) answered(d *deal) bool {
	answered, reminded := false, time.Time{}
	for _, sent := range d.mails {
		if reminded.IsZero() || sent.at.Before(reminded) {
			reminded = sent.at
		}
	}
	for _, l := range d.letters {
		switch {
		case !reminded.IsZero() && l.at.Before(reminded):
		case l.by == byClient:
			answered = true
		case l.by == byCompany && reminded.IsZero():
			answered = false
		}
	}
	return answered
}

// unreachable: some must not or cannot be mailed.
func (m model) unreachable(d *deal, _ int) string {
	mailbox := ""
	switch {
	case strings.Contains(d.typed, "@"), d.hasContact:
		mailbox = d.client.mailbox
	case d.typed == "":
		return "no-email"
	default:
		return "bad-email"
	}
	switch {
	case d.tags[optOutTag] || d.client.optedOut:
		return "opted-out"
	case d.client.blacklisted:
		return "blacklisted"
	case d.client.bounced:
		return "bounced"
	}
	for _, r := range d.refusals {
		if r.mailbox == mailbox {
			return "refused"
		}
	}
	return ""
}

// wait: some mails are held back, and leave later.
func (m model) wait(d *deal, _ int) string {
	for _, held := range []struct {
		reason string
		is     func(*deal) bool
	}{
		{"snoozed", m.snoozed},
		{"away", m.away},
		{"unhappy", m.unhappy},
		{"activity-planned", m.planned},
		{"salesperson-wrote", m.wrote},
		{"frozen", m.frozen},
		{"off-hours", m.offHours},
	} {
		if held.is(d) {
			return held.reason
		}
	}
	return ""
}

// takeTurns: a client gets one reminder in some days, over all their deals. The oldest
// one goes first.
func (m model) takeTurns(deals []*deal, verdicts []verdict) {
	wait := func(i int, other *deal) {
		if other != nil {
			verdicts[i].reason, verdicts[i].of = "recently-mailed", other
		}
	}
	each := func(look func(i int)) {
		for i := range deals {
			if verdicts[i].mails() {
				look(i)
			}
		}
	}
	since := func(i int) { wait(i, m.lately(deals[i], verdicts[i].step)) }
	now := func(i int) { wait(i, m.rival(deals, verdicts, i)) }
	if m.set.between == 1 {
		// A run learns whose turn it was today when it claims its mails.
		each(now)
		each(since)
		return
	}
	each(since)
	each(now)
}

// rival returns an older deal of the same client that is mailed in the same run.
func (m model) rival(deals []*deal, verdicts []verdict, i int) *deal {
	var oldest *deal
	for j, other := range deals {
		if i != j && other.client == deals[i].client && verdicts[j].mails() && older(other, deals[i]) && (oldest == nil || older(other, oldest)) {
			oldest = other
		}
	}
	return oldest
}

// lately returns the deal of which the client was reminded within the days.
func (m model) lately(d *deal, step int) *deal {
	for _, t := range d.client.turns {
		if t.deal == d && t.step == step {
			continue // This very reminder did not leave then.
		}
		for back := range m.set.between {
			if m.w.page(t.at) == m.w.page(m.now)-back {
				return t.deal
			}
		}
	}
	return nil
}

func older(a, b *deal) bool {
	if a.origin().Equal(b.origin()) {
		return a.id < b.id
	}
	return a.origin().Before(b.origin())
}

// archive decides about archiving a deal. Without a reason it is archived; the reason
// "warn" is that its salesperson is to be told first.
func (m model) archive(d *deal) string {
	r := m.ruleOf(d)
	after := m.set.archiveAfter
	if r.archiveAfter > 0 {
		after = r.archiveAfter
	}
	switch {
	case d.lead:
		return "gone"
	case !d.open && d.archiving == wasArchived:
		return "already-done"
	case !d.open && d.archiving == beingArchived:
		return "claimed-elsewhere"
	case !d.open:
		return "gone"
	case m.age(d) < after-m.set.warnDays:
		return "outside-window"
	case r.archiveAfter == noBody:
		return "rule-excluded"
	case m.set.keepWon && d.stage == wonStage:
		return "won"
	case m.set.keepActivity && len(d.todos) > 0:
		return "open-activity"
	case d.stage == parkStage:
		return "kept-stage"
	case d.tags[keepTag]:
		return "kept-tag"
	case d.archiving == wasArchived:
		return "restored"
	case d.archiving == beingArchived:
		return "claimed-elsewhere"
	case m.set.keepUnanswered && m.unanswered(d):
		return "unanswered"
	case m.snoozed(d):
		return "snoozed"
	}
	if v := m.reminder(d); m.set.reminders && (v.mails() || v.held() || v.reason == "claimed-elsewhere") {
		return "reminder-pending"
	}
	if m.set.warnDays > 0 {
		return m.told(d, after)
	}
	return ""
}

// unanswered: the client wrote last, within seven days.
func (m model) unanswered(d *deal) bool {
	waits := false
	for _, l := range d.letters {
		switch l.by {
		case byClient, byFounder:
			waits = l.at.Add(7 * 24 * time.Hour).After(m.now)
		case byCompany:
			waits = false
		case byProgram:
		}
	}
	return waits
}

// again: what a person wants mailed again does not wait and is not too late, but some
// want or need no reminder.
func (m model) again(d *deal, step int) string {
	if d.lead || !d.open {
		return "gone"
	}
	if why := m.unwanted(d, step); why != "" {
		return why
	}
	return m.unreachable(d, step)
}

// inQuestion: a run looks at what fell due within the days of catching up and has no
// mail of that day.
func (m model) inQuestion(d *deal) bool {
	if d.lead || !d.open {
		return false
	}
	v := m.reminder(d)
	return v.hasStep && m.late(d, v.step) == "" && d.mailOf(v.step) == nil
}

// old: archiving looks at what is old enough to be archived, or to be told about.
func (m model) old(d *deal) bool {
	after := m.set.archiveAfter
	if r := m.ruleOf(d); r.archiveAfter > 0 {
		after = r.archiveAfter
	}
	return m.age(d) >= after-m.set.warnDays
}

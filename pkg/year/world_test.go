package year_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// world is a company with its clients, in the words of the guide. Neither the model nor
// the events know how Odoo or crm-tool write any of it down.
type world struct {
	t      testing.TB
	random *rand.Rand
	zone   *time.Location
	set    settings
	// wall is a calendar on the wall: one page for each day. number finds the page of
	// a date.
	wall   []calendar.Date
	number map[calendar.Date]int
	// clock only goes forward, by a second at least.
	clock time.Time

	deals   []*deal
	clients []*client
	people  []*person
	// schedules are the hours at which people work, by number; leaves are when they do
	// not.
	schedules map[int][]shift
	leaves    []leave
	works     map[workday]bool
	// replies are the answers to mails with warnings, by their tokens.
	replies map[string][]remark
	// later is what will happen at some time of a day, by its page.
	later map[int][]happening
	// lastID counts what is written in the chatter.
	lastID int64

	check *checks
}

// happening is something that happens at a time.
type happening struct {
	at time.Time
	do func()
}

// person is a salesperson.
type person struct {
	id     int
	active bool
	// schedule is the number of their own hours; 0 if they have those of the company.
	schedule int
}

// client is whoever reads mails at a mailbox.
type client struct {
	mailbox string
	// noContact says that Odoo has no contact with the mailbox.
	noContact   bool
	optedOut    bool
	blacklisted bool
	// bounced says that a mail came back since they last wrote.
	bounced bool
	// refuses says that their mail server takes no mails.
	refuses bool
	turns   []turn
}

// turn is a reminder that a run had in hand for a client, whatever became of it.
type turn struct {
	at   time.Time
	deal *deal
	step int
}

// deal is an opportunity.
type deal struct {
	id      int
	created time.Time
	// converted is when a lead became an opportunity; zero for what never was one.
	converted time.Time
	lead      bool
	client    *client
	// typed is what stands in the field for the address: the client's mailbox, or
	// nothing, or something that is no address.
	typed string
	// hasContact says that it is linked to the client's contact.
	hasContact bool

	company, team, stage int
	tags                 map[int]bool
	seller               *person

	// open is false for one that is archived.
	open      bool
	archiving archiving
	// claimed is when a run began to archive it.
	claimed time.Time
	// comesBack says that the client wrote after crm-tool archived it.
	comesBack bool

	mails []*mail
	// reached are the reminders that got to the client.
	reached  []reached
	letters  []letter
	refusals []refusal
	// warnings are those before archiving, remarks what our own people wrote.
	warnings []*warning
	remarks  []remark
	// settled is when a person decided about a doubtful mail.
	settled []settlement

	// todos are open activities, meetings begin at a time.
	todos    []todo
	meetings []time.Time
	// snoozed is until when a person wants no reminders: the newest of their wishes,
	// zero for that they want them after all.
	snoozed []snooze
	// scores are low scores of the client, upset says that a to-do about them is open.
	scores []time.Time
	upset  bool
}

// origin is when the age begins to count.
func (d *deal) origin() time.Time {
	if d.converted.IsZero() {
		return d.created
	}
	return d.converted
}

// archiving is what crm-tool did about archiving a deal.
type archiving int

const (
	neverArchived archiving = iota
	// beingArchived is what a run that died left behind.
	beingArchived
	wasArchived
)

// mail is a reminder.
type mail struct {
	id, note int64
	step     int
	at       time.Time
	state    mailState
	// arrived says whether it got to the client, which nobody knows of a doubtful one.
	arrived bool
}

type mailState int

const (
	// inHand is a mail of a run that is at work, or died.
	inHand mailState = iota
	// left is a mail that the server took, doubtful one of which nobody knows.
	left
	doubtful
)

// reached is a reminder that got to the client.
type reached struct {
	at   time.Time
	step int
	by   *client
	// decided says that a person wanted it.
	decided bool
}

// letter is a mail that a person wrote, or a program for them.
type letter struct {
	at      time.Time
	by      writer
	subject string
	// back is the day on which the client returns, if a program names it.
	back calendar.Date
}

type writer int

const (
	// byClient is a person, byProgram the client's absence notice, byFounder the mail
	// that created the deal, byCompany a colleague of ours.
	byClient writer = iota
	byProgram
	byFounder
	byCompany
)

// refusal is that the client's mail server did not take a mail to a mailbox.
type refusal struct {
	step    int
	mailbox string
}

// settlement is that a person said what became of the mail of a step.
type settlement struct {
	id   int64
	step int
	at   time.Time
}

// snooze is a wish for no reminders until a date.
type snooze struct {
	id    int64
	until calendar.Date
}

// todo is an open activity.
type todo struct{ deadline calendar.Date }

// The ids of stages, tags and teams that mean something.
const (
	wonStage   = 4
	parkStage  = 3
	optOutTag  = 1
	keepTag    = 2
	exportTag  = 3
	noBody     = -1
	sellers    = 8
	companies  = 2
	teams      = 3
	stages     = 4
	tags       = 4
	firstYear  = 2025
	daysBefore = 45
)

// newWorld is a company on 1 December, before crm-tool runs for the first time.
func newWorld(t testing.TB, seed uint64, deals, days int, set settings) *world {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), zone: zone, set: set,
		number: map[calendar.Date]int{}, later: map[int][]happening{}, works: map[workday]bool{}, replies: map[string][]remark{}, check: newChecks(),
	}
	date := calendar.Date{Year: firstYear, Month: time.December, Day: 1}
	for page := range days + daysBefore + 200 {
		w.wall = append(w.wall, date)
		w.number[date] = page
		date = date.AddDays(1)
	}
	w.clock = w.wall[0].Start(zone)
	for id := range sellers {
		w.people = append(w.people, &person{id: id + 1, active: id != sellers-1})
	}
	w.plansWork(days + daysBefore)
	for id := range deals {
		page := w.random.IntN(days)
		w.at(page, func() { w.found(id + 1) })
	}
	return w
}

// page returns the page of the calendar on which an instant is.
func (w *world) page(t time.Time) int {
	y, m, d := t.In(w.zone).Date()
	page, ok := w.number[calendar.Date{Year: y, Month: m, Day: d}]
	if !ok {
		w.t.Fatalf("the calendar has no page of %s", t)
	}
	return page
}

// at lets something happen at a random second of a day.
func (w *world) at(page int, do func()) {
	begin, end := w.wall[page].Start(w.zone), w.wall[page+1].Start(w.zone)
	w.schedule(begin.Add(time.Duration(w.random.Int64N(int64(end.Sub(begin)/time.Second)))*time.Second), do)
}

func (w *world) schedule(at time.Time, do func()) {
	page := w.page(at)
	w.later[page] = append(w.later[page], happening{at, do})
}

// chance is true once in so many times.
func (w *world) chance(times int) bool { return w.random.IntN(times) == 0 }

// nextID numbers what is written in the chatter.
func (w *world) nextID() int64 {
	w.lastID++
	return w.lastID
}

// mailOf returns the reminder of a step; nil if there is none.
func (d *deal) mailOf(step int) *mail {
	for _, m := range d.mails {
		if m.step == step {
			return m
		}
	}
	return nil
}

package run

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// Survey is a questionnaire in Odoo.
type Survey struct {
	ID int64
	// Token is the part of its pages' addresses that names it.
	Token string
	// Base is the address under which Odoo believes clients reach it.
	Base string
	Form questionnaire.Questionnaire
}

// Participation is one client's turn to answer a survey.
type Participation struct {
	ID          int64
	Activity    crm.EntryID
	Opportunity crm.OpportunityID
	// Contact is the client's, 0 when the opportunity has none.
	Contact crm.ContactID
	Email   string
	Survey  int64
	// Token lets its bearer answer: it stands in the mail to the client and
	// nowhere else.
	Token Token
	// Invite is what all attempts at answering one questionnaire share; Again
	// says that this is a further one, which the client began himself.
	Invite Token
	Again  bool
	// Deadline is until when it can be answered.
	Deadline time.Time
	// Begun says that the client has at least begun to answer.
	Begun bool
	// Answered is when it was, zero while it is not.
	Answered time.Time
	Created  time.Time
	// Err is why it could not be made.
	Err error
}

// Token is a secret that hides itself.
type Token string

// String returns the same for all tokens.
func (Token) String() string { return "<token>" }

// GoString returns the same for all tokens.
func (Token) GoString() string { return "<token>" }

// Chosen is one thing that a client chose or wrote, in the words of the survey.
type Chosen struct {
	Participation int64
	QuestionID    int64
	Question      string
	Answer        string
	// Score is what it is worth, 0 to 100, if it is Scored.
	Score  float64
	Scored bool
}

// Workshop is where finished activities are found.
type Workshop interface {
	// Finished returns the activities that were finished since, oldest
	// first.
	Finished(ctx context.Context, since time.Time) ([]crm.DoneActivity, error)
	// Ours returns those of the activities that crm-tool had planned.
	Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error)
	// Mailed returns the activities that have an entry of the kind, which was
	// made since.
	Mailed(ctx context.Context, kind crm.EntryKind, since time.Time) (map[crm.EntryID]bool, error)
	// DoneActivities returns finished activities; one whose message was deleted
	// is missing.
	DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
}

// Polls is where surveys and their participations are kept.
type Polls interface {
	// Survey returns the survey of a questionnaire; it is made if it is
	// missing, unless dry. One that somebody changed is a *SurveyError.
	Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (Survey, error)
	// OpenSurveys returns those of the surveys that can be answered, with the
	// title and the number of questions alone.
	OpenSurveys(ctx context.Context, ids []int64) (map[int64]Survey, error)
	// Invite makes participations, each activity one, and returns what
	// stands there: the first writer's, or the Err of each.
	Invite(ctx context.Context, list []Participation) ([]Participation, error)
	// Invited returns the participations that were made since.
	Invited(ctx context.Context, since time.Time) ([]Participation, error)
	// Done returns answered participations that nobody collected yet.
	Done(ctx context.Context) ([]Participation, error)
	// Overdue returns participations that can't be answered any more and
	// are not closed yet.
	Overdue(ctx context.Context, now time.Time) ([]Participation, error)
	// Pending returns participations that were made before an instant, that
	// nobody began to answer, and that can still be answered.
	Pending(ctx context.Context, before, now time.Time) ([]Participation, error)
	// About returns the participations about an activity.
	About(ctx context.Context, activity crm.EntryID) ([]Participation, error)
	// Attempts returns all attempts at the questionnaires of participations.
	Attempts(ctx context.Context, list []Participation) ([]Participation, error)
	// Chosen returns the answers of participations.
	Chosen(ctx context.Context, ids []int64) ([]Chosen, error)
	// Close marks participations as collected or expired. They, and attempts
	// that are begun later, can't be answered any more.
	Close(ctx context.Context, list []Participation, how string) error
}

// Pages looks at a survey's public pages.
type Pages interface {
	// Look fetches a page as a client's browser would, without a session. The
	// error tells what stands in the way.
	Look(ctx context.Context, address string) error
}

// SurveyError says that a survey in Odoo is not as its file says.
type SurveyError struct {
	Title string
	Cause string
}

func (e *SurveyError) Error() string {
	return "the survey “" + e.Title + "” in Odoo " + e.Cause
}

// Hint tells how to mend it.
func (e *SurveyError) Hint() string {
	return "undo the change in Odoo, or change the questionnaire's file: a new survey is made of it"
}

package feedback

import (
	"context"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/questionnaire"
)

// DoneActivities is where finished activities are found.
type DoneActivities interface {
	// Finished returns the activities that were finished since with a message
	// above after, by ascending message, at most limit, and the last message; 0
	// when there are no more.
	Finished(ctx context.Context, since time.Time, after crm.EntryID, limit int) (list []crm.DoneActivity, last crm.EntryID, err error)
	// Ours returns those of the activities that crm-tool had planned.
	Ours(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]bool, error)
	// Mailed returns the activities that have an entry of the kind, which was
	// made since.
	Mailed(ctx context.Context, kind crm.EntryKind, since time.Time) (map[crm.EntryID]bool, error)
	// ActivityTypeNames returns the names of all types of activities in a language
	// of Odoo's; nil for English, and if Odoo does not have the language.
	ActivityTypeNames(ctx context.Context, language string) (map[crm.ActivityTypeID]string, error)
	// DoneActivities returns finished activities; one whose message was deleted
	// is missing.
	DoneActivities(ctx context.Context, ids []crm.EntryID) (map[crm.EntryID]crm.DoneActivity, error)
}

// Surveys is where questionnaires are kept as surveys.
type Surveys interface {
	// Survey returns the survey of a questionnaire; it is made if it is
	// missing, unless dry. One that somebody changed is a [crm.SurveyError].
	Survey(ctx context.Context, q questionnaire.Questionnaire, dry bool) (crm.Survey, error)
	// OpenSurveys returns those of the surveys that can be answered, with the
	// title and the number of questions alone.
	OpenSurveys(ctx context.Context, ids []int64) (map[int64]crm.Survey, error)
}

// Participations is where clients are invited to surveys.
type Participations interface {
	// Invite makes participations, each activity one, and returns those that
	// exist: the first run's, or the Err of each.
	Invite(ctx context.Context, list []crm.Participation) ([]crm.Participation, error)
	// Invited returns the participations that were made since. It looks at those
	// with an id above after, at most limit, and returns the highest of them; 0
	// when there are no more.
	Invited(ctx context.Context, since time.Time, after int64, limit int) (list []crm.Participation, last int64, err error)
	// Pending returns, in the same pages, participations that were made before an
	// instant, that nobody began to answer, and that can still be answered.
	Pending(ctx context.Context, before, now time.Time, after int64, limit int) (list []crm.Participation, last int64, err error)
	// About returns the participations about an activity.
	About(ctx context.Context, activity crm.EntryID) ([]crm.Participation, error)
	// Attempts returns all attempts at the questionnaires of participations.
	Attempts(ctx context.Context, list []crm.Participation) ([]crm.Participation, error)
}

// Answers is where answers are read from.
type Answers interface {
	// Done returns answered participations that nobody collected yet.
	Done(ctx context.Context) ([]crm.Participation, error)
	// Overdue returns participations that can't be answered any more and
	// are not closed yet.
	Overdue(ctx context.Context, now time.Time) ([]crm.Participation, error)
	// Attempts returns all attempts at the questionnaires of participations.
	Attempts(ctx context.Context, list []crm.Participation) ([]crm.Participation, error)
	// AnswerLines returns the answers of participations.
	AnswerLines(ctx context.Context, ids []int64) ([]crm.AnswerLine, error)
	// Close marks participations as collected or expired. They, and attempts
	// that are begun later, can't be answered any more.
	Close(ctx context.Context, list []crm.Participation, how string) error
}

// Pages looks at a survey's public pages.
type Pages interface {
	// Look fetches a page as a client's browser would, without a session. The
	// error tells what stands in the way.
	Look(ctx context.Context, address string) error
}

package crm

import (
	"time"
)

// Survey is a questionnaire in Odoo.
type Survey struct {
	ID int64
	// Token is the part of its pages' addresses that identifies it.
	Token string
	// Base is the address under which Odoo believes clients reach it.
	Base string
	// Title is what clients see above it, Questions how many it has.
	Title     string
	Questions int
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// Participation is an invitation of one client to answer a survey, and what came
// of it.
type Participation struct {
	ID          int64
	Activity    EntryID
	Opportunity OpportunityID
	// Contact is the client's, 0 when the opportunity has none.
	Contact ContactID
	Email   string
	Survey  int64
	// Token lets whoever has it answer. It is in the mail to the client and
	// nowhere else.
	Token AccessToken
	// Invite is the same for all attempts at answering one questionnaire. Again
	// says that this is a further one, which the client began.
	Invite AccessToken
	Again  bool
	// Deadline is the end of the time for answers.
	Deadline time.Time
	// Begun says that the client has at least begun to answer.
	Begun bool
	// Answered is when the client answered; zero if not yet.
	Answered time.Time
	Created  time.Time
	// Err is why it could not be made, or cannot be read in full.
	Err error
}

// AccessToken is a secret that does not show when it is printed.
type AccessToken string

// String returns the same for all tokens.
func (AccessToken) String() string { return "<token>" }

// GoString returns the same for all tokens.
func (AccessToken) GoString() string { return "<token>" }

// AnswerLine is one thing that a client chose or wrote, in the words of the survey.
type AnswerLine struct {
	Participation int64
	QuestionID    int64
	Question      string
	Answer        string
	// Score is from 0 to 100, and counts only if Scored is set.
	Score  float64
	Scored bool
	// Unreadable is why Odoo's record cannot be read in full; nil if it can.
	Unreadable error
}

// SurveyError is the error of a survey in Odoo that differs from its file.
type SurveyError struct {
	Title string
	Cause string
}

func (e *SurveyError) Error() string {
	return "the survey “" + e.Title + "” in Odoo " + e.Cause
}

// Hint says what a person can do about it.
func (e *SurveyError) Hint() string {
	return "undo the change in Odoo, or change the questionnaire's file: a new survey is made of it"
}

// How a participation is closed.
const (
	ClosedCollected = "done"
	ClosedExpired   = "expired"
)

// SurveyAccess is what a user can do with surveys.
type SurveyAccess string

// The values of SurveyAccess.
const (
	SurveysReady     SurveyAccess = "ready"     // the user can make surveys
	SurveysForbidden SurveyAccess = "forbidden" // the user may not use the Survey app
	SurveysMissing   SurveyAccess = "missing"   // Odoo lacks the Survey app
)

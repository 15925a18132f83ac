package crm

import (
	"time"
)

// Survey is a questionnaire in Odoo.
type Survey struct {
	ID int64
	// Token is the part of its pages' addresses that names it.
	Token string
	// Base is the address under which Odoo believes clients reach it.
	Base string
	// Title is what clients see above it, Questions how many it has.
	Title     string
	Questions int
}

// Participation is one client's turn to answer a survey.
type Participation struct {
	ID          int64
	Activity    EntryID
	Opportunity OpportunityID
	// Contact is the client's, 0 when the opportunity has none.
	Contact ContactID
	Email   string
	Survey  int64
	// Token lets its bearer answer: it stands in the mail to the client and
	// nowhere else.
	Token AccessToken
	// Invite is what all attempts at answering one questionnaire share; Again
	// says that this is a further one, which the client began himself.
	Invite AccessToken
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

// AccessToken is a secret that hides itself.
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
	// Score is what it is worth, 0 to 100, if it is Scored.
	Score  float64
	Scored bool
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

// How a participation is closed.
const (
	ClosedCollected = "done"
	ClosedExpired   = "expired"
)

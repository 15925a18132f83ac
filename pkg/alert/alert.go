// Package alert words the mails that tell people of runs that failed, and decides when
// one is due: one when a command fails that worked before, one a day while it fails, and
// one when it works again. The package is pure.
package alert

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// repeatAfter is after how long another mail says that a command still fails. A daily
// run begins some minutes earlier or later than the day before.
const repeatAfter = 23 * time.Hour

// Kind is what there is to say.
type Kind int

// The kinds.
const (
	// Nothing is to be said.
	Nothing Kind = iota
	// Failed is the first run that failed, and StillFailing one of those after it.
	Failed
	StillFailing
	// Works is the first run that succeeded after those.
	Works
	// Late is a command that does not run any more.
	Late
)

// Episode is a time in which a command fails. The zero value is one in which it works.
type Episode struct {
	// Since is when it first failed, Told when people were last told; zero if they
	// were not.
	Since time.Time `json:"since,omitzero"`
	Told  time.Time `json:"told,omitzero"`
}

// Read reads an episode; an empty text, or a damaged one, is the zero value.
func Read(text string) Episode {
	var e Episode
	if json.Unmarshal([]byte(text), &e) != nil {
		return Episode{}
	}
	return e
}

// Text returns the episode as it is kept.
func (e Episode) Text() string {
	text, err := json.Marshal(e)
	if err != nil {
		return "" // A time of a year with five digits.
	}
	return string(text)
}

// Next returns what to say after a run, the episode once that was said, and the one if it
// could not be said.
func (e Episode) Next(failed bool, now time.Time) (kind Kind, said, unsaid Episode) {
	now = now.UTC().Truncate(time.Second)
	if !failed {
		if e.Told.IsZero() {
			return Nothing, Episode{}, Episode{}
		}
		return Works, Episode{}, e
	}
	unsaid = e
	if unsaid.Since.IsZero() {
		unsaid.Since = now
	}
	said = Episode{Since: unsaid.Since, Told: now}
	switch {
	case e.Told.IsZero():
		return Failed, said, unsaid
	case now.Sub(e.Told).Abs() >= repeatAfter: // A clock may have been wrong.
		return StillFailing, said, unsaid
	}
	return Nothing, unsaid, unsaid
}

// About is what a mail is about.
type About struct {
	// Command and Host are the run's; for [Late], those of the last run.
	Command, Host string
	// At is when the run ended, and Since when the command first failed or, for [Late],
	// last ran.
	At, Since time.Time
	// Exit is the exit status, Meaning what it means.
	Exit    int
	Meaning string
	// Error is what failed and Hint what helps, without addresses; each may be empty.
	Error, Hint string
	// Summary says in a line what the run did.
	Summary string
}

// fields are what the texts show.
type fields struct {
	Command, Host, At, Since string
	Exit                     int
	Meaning, Error, Hint     string
	Summary                  string
}

// words are the texts of texts/alert.LANG.yaml.
type words struct {
	FailedSubject phrase.Text[fields] `text:"failed_subject"`
	WorksSubject  phrase.Text[fields] `text:"works_subject"`
	LateSubject   phrase.Text[fields] `text:"late_subject"`
	Failed        phrase.Text[fields] `text:"failed"`
	StillFailing  phrase.Text[fields] `text:"still_failing"`
	Works         phrase.Text[fields] `text:"works"`
	Late          phrase.Text[fields] `text:"late"`
	Error         phrase.Text[fields] `text:"error"`
	Hint          phrase.Text[fields] `text:"hint"`
	Summary       phrase.Text[fields] `text:"summary"`
	More          string              `text:"more"`
	Next          string              `text:"next"`
}

// Texts has the words in all languages.
type Texts struct{ words *phrase.Set[words] }

// LoadTexts reads texts/alert.LANG.yaml. An error is that of [phrase.Load].
func LoadTexts(all overlay.FS) (*Texts, error) {
	set, err := phrase.Load[words](all, "alert")
	return &Texts{words: set}, err
}

// Mail is a mail in plain text.
type Mail struct {
	Subject, Text string
	// Language is the one that it is in, as in "fr".
	Language string
}

// timeForm is how times are written, in the zone that they have.
const timeForm = "2006-01-02 15:04 MST"

// Mail returns the mail of a kind in a language, as Odoo writes it.
func (t *Texts) Mail(kind Kind, a About, language string) Mail {
	texts, code := t.words.In(language)
	f := fields{
		Command: a.Command, Host: a.Host, At: a.At.Format(timeForm), Since: a.Since.Format(timeForm),
		Exit: a.Exit, Meaning: a.Meaning, Error: a.Error, Hint: a.Hint, Summary: a.Summary,
	}
	m := Mail{Language: code}
	var lines []string
	switch kind {
	case Works:
		m.Subject, lines = texts.WorksSubject.Fill(f), []string{texts.Works.Fill(f), texts.Summary.Fill(f)}
	case Late:
		m.Subject, lines = texts.LateSubject.Fill(f), []string{texts.Late.Fill(f), texts.More}
	case Failed, StillFailing, Nothing:
		m.Subject, lines = texts.FailedSubject.Fill(f), texts.failure(kind, f)
	}
	m.Text = strings.Join(lines, "\n\n") + "\n"
	return m
}

// failure returns the paragraphs about a run that failed.
func (w words) failure(kind Kind, f fields) []string {
	lines := []string{w.Failed.Fill(f)}
	if kind == StillFailing {
		lines = []string{w.StillFailing.Fill(f)}
	}
	if f.Error != "" {
		lines = append(lines, w.Error.Fill(f))
	}
	if f.Hint != "" {
		lines = append(lines, w.Hint.Fill(f))
	}
	return append(lines, w.Summary.Fill(f), w.More, w.Next)
}

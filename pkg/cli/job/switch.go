package job

import (
	"errors"

	"github.com/crm-tool/crm-tool/pkg/config"
)

// Switch is a setting that turns commands off. The empty one is always on.
type Switch string

// The switches, by the keys of their settings.
const (
	Reminders Switch = "reminders.enabled"
	Archiving Switch = "archive.enabled"
	Feedback  Switch = "feedback.enabled"
)

// OffAt returns where the switch is off, empty when it is on.
func (s Switch) OffAt(settings *config.Settings) (place string, err error) {
	if s == "" {
		return "", nil
	}
	value, err := settings.Value(string(s))
	if err != nil || value.Is("true") {
		return "", err
	}
	return value.Source.String(), nil
}

// subject begins the sentence that says that the switch is off.
func (s Switch) subject() string {
	return map[Switch]string{Reminders: "reminders are", Archiving: "archiving is", Feedback: "feedback is"}[s]
}

// errSwitchedOff ends a job that has nothing to do. [Job.End] makes it no error.
var errSwitchedOff = errors.New("the command is switched off")

// obey returns errSwitchedOff, and says so, when the job's switch is off.
func (j *Job) obey(settings *config.Settings) error {
	place, err := j.spec.Switch.OffAt(settings)
	if err != nil || place == "" {
		return err
	}
	j.Host.Note("%s switched off (%s); nothing is done\n", j.spec.Switch.subject(), place)
	return errSwitchedOff
}

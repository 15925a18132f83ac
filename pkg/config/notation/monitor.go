package notation

import (
	"errors"
	"net/url"
	"strings"
)

// CommandMark stands in the URL of a monitor for the command that runs.
const CommandMark = "{command}"

// CheckMonitor refuses what is no URL of a monitor. Its errors do not quote it: whoever
// knows it can report a run.
func CheckMonitor(text string) error {
	u, err := url.Parse(MonitorFor(text, "feedback-send"))
	switch {
	case err != nil || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("is not a valid URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https:// or http://")
	case u.Hostname() == "":
		return errors.New("has no host name")
	case u.Fragment != "":
		return errors.New("must not have a #: no server gets what follows it")
	}
	return nil
}

// MonitorFor returns the URL of a monitor for a command, as in "feedback send".
func MonitorFor(text, command string) string {
	return strings.ReplaceAll(text, CommandMark, strings.ReplaceAll(command, " ", "-"))
}
